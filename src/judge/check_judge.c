/* What a check came to: see check_judge.h. */
#include "judge/check_judge.h"

#include "base/json/json_fields.h"
#include "result/promise_list.h"

struct hb_check_tally hb_check_count(const struct hb_session *session, size_t allocator,
                                     enum hb_promise_group group)
{
    struct hb_check_tally tally = {.asked = 0};
    for (size_t p = 0; p < session->promise_count; p++) {
        const struct hb_answer *answer = hb_session_answer(session, p, allocator);
        if (group != HB_PROMISE_GROUPS && session->promises[p].group != group)
            continue;
        tally.count[answer->verdict]++;
        tally.broken += hb_answer_is_broken(answer);
    }
    tally.asked = tally.broken + tally.count[HB_ANSWER_PASS];
    return tally;
}

bool hb_check_complete(const struct hb_session *session)
{
    for (size_t a = 0; a < session->allocator_count; a++) {
        if (!session->allocators[a].missing_reason[0] &&
            hb_check_count(session, a, HB_PROMISE_GROUPS).count[HB_ANSWER_NONE])
            return false;
    }
    return true;
}

bool hb_check_is_kept_by_all(const struct hb_session *session, size_t promise)
{
    bool is_asked = false;
    for (size_t a = 0; a < session->allocator_count; a++) {
        const enum hb_answer_verdict verdict = hb_session_answer(session, promise, a)->verdict;
        if (verdict != HB_ANSWER_NONE && verdict != HB_ANSWER_PASS)
            return false;
        is_asked |= verdict == HB_ANSWER_PASS;
    }
    return is_asked;
}

const struct hb_answer *hb_check_find(const struct hb_session *session, const char *promise,
                                      const char *label)
{
    const int p = hb_promises_find(session, promise), a = hb_session_find(session, label);
    return p < 0 || a < 0 ? NULL : hb_session_answer(session, (size_t)p, (size_t)a);
}

static void put_tally(struct hb_json_writer *writer, cJSON *object, const char *key,
                      const struct hb_check_tally *tally)
{
    cJSON *member = hb_json_put_object(writer, object, key);
    for (size_t v = HB_ANSWER_PASS; v < HB_ANSWER_VERDICTS; v++)
        hb_json_put_u64(writer, member, hb_answer_names[v], tally->count[v]);
}

int hb_check_judge_json(const struct hb_session *session, cJSON *root)
{
    struct hb_json_writer writer = {0};
    cJSON *summary = hb_json_put_object(&writer, root, "check_summary");
    for (size_t a = 0; a < session->allocator_count; a++) {
        cJSON *object = hb_json_put_object(&writer, summary, session->allocators[a].label);
        for (size_t g = 0; g <= HB_PROMISE_GROUPS; g++) {
            const struct hb_check_tally tally =
                hb_check_count(session, a, (enum hb_promise_group)g);
            put_tally(&writer, object, g == HB_PROMISE_GROUPS ? "all" : hb_promise_group_names[g],
                      &tally);
        }
    }
    return writer.failed ? -1 : 0;
}
