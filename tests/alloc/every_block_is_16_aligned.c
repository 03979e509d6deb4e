/* Case 20: blocks of every size, 1 to 8 included, are 16-byte aligned: compilers may assume it. */
#include "promise.h"

int main(void)
{
    for (size_t bytes = 0; bytes <= 70000; bytes += bytes < 4200 ? 1 : 97)
        for (int i = 0; i < 3; i++) {
            void *a = malloc(bytes), *b = calloc(1, bytes), *c = realloc(NULL, bytes);
            HIDDEN(a);
            HIDDEN(b);
            HIDDEN(c);
            CHECK(((uintptr_t)a | (uintptr_t)b | (uintptr_t)c) % 16 == 0);
            free(b);
            free(a);
            free(c);
        }
    return 0;
}
