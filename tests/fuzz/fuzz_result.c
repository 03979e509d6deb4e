/* Results in any form: what is read is written as a result that reads as the same. */
#include "round_trip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_session session;
    struct hb_err err = {0};
    if (hb_session_parse((const char *)data, size, "fuzz.json", &session, &err) != 0) {
        check_refusal(&err);
        HOLDS(!session.jobs && !session.epochs && !session.allocators && !session.profile);
        return 0;
    }
    check_round_trip(&session);
    hb_session_free(&session);
    return 0;
}
