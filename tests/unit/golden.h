/* A text that was looked at once, and is the same ever since. HB_GOLDEN=1 writes its file anew. */
#ifndef HB_TESTS_UNIT_GOLDEN_H
#define HB_TESTS_UNIT_GOLDEN_H

#include "unit/cmocka.h"

#include "base/buf.h"
#include "result/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void golden_is(const char *path, const char *is)
{
    struct hb_buf golden = {0};
    struct hb_err err = {0};
    if (getenv("HB_GOLDEN")) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        (void)fputs(is, file);
        assert_int_equal(fclose(file), 0);
    }
    assert_int_equal(hb_file_read(path, SIZE_MAX, &golden, &err), 0);
    const char *was = hb_buf_string(&golden);
    size_t same = 0, line = 0;
    for (; is[same] && is[same] == was[same]; same++)
        line = is[same] == '\n' ? same + 1 : line;
    if (is[same] != was[same])
        fail_msg("%s: is \"%.*s\", was \"%.*s\"", path, (int)strcspn(is + line, "\n"), is + line,
                 (int)strcspn(was + line, "\n"), was + line);
    hb_buf_free(&golden);
}

#endif
