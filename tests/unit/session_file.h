/* A session as a JSON file, as the commands write it but for what is judged.
 * Read next: sample_session.h. */
#ifndef HB_TESTS_UNIT_SESSION_FILE_H
#define HB_TESTS_UNIT_SESSION_FILE_H

#include "unit/cmocka.h"

#include "result/file.h"
#include "result/session_json.h"

#include <stdlib.h>
#include <string.h>

/* To be freed. */
static inline char *text_of_session(const struct hb_session *session)
{
    struct hb_buf text = {0};
    cJSON *root = hb_session_to_json(session, NULL);
    assert_non_null(root);
    assert_int_equal(hb_json_print(root, true, &text, NULL), 0);
    cJSON_Delete(root);
    return hb_buf_take(&text);
}

static inline int write_session(const struct hb_session *session, const char *path)
{
    char *text = text_of_session(session);
    const int result = hb_file_write_atomic(path, text, strlen(text), NULL);
    free(text);
    return result;
}

#endif
