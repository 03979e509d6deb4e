/* Error values: see err.h. */
#include "base/err.h"

#include "base/quote.h"

#include <stdio.h>
#include <string.h>

int hb_err_set(struct hb_err *err, enum hb_err_kind kind, const char *format, ...)
{
    if (!err || err->kind != HB_ERR_NONE)
        return -1;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    hb_hide_controls(err->message); /* paths and words of files are in it */
    err->kind = kind;
    return -1;
}

int hb_err_errno(struct hb_err *err, enum hb_err_kind kind, int errnum, const char *format, ...)
{
    if (!err || err->kind != HB_ERR_NONE)
        return -1;
    char text[800], why[128];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return hb_err_set(err, kind, "%s: %s", text, strerror_r(errnum, why, sizeof why));
}

int hb_err_memory(struct hb_err *err, const char *of)
{
    return hb_err_set(err, HB_ERR_SYSTEM, "%s%sout of memory", of ? of : "", of ? ": " : "");
}

int hb_err_exit_code(enum hb_err_kind kind)
{
    switch (kind) {
    case HB_ERR_NONE:
        return 0;
    case HB_ERR_USAGE:
        return 2;
    case HB_ERR_SYSTEM:
        return 3;
    case HB_ERR_INCOMPARABLE:
        return 5;
    case HB_ERR_INTERRUPTED:
        return 130;
    }
    return 3;
}
