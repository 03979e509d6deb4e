/* Lines on stderr without allocating: see msg.h. */
#include "msg.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void hk_text_add(struct hk_text *text, const char *string)
{
    for (; *string && text->size < sizeof text->bytes; string++)
        text->bytes[text->size++] = *string;
}

static void add_digits(struct hk_text *text, uint64_t value, unsigned base)
{
    char digits[21];
    size_t at = sizeof digits;
    digits[--at] = '\0';
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    hk_text_add(text, digits + at);
}

void hk_text_number(struct hk_text *text, uint64_t value)
{
    add_digits(text, value, 10);
}

void hk_text_hex(struct hk_text *text, uintptr_t value)
{
    hk_text_add(text, "0x");
    add_digits(text, value, 16);
}

void hk_text_write(const struct hk_text *text)
{
    const int kept = errno;
    size_t done = 0;
    while (done < text->size) {
        const ssize_t written = write(STDERR_FILENO, text->bytes + done, text->size - done);
        if (written <= 0 && errno != EINTR)
            break;
        done += written > 0 ? (size_t)written : 0;
    }
    errno = kept;
}

void hk_fatal(const char *what, const void *address, const char *detail)
{
    struct hk_text text = {.size = 0};
    hk_text_add(&text, "hakmem: ");
    hk_text_add(&text, what);
    hk_text_add(&text, ": ");
    hk_text_hex(&text, (uintptr_t)address);
    if (detail) {
        hk_text_add(&text, " (");
        hk_text_add(&text, detail);
        hk_text_add(&text, ")");
    }
    hk_text_add(&text, "\n");
    hk_text_write(&text);
    abort();
}
