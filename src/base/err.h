/* One error: a kind, which decides the exit code, and a message made where the facts are.
 * Never prints (main does, once) and never allocates.
 * Read next: base/log.h. */
#ifndef HB_BASE_ERR_H
#define HB_BASE_ERR_H

#include <stdarg.h>

enum hb_err_kind {
    HB_ERR_NONE = 0,
    HB_ERR_USAGE,        /* bad flag, key, value or unreadable input: exit 2 */
    HB_ERR_SYSTEM,       /* the machine refused something: exit 3 */
    HB_ERR_INCOMPARABLE, /* inputs that must not be compared: exit 5 */
    HB_ERR_INTERRUPTED,  /* SIGINT and friends: exit 130, or 128 + signal */
};

/* Zero-initialised is "no error". The first error set is kept: later ones are consequences. */
struct hb_err {
    enum hb_err_kind kind;
    char message[1024]; /* one line, no newline at the end; names file, position and remedy */
};

/* Sets *err (when not NULL and not set already) and returns -1, so that callers can `return` it. */
int hb_err_set(struct hb_err *err, enum hb_err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As hb_err_set, with ": " and the text of the given errno value appended. */
int hb_err_errno(struct hb_err *err, enum hb_err_kind kind, int errnum, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* HB_ERR_SYSTEM "out of memory", with the name of what there was none for in front unless NULL. */
int hb_err_memory(struct hb_err *err, const char *of);

/* The exit code that an error of this kind ends in (hakbench(1), "EXIT STATUS"). */
int hb_err_exit_code(enum hb_err_kind kind);

enum {
    HB_EXIT_OK = 0,
    HB_EXIT_GATE = 1,       /* a budget, drift or regression gate failed */
    HB_EXIT_USAGE = 2,      /* some input could not be read, the rest was worked through */
    HB_EXIT_INCOMPLETE = 3, /* some job failed, or the run is incomplete */
    HB_EXIT_INCONCLUSIVE = 4,
};

#endif
