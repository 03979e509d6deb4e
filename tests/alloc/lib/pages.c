/* A preload that makes memory calls behave as on a kernel with larger pages (SHIM: KiB, 16 or 64):
 * addresses must be multiples of a page, lengths are rounded up, mappings start at multiples; and
 * sysconf and getpagesize tell that size. Only calls by the C library's names pass here.
 * With SHIM_LOG=path, a line at exit when calls were refused that a kernel would refuse.
 * Read next: ../large_pages_refuse_nothing.c. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CALLS = 5 };
enum { IN_MMAP, IN_MUNMAP, IN_MREMAP, IN_MADVISE, IN_MPROTECT };

static _Atomic long refused[CALLS];
static size_t page_bytes;

/* Before any constructor too: the environment is read where it lies. */
static size_t page(void)
{
    if (page_bytes == 0) {
        size_t kib = 64;
        for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
            if (strncmp(*entry, "SHIM=", 5) == 0 && atoi(*entry + 5) > 0)
                kib = (size_t)atoi(*entry + 5);
        if (environ == NULL)
            return kib << 10; /* too early to know */
        page_bytes = kib << 10;
    }
    return page_bytes;
}

static size_t rounded_up(size_t bytes)
{
    return (bytes + page() - 1) & ~(page() - 1);
}

static int is_refused(const void *address, int call)
{
    if (((uintptr_t)address & (page() - 1)) == 0)
        return 0;
    refused[call]++;
    errno = EINVAL;
    return 1;
}

static void *real_mmap(void *address, size_t bytes, int protection, int flags, int file, off_t at)
{
    return (void *)syscall(SYS_mmap, address, bytes, protection, flags, file, at);
}

/* A page more is mapped, and what sticks out is unmapped again. */
static void *map_anywhere(size_t bytes, int protection, int flags)
{
    char *area = real_mmap(NULL, bytes + page(), protection, flags, -1, 0);
    if (area == MAP_FAILED)
        return area;
    char *start = (char *)rounded_up((uintptr_t)area);
    if (start != area)
        syscall(SYS_munmap, area, start - area);
    if ((size_t)(start - area) < page())
        syscall(SYS_munmap, start + bytes, area + page() - start);
    return start;
}

void *mmap(void *address, size_t bytes, int protection, int flags, int file, off_t at)
{
    const int is_fixed = (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0;
    if (file >= 0)
        return real_mmap(address, bytes, protection, flags, file, at);
    if (is_fixed && is_refused(address, IN_MMAP))
        return MAP_FAILED;
    if (is_fixed)
        return real_mmap(address, rounded_up(bytes), protection, flags, file, at);
    address = (void *)((uintptr_t)address & ~(page() - 1)); /* a hint */
    if (address != NULL) {
        void *area = real_mmap(address, rounded_up(bytes), protection, flags | MAP_FIXED_NOREPLACE,
                               file, at);
        if (area == address)
            return area;
        if (area != MAP_FAILED)
            syscall(SYS_munmap, area, rounded_up(bytes));
    }
    return map_anywhere(rounded_up(bytes), protection, flags);
}

void *mmap64(void *address, size_t bytes, int protection, int flags, int file, off_t at)
    __attribute__((alias("mmap")));

int munmap(void *address, size_t bytes)
{
    return is_refused(address, IN_MUNMAP) ? -1
                                          : (int)syscall(SYS_munmap, address, rounded_up(bytes));
}

int mprotect(void *address, size_t bytes, int protection)
{
    if (is_refused(address, IN_MPROTECT))
        return -1;
    return (int)syscall(SYS_mprotect, address, rounded_up(bytes), protection);
}

int madvise(void *address, size_t bytes, int advice)
{
    if (is_refused(address, IN_MADVISE))
        return -1;
    return (int)syscall(SYS_madvise, address, rounded_up(bytes), advice);
}

static void *real_mremap(void *address, size_t before, size_t after, int flags, void *to)
{
    return (void *)syscall(SYS_mremap, address, before, after, flags, to);
}

void *mremap(void *address, size_t before, size_t after, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    void *to = flags & MREMAP_FIXED ? va_arg(more, void *) : NULL;
    va_end(more);
    if (is_refused(address, IN_MREMAP) || (to != NULL && is_refused(to, IN_MREMAP)))
        return MAP_FAILED;
    before = rounded_up(before);
    after = rounded_up(after);
    if (to != NULL || after <= before)
        return real_mremap(address, before, after, flags, to);
    void *grown = real_mremap(address, before, after, flags & ~MREMAP_MAYMOVE, NULL);
    if (grown != MAP_FAILED || !(flags & MREMAP_MAYMOVE))
        return grown;
    to = map_anywhere(after, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
    if (to == MAP_FAILED)
        return to;
    grown = real_mremap(address, before, after, MREMAP_MAYMOVE | MREMAP_FIXED, to);
    if (grown == MAP_FAILED)
        syscall(SYS_munmap, to, after);
    return grown;
}

int getpagesize(void)
{
    return (int)page();
}

long sysconf(int name)
{
    static long (*next)(int);
    if (name == _SC_PAGESIZE)
        return (long)page();
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "sysconf");
    return next(name);
}

/* How many calls of all kinds a kernel would have refused until now: for tests that look. */
long pages_refused(void)
{
    long sum = 0;
    for (int i = 0; i < CALLS; i++)
        sum += refused[i];
    return sum;
}

__attribute__((destructor)) static void tell(void)
{
    char line[200];
    const char *path = getenv("SHIM_LOG");
    if (path == NULL || pages_refused() == 0)
        return;
    const int length =
        snprintf(line, sizeof line,
                 "%zu KiB: refused mmap %ld munmap %ld mremap %ld madvise %ld mprotect %ld\n",
                 page() >> 10, refused[IN_MMAP], refused[IN_MUNMAP], refused[IN_MREMAP],
                 refused[IN_MADVISE], refused[IN_MPROTECT]);
    const int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file >= 0)
        (void)!write(file, line, (size_t)length);
}
