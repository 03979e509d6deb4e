/* What a file on disk is before anybody loads it: its canonical path, its SHA-256, and whether it
 * is an ELF file this program could load. Never dlopens: loading runs the library's code.
 * Read next: src/run/catalog.c (its user). */
#ifndef HB_HOST_LIBRARY_H
#define HB_HOST_LIBRARY_H

#include "base/err.h"
#include "result/file.h"
#include "result/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hb_elf {
    unsigned bits;    /* 32 or 64 */
    bool big_endian;  /* byte order of the file */
    uint16_t machine; /* EM_X86_64 ... */
    uint16_t type;    /* ET_DYN ... */
};

struct hb_library {
    char path[HB_PATH_MAX]; /* absolute, links followed */
    char sha256[HB_SHA256_TEXT];
    struct hb_elf elf;
};

/* Pure. Reads the head of an ELF file (20 bytes are enough). 0, or -1 with what is wrong:
 * HB_ERR_USAGE, the message starts with name. */
int hb_elf_parse(const void *bytes, size_t size, const char *name, struct hb_elf *elf,
                 struct hb_err *err);

/* 0 when this very program could load such a library; else -1 with the reason: 32-bit, another
 * machine, not a shared object. The message starts with name. */
int hb_elf_check_loadable(const struct hb_elf *elf, const char *name, struct hb_err *err);

/* A machine number as people say it: "x86-64"; "machine 999" for one not known. By value. */
struct hb_elf_machine {
    char text[24];
};
struct hb_elf_machine hb_elf_machine_name(uint16_t machine);

/* Fills *library for a regular file that is loadable. 0, or -1 with the reason: HB_ERR_USAGE. */
int hb_library_inspect(const char *path, struct hb_library *library, struct hb_err *err);

/* The canonical path of an existing file: absolute, links followed. 0, or -1: HB_ERR_USAGE. */
int hb_library_path(const char *path, char canonical[HB_PATH_MAX], struct hb_err *err);

#endif
