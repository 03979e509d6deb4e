/* Results of other tools: every importer takes any text or refuses it with one line; what it takes
 * are runs in blocks, and as JSON it reads as the same. Two of the same text merge. */
#include "round_trip.h"

#include "result/import.h"

/* An allocator's blocks are 0, 1, 2, ... in the order of its runs. */
static void check_blocks(const struct hb_session *session)
{
    for (size_t i = 0; i < session->job_count; i++) {
        uint32_t before = 0;
        for (size_t k = 0; k < i; k++)
            before += session->jobs[k].allocator == session->jobs[i].allocator;
        HOLDS(session->jobs[i].block == before);
    }
}

static void check_imported(const struct hb_imported *imported, const struct hb_import *import)
{
    HOLDS(imported->count > 0);
    for (size_t i = 0; i < imported->count; i++) {
        const struct hb_session *session = &imported->items[i];
        HOLDS(strcmp(session->imported_from, import->name) == 0);
        HOLDS(session->workload[0] != '\0');
        check_jobs(session);
        if (session->job_count < 500)
            check_blocks(session);
        check_round_trip(session);
    }
}

static void try_import(const struct hb_import *import, const char *text, size_t size)
{
    struct hb_imported first = {0}, second = {0};
    struct hb_err err = {0};
    if (import->read(text, size, "folder/fuzz.log", &first, &err) != 0) {
        check_refusal(&err);
        hb_imported_free(&first);
        return;
    }
    check_imported(&first, import);
    const size_t jobs = first.items[0].job_count;
    HOLDS(import->read(text, size, "folder/fuzz.log", &second, &err) == 0);
    if (hb_import_merge(&first, &second, "fuzz.log", &err) == 0) {
        HOLDS(first.items[0].job_count == 2 * jobs);
        check_imported(&first, import);
    } else {
        check_refusal(&err);
    }
    HOLDS(second.count == 0 && !second.items);
    hb_imported_free(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_session session;
    struct hb_err err = {0};
    for (const struct hb_import *const *import = hb_imports; *import; import++)
        try_import(*import, (const char *)data, size);
    if (hb_session_parse((const char *)data, size, "fuzz.log", &session, &err) == 0)
        hb_session_free(&session);
    else
        check_refusal(&err);
    return 0;
}
