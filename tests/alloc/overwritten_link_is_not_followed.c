/* Case 54: what is written into a freed block never becomes a pointer that malloc returns.
 * Mode: hardened
 * glibc: no, a pointer forged by chance is 16-byte aligned one time in 16 */
#include "misuse.h"

/* Where the forged links point: memory that could be a block. */
static _Alignas(4096) char target[65536];
static size_t bytes;
static int is_overwriting;

enum { FREED = 8, MADE = 64 };

static int is_in_target(const void *block)
{
    return (const char *)block >= target && (const char *)block < target + sizeof target;
}

/* A freed block's words, all of them, become the address: wherever the link is, it is forged. */
static void overwrite(char *block)
{
    const uintptr_t forged = (uintptr_t)(target + 4096);
    for (size_t at = 0; at + sizeof forged <= bytes; at += sizeof forged)
        memcpy(block + at, &forged, sizeof forged);
}

static void reuse_overwritten(void)
{
    char *blocks[FREED];
    for (int i = 0; i < FREED; i++)
        blocks[i] = make(bytes);
    for (int i = 0; i < FREED; i++)
        free_hidden(blocks[i]);
    for (int i = 0; is_overwriting && i < FREED; i++)
        overwrite(blocks[i]);
    for (int i = 0; i < MADE; i++) {
        void *block = malloc(bytes);
        HIDDEN(block);
        if (is_in_target(block)) {
            static const char line[] = "malloc returned the forged pointer\n";
            (void)!write(STDERR_FILENO, line, sizeof line - 1);
            _exit(3);
        }
        memset(block, 0x42, bytes); /* a pointer to elsewhere would end the program here */
    }
    _exit(0);
}

/* Nothing wrong came out (links are elsewhere), or the overwriting was found. */
int main(void)
{
    static const size_t sizes[] = {16, 24, 100, 1000, 9000};
    char said[4096];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        bytes = sizes[i];
        is_overwriting = 0;
        CHECK(in_child(reuse_overwritten, said, sizeof said) == 0);
        is_overwriting = 1;
        const int status = in_child(reuse_overwritten, said, sizeof said);
        if (status == 0 || is_clear_abort(status, said))
            continue;
        fprintf(stderr, "%zu bytes: %s: %s\n", bytes, end_of(status), said);
        return 1;
    }
    return 0;
}
