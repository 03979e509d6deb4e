/* Whether an allocator is in effect in a process: from what it has mapped, the file it runs, and
 * the environment it started with. Reads /proc only. Read next: tree.h (who asks, and when). */
#ifndef HB_PROGRAM_EFFECT_H
#define HB_PROGRAM_EFFECT_H

#include "program/program.h"

struct hb_effect_library {
    char path[HB_PATH_MAX]; /* without links; "": none is preloaded, and the C library's is meant */
    char asked[HB_PATH_MAX]; /* as LD_PRELOAD names it */
    unsigned long long device, inode;
};

/* path: the library's, or NULL; environment: the command's, ended by NULL. */
void hb_effect_library_of(const char *path, char *const *environment,
                          struct hb_effect_library *library);

/* Of the process as it is now. Right after an exec the loader may not have come to the library:
 * NOT_LOADED is certain only when it is said twice, or at the process's end. */
enum hb_program_effect hb_effect_of(pid_t pid, const struct hb_effect_library *library);

/* Whether the file is an ELF at all, as every library is. */
bool hb_effect_is_elf(const char *path);

/* False of a library of this machine that exports no malloc: programs would keep the C library's,
 * and that pass for it. */
bool hb_effect_may_have_malloc(const char *path);

/* False of a program that another loader than this process's loads, or a script whose interpreter
 * is such a one: it has another C library, and ends where this one is preloaded. */
bool hb_effect_is_of_our_loader(const char *path);

/* Pure. Whether a line of /proc/PID/maps is of the library: of its device and inode, or its path.
 */
bool hb_effect_is_mapping(const char *line, const struct hb_effect_library *library);

/* Pure. Whether an environment, NAME=VALUE and a NUL each, has the library in its LD_PRELOAD. */
bool hb_effect_is_asked(const char *environment, size_t size, const char *asked);

#endif
