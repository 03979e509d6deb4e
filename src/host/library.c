/* What a library file is: see library.h. */
#include "host/library.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_BYTES 20 /* up to and with e_machine, the same in both classes */

static const struct {
    uint16_t machine;
    const char *name;
} machines[] = {
    {EM_386, "i386"},      {EM_X86_64, "x86-64"}, {EM_ARM, "arm"},
    {EM_AARCH64, "arm64"}, {EM_RISCV, "riscv"},   {EM_PPC64, "ppc64"},
    {EM_S390, "s390"},     {EM_MIPS, "mips"},     {EM_LOONGARCH, "loong"},
};

struct hb_elf_machine hb_elf_machine_name(uint16_t machine)
{
    struct hb_elf_machine name;
    (void)snprintf(name.text, sizeof name.text, "machine %u", machine);
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        if (machines[i].machine == machine)
            (void)snprintf(name.text, sizeof name.text, "%s", machines[i].name);
    }
    return name;
}

static uint16_t half(const unsigned char *bytes, bool big_endian)
{
    return (uint16_t)(big_endian ? bytes[0] << 8 | bytes[1] : bytes[1] << 8 | bytes[0]);
}

int hb_elf_parse(const void *bytes, size_t size, const char *name, struct hb_elf *elf,
                 struct hb_err *err)
{
    const unsigned char *head = bytes;
    *elf = (struct hb_elf){0};
    if (size == 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s: is empty, not an ELF file", name);
    if (size < SELFMAG || memcmp(head, ELFMAG, SELFMAG) != 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s: is not an ELF file", name);
    if (size < HEAD_BYTES)
        return hb_err_set(err, HB_ERR_USAGE, "%s: is an ELF file cut off after %zu bytes", name,
                          size);
    if ((head[EI_CLASS] != ELFCLASS32 && head[EI_CLASS] != ELFCLASS64) ||
        (head[EI_DATA] != ELFDATA2LSB && head[EI_DATA] != ELFDATA2MSB))
        return hb_err_set(err, HB_ERR_USAGE, "%s: is an ELF file of unknown class %u.%u", name,
                          head[EI_CLASS], head[EI_DATA]);
    elf->bits = head[EI_CLASS] == ELFCLASS64 ? 64 : 32;
    elf->big_endian = head[EI_DATA] == ELFDATA2MSB;
    elf->type = half(head + 16, elf->big_endian);
    elf->machine = half(head + 18, elf->big_endian);
    return 0;
}

/* What this program was compiled for. */
static struct hb_elf own_elf(void)
{
    struct hb_elf own = {.bits = sizeof(void *) * CHAR_BIT,
                         .big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__};
#if defined __x86_64__
    own.machine = EM_X86_64;
#elif defined __aarch64__
    own.machine = EM_AARCH64;
#elif defined __riscv
    own.machine = EM_RISCV;
#elif defined __powerpc64__
    own.machine = EM_PPC64;
#elif defined __s390x__
    own.machine = EM_S390;
#elif defined __i386__
    own.machine = EM_386;
#elif defined __arm__
    own.machine = EM_ARM;
#endif
    return own;
}

int hb_elf_check_loadable(const struct hb_elf *elf, const char *name, struct hb_err *err)
{
    const struct hb_elf own = own_elf();
    if (elf->bits != own.bits || elf->big_endian != own.big_endian ||
        (own.machine && elf->machine != own.machine))
        return hb_err_set(err, HB_ERR_USAGE, "%s: is %u-bit %s; this program is %u-bit %s", name,
                          elf->bits, hb_elf_machine_name(elf->machine).text, own.bits,
                          hb_elf_machine_name(own.machine).text);
    if (elf->type != ET_DYN)
        return hb_err_set(err, HB_ERR_USAGE, "%s: is an ELF file, but no shared library (%s)", name,
                          elf->type == ET_EXEC  ? "a program"
                          : elf->type == ET_REL ? "an object file: link it with -shared"
                                                : "neither program nor library");
    return 0;
}

int hb_library_path(const char *path, char canonical[HB_PATH_MAX], struct hb_err *err)
{
    char whole[PATH_MAX];
    if (!realpath(path, whole))
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s", path);
    if (strlen(whole) >= HB_PATH_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "%s: its path is longer than %d bytes", path,
                          HB_PATH_MAX - 1);
    (void)snprintf(canonical, HB_PATH_MAX, "%.*s", HB_PATH_MAX - 1, whole);
    return 0;
}

/* O_NONBLOCK: a pipe must not hold us up before it is refused. */
static int read_head(const char *path, unsigned char head[HEAD_BYTES], size_t *size,
                     struct hb_err *err)
{
    struct stat what;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s", path);
    int status = 0;
    if (fstat(fd, &what) != 0 || !S_ISREG(what.st_mode))
        status = hb_err_set(err, HB_ERR_USAGE, "%s: is not a regular file", path);
    const ssize_t got = status == 0 ? read(fd, head, HEAD_BYTES) : 0;
    if (got < 0)
        status = hb_err_errno(err, HB_ERR_USAGE, errno, "%s", path);
    (void)close(fd);
    *size = got > 0 ? (size_t)got : 0;
    return status;
}

int hb_library_inspect(const char *path, struct hb_library *library, struct hb_err *err)
{
    unsigned char head[HEAD_BYTES];
    size_t size = 0;
    *library = (struct hb_library){0};
    if (hb_library_path(path, library->path, err) != 0 ||
        read_head(library->path, head, &size, err) != 0 ||
        hb_elf_parse(head, size, library->path, &library->elf, err) != 0 ||
        hb_elf_check_loadable(&library->elf, library->path, err) != 0)
        return -1;
    return hb_sha256_file(library->path, library->sha256, err);
}
