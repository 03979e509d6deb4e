/* hakmem's own names, for programs that link it beside another malloc. The malloc family under its
 * usual names is in libhakmem.so as well. Blocks of hak_* and of the usual names of the same
 * library may be freed by either. */
#ifndef HAKMEM_H
#define HAKMEM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As their namesakes of the C library: 16-byte aligned, NULL and ENOMEM when there is no memory or
 * count * size overflows. A size of 0 gives a block; hak_realloc(p, 0), and hak_reallocarray with a
 * product of 0, frees p and returns NULL. hak_free keeps errno. */
void *hak_malloc(size_t size);
void *hak_calloc(size_t count, size_t size);
void *hak_realloc(void *block, size_t size);
void *hak_reallocarray(void *block, size_t count, size_t size);
void hak_free(void *block);

/* hak_free; alignment and size are not needed, and checked with HAKMEM_HARDEN only. */
void hak_free_sized(void *block, size_t size);
void hak_free_aligned_sized(void *block, size_t alignment, size_t size);

/* alignment: a power of two, else NULL and EINVAL. size need not be a multiple of it. */
void *hak_aligned_alloc(size_t alignment, size_t size);

/* alignment: a power of two and a multiple of sizeof(void *). Returns 0, or EINVAL or ENOMEM with
 * *out as it was; errno is kept. */
int hak_posix_memalign(void **out, size_t alignment, size_t size);

/* Bytes that may be written, at least what was asked for; 0 for NULL. */
size_t hak_usable_size(void *block);

/* What hak_usable_size will at least say of a block from hak_malloc(size): a container that asks
 * for so much wastes nothing. size itself where no block can be so large. */
size_t hak_good_size(size_t size);

/* Gives what is free back to the system now: this thread's cache, free slabs, large mappings. */
void hak_trim(void);

/* Empties this thread's cache and parks its heap for another thread; done by itself when the
 * thread ends. */
void hak_thread_exit(void);

/* Memory system calls made since the process started. */
struct hakmem_os_stats {
    uint64_t mmap, munmap, mremap, madvise, mprotect;
};
void hakmem_os_stats(struct hakmem_os_stats *out);

#ifdef __cplusplus
}
#endif

#endif
