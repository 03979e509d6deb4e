/* Files that are libraries, and all the others. */
#include "host/library.h"

#include "unit/test_host_tree.h"

#include <elf.h>
#include <gnu/lib-names.h>
#include <limits.h>
#include <link.h>
#include <unistd.h>

/* The head of a 64-bit little-endian x86-64 shared object. */
static const unsigned char good[20] = {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0,  0,
                                       0,    0,   0,   0,   0, 0, 3, 0, 62, 0};

static void parse(unsigned class, unsigned data, unsigned type, unsigned machine,
                  struct hb_elf *elf)
{
    unsigned char head[20];
    memcpy(head, good, sizeof head);
    head[EI_CLASS] = (unsigned char)class;
    head[EI_DATA] = (unsigned char)data;
    const unsigned low = data == ELFDATA2MSB;
    head[16 + low] = (unsigned char)type;
    head[17 - low] = 0;
    head[18 + low] = (unsigned char)machine;
    head[19 - low] = 0;
    assert_int_equal(hb_elf_parse(head, sizeof head, "x.so", elf, NULL), 0);
}

static void heads_are_read_in_both_byte_orders(void **state)
{
    struct hb_elf elf;
    (void)state;
    parse(ELFCLASS64, ELFDATA2LSB, ET_DYN, EM_X86_64, &elf);
    assert_true(elf.bits == 64 && !elf.big_endian && elf.type == ET_DYN &&
                elf.machine == EM_X86_64);
    parse(ELFCLASS32, ELFDATA2MSB, ET_EXEC, EM_S390, &elf);
    assert_true(elf.bits == 32 && elf.big_endian && elf.type == ET_EXEC && elf.machine == EM_S390);
}

static void what_is_no_elf_file_is_said(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *message;
    } cases[] = {
        {"", 0, "x.so: is empty, not an ELF file"},
        {"\177EL", 3, "x.so: is not an ELF file"},
        {"#!/bin/sh\n echo not elf", 23, "x.so: is not an ELF file"},
        {"\177ELF\2\1\1", 7, "x.so: is an ELF file cut off after 7 bytes"},
        {"\177ELF\7\1\1\0\0\0\0\0\0\0\0\0\3\0\076\0", 20,
         "x.so: is an ELF file of unknown class 7.1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hb_elf elf;
        struct hb_err err = {0};
        assert_int_equal(hb_elf_parse(cases[i].bytes, cases[i].size, "x.so", &elf, &err), -1);
        assert_int_equal(err.kind, HB_ERR_USAGE);
        assert_string_equal(err.message, cases[i].message);
    }
}

static void what_cannot_be_loaded_here_is_said(void **state)
{
    struct hb_elf elf;
    struct hb_err err = {0}, other = {0}, program = {0};
    (void)state;
    parse(ELFCLASS32, ELFDATA2LSB, ET_DYN, EM_386, &elf);
    assert_int_equal(hb_elf_check_loadable(&elf, "x.so", &err), -1);
    assert_non_null(strstr(err.message, "x.so: is 32-bit i386; this program is 64-bit "));
    parse(ELFCLASS64, ELFDATA2LSB, ET_DYN, 200, &elf);
    assert_int_equal(hb_elf_check_loadable(&elf, "x.so", &other), -1);
    assert_non_null(strstr(other.message, "machine 200"));
#if defined __x86_64__
    parse(ELFCLASS64, ELFDATA2LSB, ET_EXEC, EM_X86_64, &elf);
    assert_int_equal(hb_elf_check_loadable(&elf, "x.so", &program), -1);
    assert_non_null(strstr(program.message, "no shared library (a program)"));
#else
    (void)program;
#endif
}

static void the_c_library_is_inspected(void **state)
{
    const struct link_map *map = NULL;
    struct hb_library library;
    struct hb_err err = {0};
    char real[PATH_MAX] = "";
    (void)state;
    for (map = _r_debug.r_map; map; map = map->l_next) {
        if (strstr(map->l_name, LIBC_SO))
            assert_non_null(realpath(map->l_name, real));
    }
    assert_string_not_equal(real, "");
    assert_int_equal(hb_library_inspect(real, &library, &err), 0);
    assert_string_equal(library.path, real);
    assert_int_equal(strlen(library.sha256), 64);
    assert_int_equal(library.elf.type, ET_DYN);
}

static void links_are_followed_and_names_kept_in_messages(void **state)
{
    struct tree tree;
    struct hb_library library;
    struct hb_err err = {0}, gone = {0};
    char link[128], target[128];
    (void)state;
    tree_make(&tree);
    tree_write(&tree, "/lib/real.so", "no library");
    (void)snprintf(link, sizeof link, "%s/link.so", tree.root);
    (void)snprintf(target, sizeof target, "%s/lib/real.so: is not an ELF file", tree.root);
    assert_int_equal(symlink("lib/real.so", link), 0);
    assert_int_equal(hb_library_inspect(link, &library, &err), -1);
    assert_string_equal(err.message, target);
    tree_remove(&tree);
    assert_int_equal(hb_library_inspect(link, &library, &gone), -1);
    assert_non_null(strstr(gone.message, link));
    assert_non_null(strstr(gone.message, "No such file"));
}

static void folders_and_pipes_are_refused_at_once(void **state)
{
    struct tree tree;
    struct hb_library library;
    struct hb_err folder = {0}, pipe = {0};
    char path[128];
    (void)state;
    tree_make(&tree);
    (void)snprintf(path, sizeof path, "%s/pipe", tree.root);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(hb_library_inspect(path, &library, &pipe), -1);
    assert_non_null(strstr(pipe.message, "is not a regular file"));
    assert_int_equal(hb_library_inspect(tree.root, &library, &folder), -1);
    assert_non_null(strstr(folder.message, "is not a regular file"));
    tree_remove(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_read_in_both_byte_orders),
        cmocka_unit_test(what_is_no_elf_file_is_said),
        cmocka_unit_test(what_cannot_be_loaded_here_is_said),
        cmocka_unit_test(the_c_library_is_inspected),
        cmocka_unit_test(links_are_followed_and_names_kept_in_messages),
        cmocka_unit_test(folders_and_pipes_are_refused_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
