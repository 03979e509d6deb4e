/* Preloaded before an allocator: every program that starts adds "LIBRARY NAME\n" to the file that
 * HB_WITNESS names, LIBRARY being where its malloc really comes from. A static or setuid program,
 * or one with a malloc of its own, cannot pass for one that ran on the allocator. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Where the program's calls of malloc end. A program that takes malloc's address may give it one
 * inside itself (a stub, the symbol undefined): that one leads to the first library after us. */
static const char *malloc_library(void)
{
    Dl_info info = {0};
    const ElfW(Sym) *symbol = NULL;
    void *function = dlsym(RTLD_DEFAULT, "malloc");
    if (function == NULL || dladdr1(function, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0)
        return "?";
    if (symbol != NULL && symbol->st_shndx == SHN_UNDEF &&
        dladdr(dlsym(RTLD_NEXT, "malloc"), &info) == 0)
        return "?";
    return info.dli_fname;
}

/* The whole line in one write, so that lines of programs that start together do not mix. */
__attribute__((constructor)) static void witness(void)
{
    const int kept = errno;
    const char *path = getenv("HB_WITNESS");
    const int file = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
    if (file >= 0) {
        char line[1024];
        const int length = snprintf(line, sizeof(line), "%s %s\n", malloc_library(),
                                    program_invocation_short_name);
        if (length > 0 && (size_t)length < sizeof(line) && write(file, line, (size_t)length) < 0)
            _exit(126);
        (void)close(file);
    }
    errno = kept;
}
