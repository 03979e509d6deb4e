/* Whether an allocator is in effect: lines of maps, environments, and program files, whole ones,
 * cut ones and ones that lie. */
#include "program/effect.h"
#include "program/elf_facts.h"

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "unit/cmocka.h"

/* ---- maps and environments ---- */

static struct hb_effect_library made_library(void)
{
    struct hb_effect_library library = {.path = "/opt/a b/libmine.so",
                                        .asked = "/tmp/x/preload-0.so"};
    library.device = makedev(0xfe, 0);
    library.inode = 4711;
    return library;
}

static void a_mapping_is_known_by_inode_or_path(void **state)
{
    (void)state;
    const struct hb_effect_library library = made_library();
    assert_true(hb_effect_is_mapping(
        "7f00-7f10 r-xp 00001000 fe:00 4711                       /elsewhere/libmine.so\n",
        &library));
    assert_true(hb_effect_is_mapping(
        "7f00-7f10 r-xp 00001000 00:2a 99                         /opt/a b/libmine.so\n",
        &library));
    assert_false(hb_effect_is_mapping(
        "7f00-7f10 r-xp 00001000 00:2a 4711                       /opt/libmine.so\n", &library));
    assert_false(hb_effect_is_mapping(
        "7f00-7f10 r-xp 00001000 00:2a 99                         /opt/a b/libmine.so.2\n",
        &library));
    assert_false(hb_effect_is_mapping("7f00-7f10 rw-p 00000000 00:00 0\n", &library));
    assert_false(hb_effect_is_mapping("", &library));
    assert_false(hb_effect_is_mapping("nonsense", &library));
}

static void an_environment_asks_by_the_very_name(void **state)
{
    (void)state;
    static const char yes[] = "A=1\0LD_PRELOAD=/lib/other.so:/tmp/x/preload-0.so\0B=2";
    static const char alone[] = "LD_PRELOAD=/tmp/x/preload-0.so";
    static const char no[] = "LD_PRELOAD=/tmp/x/preload-0.so.1\0XLD_PRELOAD=/tmp/x/preload-0.so";
    static const char *const asked = "/tmp/x/preload-0.so";
    assert_true(hb_effect_is_asked(yes, sizeof yes, asked));
    assert_true(hb_effect_is_asked(alone, sizeof alone, asked));
    assert_false(hb_effect_is_asked(alone, sizeof alone - 1, asked)); /* cut: no NUL */
    assert_false(hb_effect_is_asked(no, sizeof no, asked));
    assert_false(hb_effect_is_asked("", 0, asked));
    assert_false(hb_effect_is_asked("LD_PRELOAD=", 12, asked));
}

/* ---- files ---- */

struct made {
    ElfW(Ehdr) header;
    ElfW(Phdr) segments[1];
    ElfW(Shdr) sections[3];
    ElfW(Sym) symbols[2];
    char names[16];
};

/* A program with a loader whose second symbol is called malloc. */
static struct made made_file(void)
{
    struct made made = {0};
    struct hb_elf_facts own;
    memcpy(made.header.e_ident, ELFMAG, SELFMAG);
    made.header.e_ident[EI_CLASS] = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    made.header.e_phoff = offsetof(struct made, segments);
    made.header.e_phentsize = sizeof(ElfW(Phdr));
    made.header.e_phnum = 1;
    made.header.e_shoff = offsetof(struct made, sections);
    made.header.e_shentsize = sizeof(ElfW(Shdr));
    made.header.e_shnum = 3;
    made.segments[0].p_type = PT_INTERP;
    made.segments[0].p_offset = offsetof(struct made, names) + 8;
    made.segments[0].p_filesz = sizeof "/ld.so";
    made.sections[1].sh_type = SHT_DYNSYM;
    made.sections[1].sh_link = 2;
    made.sections[1].sh_offset = offsetof(struct made, symbols);
    made.sections[1].sh_size = sizeof made.symbols;
    made.sections[2].sh_type = SHT_STRTAB;
    made.sections[2].sh_offset = offsetof(struct made, names);
    made.sections[2].sh_size = sizeof made.names;
    made.symbols[1].st_name = 1;
    made.symbols[1].st_shndx = 1;
    made.symbols[1].st_value = 0x1000;
    memcpy(made.names, "\0malloc\0/ld.so", 15);
    for (unsigned machine = 0; machine < 300;
         machine++) { /* this one's number is not ours to know */
        made.header.e_machine = (ElfW(Half))machine;
        hb_elf_parse((const unsigned char *)&made, sizeof made, &own);
        if (own.is_native)
            return made;
    }
    fail_msg("no machine is native");
    return made;
}

