/* A soak from a CSV: epochs rise, belong to an allocator, their latencies are a histogram; and as
 * JSON it reads as the same. */
#include "round_trip.h"

#include "result/csv.h"

static void check_epoch(const struct hb_session *session, const struct hb_epoch *epoch)
{
    HOLDS(epoch->allocator < session->allocator_count);
    HOLDS(strlen(epoch->phase) < sizeof epoch->phase);
    for (size_t i = 0; i < epoch->latency_count; i++) {
        HOLDS(epoch->latency[i].count > 0 && epoch->latency[i].bucket < HB_LOGLINEAR_BUCKETS);
        HOLDS(i == 0 || epoch->latency[i].bucket > epoch->latency[i - 1].bucket);
    }
}

static void check_session(const struct hb_session *session)
{
    HOLDS(session->epoch_count > 0);
    HOLDS(session->soak.duration_s > 0);
    for (size_t i = 0; i < session->epoch_count; i++) {
        check_epoch(session, &session->epochs[i]);
        HOLDS(i == 0 || session->epochs[i].index > session->epochs[i - 1].index);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_session session;
    struct hb_err err = {0};
    if (hb_epochs_from_csv_text((const char *)data, size, "fuzz.csv", &session, &err) != 0) {
        check_refusal(&err);
        HOLDS(!session.epochs && !session.allocators);
        return 0;
    }
    check_session(&session);
    check_round_trip(&session);
    hb_session_free(&session);
    return 0;
}
