/* In effect, or why not: see effect.h. */
#include "program/effect.h"

#include "host/hostfile.h"
#include "program/elf_facts.h"
#include "result/file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PRELOAD      "LD_PRELOAD="
#define SCRIPTS_DEEP 4 /* an interpreter may be a script: the kernel goes so far */

const char *const hb_program_effect_names[HB_PROGRAM_EFFECT_COUNT] = {
    [HB_PROGRAM_IN_EFFECT] = "in effect",      [HB_PROGRAM_STATIC] = "static",
    [HB_PROGRAM_SECURE] = "set-user-ID",       [HB_PROGRAM_OWN_MALLOC] = "its own malloc",
    [HB_PROGRAM_UNSET] = "LD_PRELOAD unset",   [HB_PROGRAM_NOT_LOADED] = "not loaded",
    [HB_PROGRAM_EFFECT_UNKNOWN] = "not known",
};

/* The first word of LD_PRELOAD in an environment that is ended by NULL. */
static void copy_asked(char *const *environment, char *asked, size_t asked_bytes)
{
    for (; *environment; environment++) {
        if (strncmp(*environment, PRELOAD, strlen(PRELOAD)) != 0)
            continue;
        const char *word = *environment + strlen(PRELOAD);
        (void)snprintf(asked, asked_bytes, "%.*s", (int)strcspn(word, " :"), word);
    }
}

void hb_effect_library_of(const char *path, char *const *environment,
                          struct hb_effect_library *library)
{
    char whole[PATH_MAX];
    struct stat about;
    *library = (struct hb_effect_library){.path = ""};
    if (!path)
        return;
    HB_COPY(library->path, realpath(path, whole) ? whole : path);
    copy_asked(environment, library->asked, sizeof library->asked);
    if (stat(path, &about) == 0) {
        library->device = about.st_dev;
        library->inode = about.st_ino;
    }
}

/* ---- pure ---- */

/* "start-end perms offset major:minor inode   path". Some file systems show devices that stat does
 * not: the path alone is good then. */
bool hb_effect_is_mapping(const char *line, const struct hb_effect_library *library)
{
    unsigned major_number, minor_number;
    unsigned long long inode;
    int path_at = 0;
    if (sscanf(line, "%*x-%*x %*4s %*x %x:%x %llu %n", &major_number, &minor_number, &inode,
               &path_at) != 3 ||
        path_at == 0 || inode == 0)
        return false;
    if (inode == library->inode && makedev(major_number, minor_number) == library->device)
        return true;
    const char *path = line + path_at;
    const size_t length = strlen(library->path);
    return length > 0 && strncmp(path, library->path, length) == 0 &&
           (path[length] == '\n' || path[length] == '\0');
}

static bool has_word(const char *list, const char *asked)
{
    const size_t length = strlen(asked);
    for (; *list; list += strspn(list, " :")) {
        const size_t word_length = strcspn(list, " :");
        if (word_length == length && strncmp(list, asked, length) == 0)
            return true;
        list += word_length;
    }
    return false;
}

bool hb_effect_is_asked(const char *environment, size_t size, const char *asked)
{
    const size_t prefix = strlen(PRELOAD);
    for (size_t at = 0; at < size; at += strnlen(environment + at, size - at) + 1) {
        if (size - at > prefix && strncmp(environment + at, PRELOAD, prefix) == 0 &&
            memchr(environment + at, '\0', size - at) && has_word(environment + at + prefix, asked))
            return true;
    }
    return false;
}

/* ---- of a process ---- */

static bool has_mapped(pid_t pid, const struct hb_effect_library *library, bool *readable)
{
    char path[64], line[HB_PATH_MAX + 128];
    bool found = false;
    (void)snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    *readable = false;
    while (maps && !found && (!*readable || library->path[0]) && fgets(line, sizeof line, maps)) {
        *readable = true; /* what has none is on its way out */
        found = hb_effect_is_mapping(line, library);
    }
    if (maps)
        (void)fclose(maps);
    return found;
}

static void read_file(const char *path, struct hb_elf_facts *facts)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* of a pipe nothing is known */
    *facts = (struct hb_elf_facts){.is_elf = false};
    if (fd >= 0 && fstat(fd, &about) == 0 && about.st_size > 0) {
        const size_t size = (size_t)about.st_size;
        void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED) {
            hb_elf_parse(bytes, size, facts);
            (void)munmap(bytes, size);
        }
    }
    if (fd >= 0)
        (void)close(fd);
}

