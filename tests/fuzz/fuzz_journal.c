/* Journals: the whole lines of what is read are a journal with the same jobs and epochs. */
#include "fuzz.h"

#include "result/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_session session, again;
    struct hb_err err = {0};
    size_t whole = 0, whole_again = 0;
    const char *text = (const char *)data;
    if (hb_journal_parse(text, size, "fuzz.jsonl", &session, &whole, &err) != 0) {
        check_refusal(&err);
        HOLDS(!session.jobs && !session.epochs && !session.allocators);
        return 0;
    }
    HOLDS(whole > 0 && whole <= size && text[whole - 1] == '\n');
    HOLDS(session.partial);
    HOLDS(hb_journal_parse(text, whole, "fuzz.jsonl", &again, &whole_again, &err) == 0);
    HOLDS(whole_again == whole && again.job_count == session.job_count &&
          again.epoch_count == session.epoch_count);
    hb_session_free(&session);
    hb_session_free(&again);
    return 0;
}
