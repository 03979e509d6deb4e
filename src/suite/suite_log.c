/* The suite's own journal, "suite.log", a line of JSON each: see suite.h. Its first line says what
 * the suite is; each further one is a round: who got a block, how long that took. Results are in
 * the members' files; this one is needed to go on, and tells afterwards why a member got the blocks
 * that it has. */
#include "suite/suite.h"

#include "base/copy.h"
#include "base/json/json_fields.h"
#include "result/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_NAME      "suite.log"
#define LOG_BYTES_MAX ((size_t)16 << 20)

static const struct hb_json_field member_fields[] = {
    HB_FIELD_NAMED(struct hb_member, kind, hb_member_kind_names, HB_MEMBER_KINDS),
    HB_FIELD(TEXT, struct hb_member, name),
    HB_FIELD(TEXT, struct hb_member, profile),
    HB_FIELD(DOUBLE, struct hb_member, first_s),
    HB_FIELD(DOUBLE, struct hb_member, block_s),
};

static const struct hb_json_field suite_fields[] = {
    HB_FIELD(DOUBLE, struct hb_suite, budget_s),
    HB_FIELD(DOUBLE, struct hb_suite, soak_s),
    HB_FIELD(U32, struct hb_suite, runs),
};

/* ---- writing ---- */

static int append(int fd, cJSON *root, struct hb_err *err)
{
    struct hb_buf line = {0};
    int status = root ? hb_json_print(root, false, &line, err) : hb_err_memory(err, NULL);
    if (status == 0)
        status = hb_buf_char(&line, '\n') == 0 ? 0 : hb_err_memory(err, NULL);
    if (status == 0)
        status = hb_file_write_all(fd, line.bytes, line.size, LOG_NAME, err);
    if (status == 0)
        status = hb_file_sync(fd, LOG_NAME, err);
    hb_buf_free(&line);
    cJSON_Delete(root);
    return status;
}

static cJSON *head_of(const struct hb_suite *suite)
{
    struct hb_json_writer writer = {0};
    cJSON *root = cJSON_CreateObject();
    hb_json_put_text(&writer, root, "record", "suite");
    hb_json_put_fields(&writer, root, suite_fields, HB_TABLE_COUNT(suite_fields), suite);
    cJSON *words = hb_json_put_array(&writer, root, "arguments");
    for (size_t i = 0; i < suite->arguments.count; i++)
        hb_json_put_at_end(&writer, words, cJSON_CreateString(suite->arguments.items[i]));
    cJSON *members = hb_json_put_array(&writer, root, "members");
    for (size_t i = 0; i < suite->count; i++)
        hb_json_put_fields(&writer, hb_json_put_object_at_end(&writer, members), member_fields,
                           HB_TABLE_COUNT(member_fields), &suite->members[i]);
    return hb_json_built(&writer, root);
}

int hb_suite_log_create(const struct hb_suite *suite, const char *folder, struct hb_err *err)
{
    char path[HB_PATH_MAX];
    if (hb_copy_path(path, err, "%s/" LOG_NAME, folder) != 0)
        return -1;
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot make it", path);
    const int status = append(fd, head_of(suite), err);
    (void)close(fd);
    return status;
}

int hb_suite_log_round(const struct hb_suite *suite, const struct hb_member *member, double seconds,
                       struct hb_err *err)
{
    struct hb_json_writer writer = {0};
    cJSON *root = cJSON_CreateObject();
    hb_json_put_text(&writer, root, "record", "round");
    hb_json_put_text(&writer, root, "member", member->name);
    hb_json_put_u64(&writer, root, "blocks", member->blocks);
    hb_json_put_number(&writer, root, "seconds", seconds);
    hb_json_put_number(&writer, root, "spent_s", suite->spent_s);
    hb_json_put_number(&writer, root, "sd", member->sd);
    return append(suite->log, hb_json_built(&writer, root), err);
}

/* ---- reading ---- */

static int read_arguments(struct hb_suite *suite, const struct hb_json_source *source,
                          struct hb_err *err)
{
    const cJSON *words = hb_json_require(source, source->root, "arguments", err), *word;
    if (!words || hb_json_expect_array(source, words, err) != 0)
        return -1;
    cJSON_ArrayForEach(word, words)
    {
        if (!cJSON_IsString(word))
            return hb_json_fault(source, word, HB_JSON_AT_VALUE, err, "expected a string");
        if (hb_words_add(&suite->arguments, word->valuestring) != 0)
            return hb_err_memory(err, NULL);
    }
    return 0;
}

/* A name is a file's: it must not lead out of the folder. */
static int read_members(struct hb_suite *suite, const struct hb_json_source *source,
                        struct hb_err *err)
{
    const cJSON *members = hb_json_require(source, source->root, "members", err), *node;
    if (!members || hb_json_expect_array(source, members, err) != 0)
        return -1;
    suite->members = calloc((size_t)cJSON_GetArraySize(members) + 1, sizeof *suite->members);
    if (!suite->members)
        return hb_err_memory(err, NULL);
    cJSON_ArrayForEach(node, members)
    {
        struct hb_member *member = &suite->members[suite->count];
        if (hb_json_read_fields(source, node, member_fields, HB_TABLE_COUNT(member_fields), member,
                                err) != 0)
            return -1;
        if (!member->name[0] || member->name[0] == '.' || strchr(member->name, '/'))
            return hb_json_fault(source, node, HB_JSON_AT_VALUE, err, "its name is no file's");
        member->sd = (double)NAN;
        suite->count++;
    }
    return 0;
}

