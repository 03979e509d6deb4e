/* C23's free_sized and free_aligned_sized, where the C library or the allocator has them. */
#include "promise.h"

#include <dlfcn.h>

int main(void)
{
    void (*sized)(void *, size_t);
    void (*aligned)(void *, size_t, size_t);
    *(void **)&sized = dlsym(RTLD_DEFAULT, "free_sized");
    *(void **)&aligned = dlsym(RTLD_DEFAULT, "free_aligned_sized");
    if (sized == NULL || aligned == NULL)
        return skipped("no free_sized here");
    for (size_t bytes = 1; bytes < 5000000; bytes *= 3) {
        sized(malloc(bytes), bytes);
        aligned(aligned_alloc(128, bytes), 128, bytes);
    }
    sized(NULL, 10);
    aligned(NULL, 64, 10);
    return kept("sized frees free");
}
