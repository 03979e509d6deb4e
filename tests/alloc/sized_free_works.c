/* Case 33: free_sized and free_aligned_sized free; of NULL they do nothing.
 * Group: sizes
 * Means: C23 programs and languages that free with a size do not link, leak or crash
 * glibc: no, it has neither before 2.43 */
#include "promise.h"

#include <dlfcn.h>
#include <malloc.h>

int main(void)
{
    void (*sized)(void *, size_t);
    void (*aligned)(void *, size_t, size_t);
    *(void **)&sized = dlsym(RTLD_DEFAULT, "free_sized");
    *(void **)&aligned = dlsym(RTLD_DEFAULT, "free_aligned_sized");
    if (sized == NULL || aligned == NULL)
        return skipped("no free_sized, or no free_aligned_sized here");
    for (size_t bytes = 1; bytes < 5000000; bytes *= 3)
        for (int i = 0; i < 100; i++) { /* what is not freed shows in the memory */
            unsigned char *block = malloc(bytes), *of_line = aligned_alloc(128, bytes);
            CHECK(block != NULL && of_line != NULL);
            memset(block, 1, bytes);
            memset(of_line, 1, bytes);
            sized(block, bytes);
            aligned(of_line, 128, bytes);
        }
    sized(NULL, 10);
    aligned(NULL, 64, 10);
    CHECK(memory_kib("Rss:") < 200000);
    return 0;
}
