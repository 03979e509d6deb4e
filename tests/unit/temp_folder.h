/* A folder of its own for a test, and small files in it.
 * The test removes it; nothing is left in /tmp.
 * Read next: test_result_file.c. */
#ifndef HB_TESTS_UNIT_TEMP_FOLDER_H
#define HB_TESTS_UNIT_TEMP_FOLDER_H

#include "unit/cmocka.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct temp_folder {
    char path[64];
    char file[128]; /* what temp_path() made last */
};

static inline void temp_make(struct temp_folder *folder)
{
    (void)strcpy(folder->path, "/tmp/hb-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

static inline const char *temp_path(struct temp_folder *folder, const char *name)
{
    (void)snprintf(folder->file, sizeof folder->file, "%.60s/%.60s", folder->path, name);
    return folder->file;
}

/* The folder is flat. */
static inline void temp_remove(struct temp_folder *folder)
{
    char path[384];
    DIR *dir = opendir(folder->path);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        (void)snprintf(path, sizeof path, "%s/%s", folder->path, entry->d_name);
        (void)unlink(path);
    }
    (void)closedir(dir);
    assert_int_equal(rmdir(folder->path), 0);
}

static inline void temp_write(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void assert_file_holds(const char *path, const char *expected)
{
    char found[256] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    found[fread(found, 1, sizeof found - 1, file)] = '\0';
    (void)fclose(file);
    assert_string_equal(found, expected);
}

/* One for all tests of a group: its set-up and tear-down. */
static struct temp_folder temp_group;

static inline int temp_group_make(void **state)
{
    (void)state;
    temp_make(&temp_group);
    return 0;
}

static inline int temp_group_remove(void **state)
{
    (void)state;
    temp_remove(&temp_group);
    return 0;
}

/* Names in the folder but . and .. */
static inline int temp_count(const struct temp_folder *folder)
{
    int count = 0;
    DIR *dir = opendir(folder->path);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(dir);
    return count;
}

#endif
