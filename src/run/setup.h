/* From a profile to a session's header: workload and allocators found, described and hashed,
 * parameters checked, host described. Runs no job.
 * Read next: session.h (which runs them). */
#ifndef HB_RUN_SETUP_H
#define HB_RUN_SETUP_H

#include "base/buf.h"
#include "result/profile.h"
#include "run/catalog.h"

/* The allocator that every program has: the C library's malloc. */
#define HB_SYSTEM_ALLOCATOR "system"

/* An allocator named on the command line: NAME=/path/lib.so, or NAME=/path/lib.so;X=1 Y=2. */
struct hb_external {
    char name[HB_NAME_MAX], path[HB_PATH_MAX];
    char environment[HB_REASON_MAX]; /* "NAME=value NAME=value", or "" */
    bool is_known;                   /* measured where it is named only */
};

/* "mine=/opt/lib/libmine.so" -> *external; the file must be there. Behind a semicolon is what the
 * worker's environment gets, words of NAME=value; a file that has the semicolon in its own name is
 * that file. HB_ERR_USAGE otherwise. */
int hb_setup_external(const char *text, struct hb_external *external, struct hb_err *err);

/* The file that LD_PRELOAD needs for this allocator, which has a preload_name. False: it is not
 * there, and path is of no use. */
bool hb_setup_find_preload(const struct hb_places *places, const struct hb_allocator_info *info,
                           char path[HB_PATH_MAX]);

/* Fills *session (zeroed before) but for its jobs. Allocators the machine lacks stay in with their
 * missing_reason; names nobody knows are HB_ERR_USAGE. The session takes the profile over: *profile
 * is zeroed. */
int hb_setup_session(const struct hb_places *places, struct hb_profile *profile,
                     const struct hb_external *externals, size_t external_count, uint64_t seed,
                     enum hb_session_kind kind, struct hb_session *session, struct hb_err *err);

/* Makes the plan's key anew, after a change of the header. */
int hb_setup_key(const struct hb_places *places, struct hb_session *session, struct hb_err *err);

/* Takes the twin out of a session of two allocators, of which each is the other's measure. */
int hb_setup_drop_twin(const struct hb_places *places, struct hb_session *session,
                       struct hb_err *err);

/* Then: what this machine is and the one that the session began on was not, a line each; and what
 * this one does not grant. The CPUs are looked at before each job. */
int hb_setup_take_up(struct hb_session *session, struct hb_buf *differences, struct hb_err *err);

/* Before a resume: -1 naming the first file or setting that is no longer what it was. */
int hb_setup_verify(const struct hb_places *places, const struct hb_session *session,
                    struct hb_err *err);

#endif
