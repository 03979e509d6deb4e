/* A folder that stands for a machine: a test writes proc, sys and etc as it needs them.
 * Never touches this machine's own. Ends the test where a file cannot be written.
 * Read next: test_host_noise.c. */
#ifndef HB_TESTS_UNIT_TEST_HOST_TREE_H
#define HB_TESTS_UNIT_TEST_HOST_TREE_H

#include "unit/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct tree {
    char root[64];
};

static inline void tree_make(struct tree *tree)
{
    (void)snprintf(tree->root, sizeof tree->root, "/tmp/hb-host-XXXXXX");
    assert_non_null(mkdtemp(tree->root));
}

/* Writes root + path, with every folder on the way. */
static inline void tree_write(const struct tree *tree, const char *path, const char *text)
{
    char whole[512];
    (void)snprintf(whole, sizeof whole, "%s%s", tree->root, path);
    for (char *slash = whole + strlen(tree->root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        (void)mkdir(whole, 0755);
        *slash = '/';
    }
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) < 0, 0);
    assert_int_equal(fclose(file), 0);
}

static inline void tree_remove(const struct tree *tree)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", tree->root);
    assert_int_equal(system(command), 0);
}

#endif
