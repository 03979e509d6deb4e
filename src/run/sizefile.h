/* Which file a session's size profile is, and its table as a worker gets it: an open descriptor.
 * Read next: plan/sizes.h (the reader), worker/shm.h (HB_FD_FILE). */
#ifndef HB_RUN_SIZEFILE_H
#define HB_RUN_SIZEFILE_H

#include "plan/plan.h"
#include "run/catalog.h"

/* Sets *sizes from the text of a setting: a file, or the name of one of those that come with
 * hakbench (profiles/sizes/NAME.csv); "none" is none. Its value is then the contents' own number,
 * so that two sessions are of one profile when it is equal, and its text the file's name and that
 * number. range[0] and [1]: the smallest and the largest size, where there is a profile. -1 with
 * `where` and the file's own message. */
int hb_sizefile_set(const struct hb_places *places, const char *text, const char *where,
                    struct hb_parameter_value *sizes, uint64_t range[2], struct hb_err *err);

/* The parameters that a size profile takes the place of: range[0] and [1]. */
extern const char *const hb_sizefile_ranges[2];

/* HB_ERR_USAGE, with `where`, when a user sets one of them beside the profile that *sizes is (NULL,
 * or of value 0: none): the loop would not ask for it. */
int hb_sizefile_permits(const struct hb_parameter_value *sizes, const char *name, const char *where,
                        struct hb_err *err);

/* Opens the table of the session's profile, sealed; *fd is 0 where it has none. The file is found
 * by the setting in the session's profile of settings. HB_ERR_INCOMPARABLE when it is no longer
 * what it was when the session was set up. */
int hb_sizefile_open(const struct hb_places *places, const struct hb_session *session, int *fd,
                     struct hb_err *err);

#endif
