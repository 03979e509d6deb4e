/* Libraries that a user has given a name for good: `hakbench allocators add`. They stand in a JSON
 * file below XDG_CONFIG_HOME (~/.config), and are measured where their name is.
 * Read next: src/commands/allocators.c (who writes it), src/run/setup.h (struct hb_external). */
#ifndef HB_SESSION_LIBRARIES_H
#define HB_SESSION_LIBRARIES_H

#include "run/setup.h"

#define HB_LIBRARIES_MAX 64u

struct hb_libraries {
    char path[HB_PATH_MAX]; /* of the file, which need not be there */
    struct hb_library {
        char name[HB_NAME_MAX];
        char library[HB_PATH_MAX + HB_REASON_MAX]; /* /path/lib.so, or /path/lib.so;NAME=value */
    } items[HB_LIBRARIES_MAX];                     /* sorted by name */
    size_t count;
};

/* Fills *known; without a file, or without a home, there is none. HB_ERR_USAGE on a file that is
 * not as it should be, with its place. */
int hb_libraries_read(struct hb_libraries *known, struct hb_err *err);

/* The same of who may need no name of it: what is wrong with the file is said, once, and there are
 * no names; only who names one is refused. */
void hb_libraries_read_or_say(struct hb_libraries *known);

/* Writes the file anew, and makes its folder. */
int hb_libraries_write(const struct hb_libraries *known, struct hb_err *err);

/* As hb_setup_external: -1 when it is not there any more. */
int hb_library_resolve(const struct hb_library *library, struct hb_external *external,
                       struct hb_err *err);

/* The library of this name, or NULL. */
struct hb_library *hb_libraries_find(struct hb_libraries *known, const char *name);

/* Adds to externals those that the profile names and the command line has not defined: -1 when one
 * of these is not there any more, or there are too many. */
int hb_libraries_add(const struct hb_profile *profile, struct hb_external *externals, size_t *count,
                     size_t most, struct hb_err *err);

#endif