static int read_head(struct hb_suite *suite, const struct hb_json_source *source,
                     struct hb_err *err)
{
    const cJSON *record = hb_json_member(source->root, "record");
    if (!cJSON_IsString(record) || strcmp(record->valuestring, "suite") != 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s: does not begin as a suite's journal does",
                          source->path);
    if (hb_json_read_fields(source, source->root, suite_fields, HB_TABLE_COUNT(suite_fields), suite,
                            err) != 0 ||
        read_arguments(suite, source, err) != 0)
        return -1;
    if (isnan(suite->budget_s) || suite->runs == 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s: says neither runs nor a budget", source->path);
    return read_members(suite, source, err);
}

/* Rounds only tell costs and the time that is spent: what they measured is in the members' files.
 */
static void read_round(struct hb_suite *suite, const cJSON *root)
{
    const cJSON *name = hb_json_member(root, "member"), *spent = hb_json_member(root, "spent_s");
    const cJSON *seconds = hb_json_member(root, "seconds"),
                *blocks = hb_json_member(root, "blocks");
    if (cJSON_IsNumber(spent) && spent->valuedouble > suite->spent_s)
        suite->spent_s = spent->valuedouble;
    for (size_t i = 0; cJSON_IsString(name) && cJSON_IsNumber(seconds) && i < suite->count; i++) {
        struct hb_member *member = &suite->members[i];
        if (strcmp(member->name, name->valuestring) == 0)
            *(cJSON_IsNumber(blocks) && blocks->valuedouble <= 1 ? &member->first_s
                                                                 : &member->block_s) =
                seconds->valuedouble;
    }
}

/* Held as long as the suite is: nobody else goes on with it. */
static int open_locked(struct hb_suite *suite, const char *path, struct hb_err *err)
{
    suite->log = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (suite->log < 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot write to it", path);
    return hb_file_take_lock(suite->log) == HB_FILE_LOCK_OTHERS
               ? hb_err_set(err, HB_ERR_USAGE, "%s: another hakbench goes on with it", path)
               : 0;
}

/* Lines that are whole; *whole: bytes of them. */
static int read_lines(struct hb_suite *suite, const char *path, size_t *whole, struct hb_err *err)
{
    struct hb_buf text = {0};
    if (hb_file_read(path, LOG_BYTES_MAX, &text, err) != 0)
        return -1;
    int status = 0;
    const char *at = hb_buf_string(&text), *end;
    bool has_head = false;
    for (unsigned long line = 1; status == 0 && (end = strchr(at, '\n')); line++, at = end + 1) {
        struct hb_json_source source = {
            .path = path, .text = at, .size = (size_t)(end - at), .first_line = line};
        cJSON *root = hb_json_parse_source(&source, err);
        status = !root ? -1 : has_head ? 0 : read_head(suite, &source, err);
        if (status == 0 && has_head)
            read_round(suite, root);
        has_head |= status == 0;
        cJSON_Delete(root);
    }
    *whole = (size_t)(at - hb_buf_string(&text));
    hb_buf_free(&text);
    return status == 0 && !has_head
               ? hb_err_set(err, HB_ERR_USAGE, "%s: there is nothing in it", path)
               : status;
}

int hb_suite_log_read(struct hb_suite *suite, struct hb_err *err)
{
    char path[HB_PATH_MAX];
    size_t whole;
    if (hb_copy_path(path, err, "%s/" LOG_NAME, suite->folder) != 0 ||
        hb_file_expect_regular(path, err) != 0 || open_locked(suite, path, err) != 0 ||
        read_lines(suite, path, &whole, err) != 0)
        return -1;
    if (ftruncate(suite->log, (off_t)whole) != 0 || /* a torn last line */
        lseek(suite->log, 0, SEEK_END) < 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot write to it", path);
    return 0;
}

/* ---- what it cost before ---- */

static int is_suite_name(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strstr(entry->d_name, "-suite") != NULL;
}

void hb_suite_log_costs(struct hb_suite *suite, const char *results)
{
    struct dirent **entries = NULL;
    struct hb_suite earlier = {.log = -1, .machine = -1};
    struct hb_err ignored = {0};
    char path[HB_PATH_MAX];
    size_t whole;
    const int count = scandir(results, &entries, is_suite_name, alphasort);
    const bool is_read =
        count > 0 &&
        hb_copy_path(path, &ignored, "%s/%s/" LOG_NAME, results, entries[count - 1]->d_name) == 0 &&
        hb_file_expect_regular(path, &ignored) == 0 &&
        read_lines(&earlier, path, &whole, &ignored) == 0;
    for (size_t i = 0; is_read && i < suite->count; i++) {
        for (size_t k = 0; k < earlier.count; k++) {
            if (strcmp(suite->members[i].name, earlier.members[k].name) != 0)
                continue;
            suite->members[i].first_s = earlier.members[k].first_s;
            suite->members[i].block_s = earlier.members[k].block_s;
        }
    }
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    hb_suite_free(&earlier);
}
