/* What a check came to: how many promises of each group an allocator keeps, and what changed since
 * an earlier one.
 * Read next: src/result/model.h (struct hb_answer), report/session_report.h. */
#ifndef HB_JUDGE_CHECK_JUDGE_H
#define HB_JUDGE_CHECK_JUDGE_H

#include "base/json/json.h"
#include "result/model.h"

struct hb_check_tally {
    uint32_t count[HB_ANSWER_VERDICTS];
    uint32_t asked;  /* pass, fail, crash and hang: what is unsupported breaks no promise */
    uint32_t broken; /* fail, crash and hang */
};

/* Of the session's promises of one group, or of all (HB_PROMISE_GROUPS). */
struct hb_check_tally hb_check_count(const struct hb_session *session, size_t allocator,
                                     enum hb_promise_group group);

/* True when every allocator that is here was asked for every promise. */
bool hb_check_complete(const struct hb_session *session);

/* True when every allocator that was asked keeps the promise. */
bool hb_check_is_kept_by_all(const struct hb_session *session, size_t promise);

/* The answer of the allocator of this label in another session, or NULL: it has none. */
const struct hb_answer *hb_check_find(const struct hb_session *session, const char *promise,
                                      const char *label);

/* Adds the section "check_summary" to root. -1 when there is no memory. */
int hb_check_judge_json(const struct hb_session *session, cJSON *root);

#endif
