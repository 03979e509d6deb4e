/* Case 56: writing 1, 8, 32 bytes past a block is found at free, or harms no other block.
 * Mode: hardened
 * glibc: no */
#include "misuse.h"

#include <malloc.h>

enum { COUNT = 64, MIDDLE = COUNT / 2 };

static size_t bytes, past;

static void must_hold(const unsigned char *block, unsigned char mark)
{
    for (size_t i = 0; i < bytes; i++)
        if (block[i] != mark) {
            static const char line[] = "another block was changed\n";
            (void)!write(STDERR_FILENO, line, sizeof line - 1);
            _exit(3);
        }
}

static void overflow(void)
{
    static unsigned char *blocks[COUNT];
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = make(bytes);
        memset(blocks[i], i, bytes);
    }
    unsigned char *end = blocks[MIDDLE] + bytes;
    HIDDEN(end);
    memset(end, 0xEE, past);
    free_hidden(blocks[MIDDLE]); /* found here ... */
    for (int i = 0; i < COUNT; i++)
        if (i != MIDDLE)
            must_hold(blocks[i], (unsigned char)i);
    for (int i = 0; i < COUNT; i++) /* ... or here, before harm was done ... */
        if (i != MIDDLE)
            free_hidden(blocks[i]);
    for (int i = 0; i < COUNT; i++) { /* ... or it did none. */
        blocks[i] = make(bytes);
        memset(blocks[i], i, bytes);
    }
    for (int i = 0; i < COUNT; i++)
        must_hold(blocks[i], (unsigned char)i);
    _exit(0);
}

int main(void)
{
    static const size_t sizes[] = {24, 100, 1000, 9000, 200000}, over[] = {1, 8, 32};
    char said[4096];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (size_t j = 0; j < sizeof over / sizeof over[0]; j++) {
            void *probe = malloc(sizes[i]);
            bytes = malloc_usable_size(probe); /* no slack that would contain it */
            past = over[j];
            free(probe);
            const int status = in_child(overflow, said, sizeof said);
            if (status == 0 || is_clear_abort(status, said))
                continue;
            fprintf(stderr, "%zu bytes, %zu past: %s: %s\n", bytes, past, end_of(status), said);
            return 1;
        }
    return 0;
}
