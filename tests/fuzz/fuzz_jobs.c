/* A rebase from its CSV: jobs rise, belong to an allocator and to a block; and as JSON it reads as
 * the same. */
#include "round_trip.h"

#include "result/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_session session;
    struct hb_err err = {0};
    (void)hb_jobs_csv_recognise((const char *)data, size);
    if (hb_jobs_from_csv_text((const char *)data, size, "fuzz.csv", &session, &err) != 0) {
        check_refusal(&err);
        HOLDS(!session.jobs && !session.allocators);
        return 0;
    }
    check_jobs(&session);
    check_round_trip(&session);
    hb_session_free(&session);
    return 0;
}
