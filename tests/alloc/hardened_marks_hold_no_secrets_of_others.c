/* Also: the stack's canary cannot be read off the marks of a hardened heap
 * Mode: hardened
 * glibc: no, it has no marks */
#include "promise.h"

#include <sys/auxv.h>

enum { COUNT = 100, BYTES = 100, BEHIND = 64 };

static uint64_t unmixed(uint64_t x) /* MurmurHash3's last step, backwards */
{
    x = (x ^ x >> 33) * UINT64_C(0x9cb4b2f8129337db);
    x = (x ^ x >> 33) * UINT64_C(0x4f74430c22a54005);
    return x ^ x >> 33;
}

int main(void)
{
    const void *random = (const void *)getauxval(AT_RANDOM);
    uint64_t words[2];
    if (random == NULL)
        return skipped("no AT_RANDOM");
    memcpy(words, random, sizeof words);
    for (int i = 0; i < COUNT; i++) {
        const unsigned char *block = malloc(BYTES);
        CHECK(block != NULL);
        HIDDEN(block);
        const uint64_t place = (uintptr_t)block * UINT64_C(0x9e3779b97f4a7c15);
        for (const unsigned char *at = block + (BYTES + 7) / 8 * 8; at < block + BYTES + BEHIND;
             at += 8) {
            uint64_t mark;
            memcpy(&mark, at, sizeof mark);
            for (int word = 0; word < 2; word++) /* the low 44 bits are the size */
                CHECK(((unmixed(mark) ^ words[word] ^ place) & ((UINT64_C(1) << 44) - 1)) != BYTES);
        }
    }
    return 0;
}
