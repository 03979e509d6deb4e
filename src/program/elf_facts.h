/* What a program's file says of its malloc. Pure: bytes in, facts out; never reads beyond them,
 * whatever the file claims. Of files that are no ELF for this machine nothing is known.
 * Read next: effect.c (the user). */
#ifndef HB_PROGRAM_ELF_FACTS_H
#define HB_PROGRAM_ELF_FACTS_H

#include "base/copy.h"

#include <stdbool.h>
#include <stddef.h>

struct hb_elf_facts {
    bool is_elf;              /* of either word size */
    bool is_native;           /* of this machine and word size: the rest is known for these alone */
    bool has_loader;          /* PT_INTERP: without one there is no LD_PRELOAD */
    char loader[HB_PATH_MAX]; /* its path; "": not known */
    bool has_malloc;          /* exports a malloc of its own, which comes before every library's */
};

void hb_elf_parse(const unsigned char *bytes, size_t size, struct hb_elf_facts *facts);

#endif
