/* A soak from a CSV: epochs rise, belong to an allocator, and their latencies are a histogram. */
#include "fuzz.h"

#include "result/epochcsv.h"

#include <stdlib.h>

static void check_epoch(const struct hb_session *session, const struct hb_epoch *epoch)
{
    HOLDS(epoch->allocator < session->allocator_count);
    HOLDS(strlen(epoch->phase) < sizeof epoch->phase);
    for (size_t i = 0; i < epoch->latency_count; i++) {
        HOLDS(epoch->latency[i].count > 0 && epoch->latency[i].bucket < HB_LOGLINEAR_BUCKETS);
        HOLDS(i == 0 || epoch->latency[i].bucket > epoch->latency[i - 1].bucket);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_session session;
    struct hb_err err = {0};
    char *text = calloc(1, size + 1); /* the reader's text ends in a NUL, as a file's does */
    memcpy(text, data, size);
    if (hb_epochs_from_csv_text(text, size, "fuzz.csv", &session, &err) != 0) {
        check_refusal(&err);
        HOLDS(!session.epochs && !session.allocators);
    } else {
        HOLDS(session.epoch_count > 0);
        for (size_t i = 0; i < session.epoch_count; i++) {
            check_epoch(&session, &session.epochs[i]);
            HOLDS(i == 0 || session.epochs[i].index > session.epochs[i - 1].index);
        }
        hb_session_free(&session);
    }
    free(text);
    return 0;
}
