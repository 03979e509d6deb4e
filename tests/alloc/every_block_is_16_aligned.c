/* Case 20: blocks of every size, 1 to 8 included, are 16-byte aligned: compilers may assume it.
 * Group: align
 * Means: what takes 16 for granted (ABI, packed pointers, SSE) faults or errs on small blocks */
#include "promise.h"

int main(void)
{
    size_t largest = 0, alignment = 16;
    for (size_t bytes = 0; bytes <= 70000; bytes += bytes < 4200 ? 1 : 97)
        for (int i = 0; i < 3; i++) {
            void *a = malloc(bytes), *b = calloc(1, bytes), *c = realloc(NULL, bytes);
            HIDDEN(a);
            HIDDEN(b);
            HIDDEN(c);
            const uintptr_t bits = (uintptr_t)a | (uintptr_t)b | (uintptr_t)c;
            largest = bits % 16 != 0 ? bytes : largest;
            while (bits % alignment != 0)
                alignment /= 2;
            free(b);
            free(a);
            free(c);
        }
    if (alignment == 16)
        return 0;
    fprintf(stderr, "blocks of up to %zu bytes are aligned to %zu\n", largest, alignment);
    return 1;
}
