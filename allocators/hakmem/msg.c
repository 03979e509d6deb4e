/* Lines on stderr without allocating: see msg.h. */
#include "msg.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void hk_text_add(struct hk_text *text, const char *string)
{
    for (; *string && text->size < sizeof text->bytes - (*string != '\n'); string++)
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

/* What no reader, a full pipe or a closed stderr leaves over is lost. The C library's write would
 * end a cancelled thread, and with it what the message is about. */
static void write_all(const char *bytes, size_t size)
{
    while (size) {
        const long written = syscall(SYS_write, STDERR_FILENO, bytes, size);
        if (written == 0 || (written < 0 && errno != EINTR))
            return;
        bytes += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
}

/* The kernel's set of signals, which is a word; glibc's calls leave out the signals of its own. */
#define SIGPIPE_ONLY (UINT64_C(1) << (SIGPIPE - 1))

static uint64_t change_mask(int how, uint64_t signals)
{
    uint64_t before = 0;
    (void)syscall(SYS_rt_sigprocmask, how, &signals, &before, sizeof signals);
    return before;
}

/* A SIGPIPE of ours is taken back: it would end the program, or end it by the wrong signal. One
 * that was there before stays. */
void hk_text_write(const struct hk_text *text)
{
    static const struct timespec no_time;
    static const uint64_t awaited = SIGPIPE_ONLY;
    const int kept = errno;
    uint64_t waiting = 0;
    const uint64_t mask = change_mask(SIG_BLOCK, SIGPIPE_ONLY);
    (void)syscall(SYS_rt_sigpending, &waiting, sizeof waiting);
    errno = 0;
    write_all(text->bytes, text->size);
    if (errno == EPIPE && !(waiting & SIGPIPE_ONLY))
        (void)syscall(SYS_rt_sigtimedwait, &awaited, NULL, &no_time, sizeof awaited);
    if (!(mask & SIGPIPE_ONLY))
        (void)change_mask(SIG_UNBLOCK, SIGPIPE_ONLY);
    errno = kept;
}

void hk_fatal(const char *what, const void *address, const char *detail)
{
    struct hk_text text = {.size = 0};
    /* Nor may the program's handler of SIGABRT be a point where a cancelled thread ends. */
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
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
