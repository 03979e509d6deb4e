/* Case 57: a write that runs 1 MiB past a block meets a guard page before its end.
 * Mode: hardened
 * glibc: no, there are no guards */
#include "misuse.h"

enum { COUNT = 64 };

static size_t bytes;

/* Blocks around it, so that what lies behind is what usually does. */
static void overflow(void)
{
    static unsigned char *blocks[COUNT];
    for (int i = 0; i < COUNT; i++)
        blocks[i] = make(bytes);
    volatile unsigned char *end = blocks[COUNT / 2] + bytes;
    for (size_t i = 0; i < 1u << 20; i++)
        end[i] = 0xEE;
    _exit(0);
}

int main(void)
{
    static const size_t sizes[] = {24, 100, 1000, 9000, 60000, 200000, 5000000};
    char said[4096];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        bytes = sizes[i];
        const int status = in_child(overflow, said, sizeof said);
        if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS))
            continue;
        fprintf(stderr, "block of %zu bytes: %s\n", bytes, end_of(status));
        return 1;
    }
    return 0;
}