bool hb_effect_is_elf(const char *path)
{
    struct hb_elf_facts facts;
    read_file(path, &facts);
    return facts.is_elf;
}

bool hb_effect_may_have_malloc(const char *path)
{
    struct hb_elf_facts facts;
    read_file(path, &facts);
    return facts.has_malloc || !facts.is_native;
}

/* The path in a script's "#! PATH WORD". */
static bool read_interpreter(const char *script, char path[HB_PATH_MAX])
{
    char text[HB_PATH_MAX];
    const int fd = open(script, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        (void)close(fd);
    text[got > 0 ? got : 0] = '\0';
    if (strncmp(text, "#!", 2) != 0)
        return false;
    const char *from = text + 2 + strspn(text + 2, " \t");
    (void)snprintf(path, HB_PATH_MAX, "%.*s", (int)strcspn(from, " \t\n"), from);
    return true;
}

bool hb_effect_is_of_our_loader(const char *path)
{
    struct hb_elf_facts own, facts;
    char interpreter[HB_PATH_MAX];
    HB_COPY(interpreter, path);
    for (unsigned deep = 0; deep < SCRIPTS_DEEP && read_interpreter(interpreter, interpreter);)
        deep++;
    read_file("/proc/self/exe", &own);
    read_file(interpreter, &facts);
    return !own.loader[0] || !facts.loader[0] || hb_file_is_same(own.loader, facts.loader);
}

/* Whether the loader takes no LD_PRELOAD because the file gives rights. Where such rights are not
 * given (a traced process, a mount with nosuid) they would be in a run that is not traced. */
static bool gives_rights(pid_t pid)
{
    char path[64];
    struct stat about;
    struct statvfs mounted;
    (void)snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    if (stat(path, &about) != 0 ||
        (statvfs(path, &mounted) == 0 && (mounted.f_flag & ST_NOSUID) != 0))
        return false;
    return ((about.st_mode & S_ISUID) && about.st_uid != geteuid()) ||
           ((about.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
            about.st_gid != getegid()) ||
           (geteuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0);
}

/* Who may not be looked at: real and effective user of the status differ when rights were given, or
 * are another's than ours. Root may look at all. */
static bool has_rights(pid_t pid)
{
    char path[64], text[4096], ids[64];
    unsigned real, effective;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    return hb_host_text("", path, text, sizeof text) &&
           hb_host_field(text, "Uid", ':', ids, sizeof ids) &&
           sscanf(ids, "%u %u", &real, &effective) == 2 &&
           (real != effective || (effective != geteuid() && geteuid() != 0));
}

/* Its LD_PRELOAD at the start; what a program sets later makes no difference to itself. */
static bool was_asked(pid_t pid, const char *asked)
{
    char path[64], *text = malloc(1 << 20);
    bool found = true; /* not readable, or cut: nobody can say that it was unset */
    (void)snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    const int fd = text ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    size_t used = 0;
    ssize_t got = 0;
    while (fd >= 0 && used < 1 << 20 && (got = read(fd, text + used, (1 << 20) - used)) > 0)
        used += (size_t)got;
    if (fd >= 0 && got == 0)
        found = hb_effect_is_asked(text, used, asked);
    if (fd >= 0)
        (void)close(fd);
    free(text);
    return found;
}

enum hb_program_effect hb_effect_of(pid_t pid, const struct hb_effect_library *library)
{
    struct hb_elf_facts facts;
    char path[64];
    bool readable;
    const bool is_mapped = has_mapped(pid, library, &readable);
    if (!readable)
        return has_rights(pid) ? HB_PROGRAM_SECURE : HB_PROGRAM_EFFECT_UNKNOWN;
    (void)snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    read_file(path, &facts);
    if (facts.is_native && !facts.has_loader)
        return HB_PROGRAM_STATIC;
    if (facts.has_malloc)
        return HB_PROGRAM_OWN_MALLOC;
    if (!library->path[0])
        return HB_PROGRAM_IN_EFFECT;
    if (gives_rights(pid))
        return HB_PROGRAM_SECURE;
    if (is_mapped)
        return HB_PROGRAM_IN_EFFECT;
    return was_asked(pid, library->asked) ? HB_PROGRAM_NOT_LOADED : HB_PROGRAM_UNSET;
}
