/* Lines on stderr without allocating: the system call and a buffer on the stack.
 * Safe at any moment, in any thread, before main and after exit handlers. No cancellation point,
 * and no SIGPIPE for a line that nobody reads.
 * Read next: option.h. */
#ifndef HK_MSG_H
#define HK_MSG_H

#include "base.h"

/* "hakmem: WHAT: 0xADDRESS (DETAIL)" on stderr, then abort(). detail may be NULL. */
HK_SLOW __attribute__((noreturn)) void hk_fatal(const char *what, const void *address,
                                                const char *detail);

/* A short text under construction. */
struct hk_text {
    char bytes[1024];
    size_t size; /* what does not fit is dropped, but for the newline */
};
void hk_text_add(struct hk_text *text, const char *string);
void hk_text_number(struct hk_text *text, uint64_t value);
void hk_text_hex(struct hk_text *text, uintptr_t value);
void hk_text_write(const struct hk_text *text);

#endif