static struct hb_elf_facts facts_of(const struct made *made, size_t size)
{
    struct hb_elf_facts facts;
    unsigned char *exact = malloc(size ? size : 1); /* so that a sanitizer sees one byte too many */
    memcpy(exact, made, size);
    hb_elf_parse(exact, size, &facts);
    free(exact);
    return facts;
}

static void a_malloc_that_is_exported_is_found(void **state)
{
    (void)state;
    struct made made = made_file();
    assert_true(facts_of(&made, sizeof made).has_loader);
    assert_string_equal(facts_of(&made, sizeof made).loader, "/ld.so");
    made.segments[0].p_filesz--; /* without its end */
    assert_string_equal(facts_of(&made, sizeof made).loader, "");
    assert_true(facts_of(&made, sizeof made).has_malloc);
    made.symbols[1].st_shndx = SHN_UNDEF; /* imported, perhaps with a stub of its own */
    assert_false(facts_of(&made, sizeof made).has_malloc);
    made = made_file();
    made.names[7] = '2'; /* malloc2 */
    assert_false(facts_of(&made, sizeof made).has_malloc);
    made = made_file();
    made.sections[1].sh_size -= sizeof *made.symbols; /* what stands behind it is no symbol */
    assert_false(facts_of(&made, sizeof made).has_malloc);
    made = made_file();
    made.segments[0].p_type = PT_LOAD;
    assert_true(facts_of(&made, sizeof made).is_native);
    assert_false(facts_of(&made, sizeof made).has_loader);
}

static void a_file_that_is_cut_is_read_to_its_end_only(void **state)
{
    (void)state;
    const struct made made = made_file();
    for (size_t size = 0; size < sizeof made; size++)
        assert_false(facts_of(&made, size).has_malloc && size < offsetof(struct made, names) + 8);
}

static void a_file_that_lies_is_harmless(void **state)
{
    (void)state;
    srand(1);
    for (unsigned round = 0; round < 20000; round++) {
        struct made made = made_file();
        unsigned char *bytes = (unsigned char *)&made;
        for (unsigned i = 0; i < 8; i++)
            bytes[(size_t)rand() % sizeof made] = (unsigned char)(rand() % 3 ? 0xff : rand());
        (void)facts_of(&made, sizeof made);
    }
}

/* ---- this process ---- */

static void a_process_tells_of_itself(void **state)
{
    (void)state;
    char *const environment[] = {"A=1", "LD_PRELOAD=/nowhere/x.so:/other.so", NULL};
    struct hb_effect_library library;
    const int file = dup(0);
    assert_int_equal(close(file), 0);
    hb_effect_library_of(NULL, environment, &library);
    assert_string_equal(library.path, "");
    assert_int_equal(hb_effect_of(getpid(), &library), HB_PROGRAM_IN_EFFECT);
    hb_effect_library_of("/nowhere/x.so", environment, &library);
    assert_string_equal(library.asked, "/nowhere/x.so");
    assert_int_equal(hb_effect_of(getpid(), &library), HB_PROGRAM_UNSET);
    hb_effect_library_of("/proc/self/exe", environment, &library); /* what is mapped for sure */
    assert_int_equal(hb_effect_of(getpid(), &library), HB_PROGRAM_IN_EFFECT);
    assert_false(hb_effect_may_have_malloc("/proc/self/exe"));
    assert_int_equal(dup(0), file); /* a keeper looks at thousands: none stays open */
    assert_int_equal(close(file), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mapping_is_known_by_inode_or_path),
        cmocka_unit_test(an_environment_asks_by_the_very_name),
        cmocka_unit_test(a_malloc_that_is_exported_is_found),
        cmocka_unit_test(a_file_that_is_cut_is_read_to_its_end_only),
        cmocka_unit_test(a_file_that_lies_is_harmless),
        cmocka_unit_test(a_process_tells_of_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
