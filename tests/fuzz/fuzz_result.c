/* Results in any form: what is read is written as a result that reads as the same. */
#include "fuzz.h"

#include "result/session_brief.h"
#include "result/session_json.h"

static char *text_of(const struct hb_session *session)
{
    struct hb_buf text = {0};
    cJSON *root = hb_session_to_json(session, NULL);
    HOLDS(root);
    HOLDS(hb_json_print(root, true, &text, NULL) == 0);
    cJSON_Delete(root);
    return hb_buf_take(&text);
}

/* Read without slices: the same file is taken, the same is refused, in the same words. */
static void check_brief(const uint8_t *data, size_t size, const struct hb_session *full,
                        const struct hb_err *refusal)
{
    struct hb_session brief;
    struct hb_err err = {0};
    char *text = malloc(size + 1);
    HOLDS(text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    const int status = hb_session_parse_brief(text, size, "fuzz.json", &brief, &err);
    HOLDS((status == 0) == (refusal == NULL));
    if (status == 0)
        HOLDS(brief.job_count == full->job_count && brief.epoch_count == full->epoch_count);
    else
        HOLDS(strcmp(err.message, refusal->message) == 0);
    hb_session_free(&brief);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_session session, again;
    struct hb_err err = {0};
    if (hb_session_parse((const char *)data, size, "fuzz.json", &session, &err) != 0) {
        check_refusal(&err);
        check_brief(data, size, NULL, &err);
        HOLDS(!session.jobs && !session.epochs && !session.allocators && !session.profile);
        return 0;
    }
    check_brief(data, size, &session, NULL);
    char *text = text_of(&session);
    HOLDS(hb_session_parse(text, strlen(text), "fuzz.json", &again, &err) == 0);
    char *text_again = text_of(&again);
    HOLDS(strcmp(text, text_again) == 0);
    free(text);
    free(text_again);
    hb_session_free(&session);
    hb_session_free(&again);
    return 0;
}
