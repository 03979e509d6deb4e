/* A program's file: see elf_facts.h. */
#include "program/elf_facts.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#else
#define MACHINE EM_NONE
#endif

struct file {
    const unsigned char *bytes;
    size_t size;
};

/* Copies, as nothing in a file need be aligned. False: not in the file. */
static bool read_at(const struct file *file, uint64_t offset, void *into, size_t size)
{
    if (offset > file->size || size > file->size - offset)
        return false;
    memcpy(into, file->bytes + offset, size);
    return true;
}

static bool is_malloc_name(const struct file *file, const ElfW(Shdr) * names, uint32_t offset)
{
    char name[sizeof "malloc"];
    return offset < names->sh_size && read_at(file, names->sh_offset + offset, name, sizeof name) &&
           memcmp(name, "malloc", sizeof name) == 0;
}

static bool defines_malloc(const struct file *file, const ElfW(Shdr) * symbols,
                           const ElfW(Shdr) * names)
{
    const uint64_t most = file->size / sizeof(ElfW(Sym));
    uint64_t count = symbols->sh_size / sizeof(ElfW(Sym));
    count = count < most ? count : most;
    for (uint64_t i = 0; i < count; i++) {
        ElfW(Sym) symbol;
        if (!read_at(file, symbols->sh_offset + i * sizeof symbol, &symbol, sizeof symbol))
            return false;
        if (symbol.st_shndx != SHN_UNDEF && symbol.st_value != 0 &&
            is_malloc_name(file, names, symbol.st_name))
            return true;
    }
    return false;
}

static bool section(const struct file *file, const ElfW(Ehdr) * header, uint64_t index,
                    ElfW(Shdr) * found)
{
    return index < header->e_shnum &&
           header->e_shoff <= file->size && /* so that the sum does not wrap */
           read_at(file, header->e_shoff + index * sizeof *found, found, sizeof *found);
}

static void read_sections(const struct file *file, const ElfW(Ehdr) * header,
                          struct hb_elf_facts *facts)
{
    for (uint64_t i = 0; i < header->e_shnum; i++) {
        ElfW(Shdr) symbols, names;
        if (section(file, header, i, &symbols) && symbols.sh_type == SHT_DYNSYM &&
            section(file, header, symbols.sh_link, &names) &&
            defines_malloc(file, &symbols, &names))
            facts->has_malloc = true;
    }
}

/* What does not end within its segment, or not within reason, is no path. */
static void read_loader(const struct file *file, const ElfW(Phdr) * segment,
                        struct hb_elf_facts *facts)
{
    const uint64_t size = segment->p_filesz;
    facts->has_loader = true;
    if (size == 0 || size > sizeof facts->loader ||
        !read_at(file, segment->p_offset, facts->loader, size) || facts->loader[size - 1] != '\0')
        facts->loader[0] = '\0';
}

static void read_segments(const struct file *file, const ElfW(Ehdr) * header,
                          struct hb_elf_facts *facts)
{
    for (uint64_t i = 0; header->e_phoff <= file->size && i < header->e_phnum; i++) {
        ElfW(Phdr) segment;
        if (!read_at(file, header->e_phoff + i * sizeof segment, &segment, sizeof segment))
            return;
        if (segment.p_type == PT_INTERP)
            read_loader(file, &segment, facts);
    }
}

void hb_elf_parse(const unsigned char *bytes, size_t size, struct hb_elf_facts *facts)
{
    const struct file file = {bytes, size};
    ElfW(Ehdr) header;
    *facts =
        (struct hb_elf_facts){.is_elf = size >= EI_NIDENT && memcmp(bytes, ELFMAG, SELFMAG) == 0};
    if (!facts->is_elf || !read_at(&file, 0, &header, sizeof header) ||
        header.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
        header.e_machine != MACHINE || header.e_phentsize != sizeof(ElfW(Phdr)))
        return;
    facts->is_native = true;
    read_segments(&file, &header, facts);
    if (header.e_shentsize == sizeof(ElfW(Shdr)))
        read_sections(&file, &header, facts);
}
