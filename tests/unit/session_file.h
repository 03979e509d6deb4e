/* A session as a JSON file, as the commands write it but for what is judged.
 * Read next: sample_session.h. */
#ifndef HB_TESTS_UNIT_SESSION_FILE_H
#define HB_TESTS_UNIT_SESSION_FILE_H

#include "unit/cmocka.h"

#include "result/file.h"
#include "result/session_json.h"

static inline int write_session(const struct hb_session *session, const char *path)
{
    struct hb_buf text = {0};
    cJSON *root = hb_session_to_json(session, NULL);
    assert_int_equal(hb_json_print(root, true, &text, NULL), 0);
    const int result = hb_file_write_atomic(path, text.bytes, text.size, NULL);
    cJSON_Delete(root);
    hb_buf_free(&text);
    return result;
}

#endif
