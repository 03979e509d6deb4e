/* Where outputs go: see output.h. */
#include "session/output.h"

#include "result/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct hb_option hb_options_output[] = {
    {"output", HB_AS_TEXT(struct hb_output_options, output, "FILE|-"), .letter = 'o', .group = 1,
     .help = "Write to it (default: -, standard output)"},
    {"force", HB_AS_FLAG(struct hb_output_options, force), .group = 1,
     .help = HB_OUTPUT_FORCE_HELP},
    {"keep-going", HB_AS_FLAG(struct hb_output_options, keep_going), .group = 2,
     .help = "Leave out unreadable files, name them, and exit with 2"},
    {0},
};

/* The input that is this very file, or NULL. A device that is read and written is no file. */
static const char *input_of(const struct hb_output_rule *rule, const char *path)
{
    for (size_t i = 0; rule->inputs && i < rule->inputs->count; i++) {
        if (hb_file_is_same(path, rule->inputs->items[i].path))
            return rule->inputs->items[i].path;
    }
    for (size_t i = 0; i < rule->other_count; i++) {
        if (rule->others[i] && hb_file_is_same(path, rule->others[i]))
            return rule->others[i];
    }
    return NULL;
}

struct hb_screen hb_output_screen(const char *path, bool markdown)
{
    return markdown ? hb_screen_markdown() : hb_screen_of(path ? -1 : STDOUT_FILENO);
}

bool hb_output_is_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

int hb_output_check(const char *path, const struct hb_output_rule *rule, struct hb_err *err)
{
    struct stat st;
    if (!path || hb_output_is_stdout(path))
        return 0;
    const char *input = input_of(rule, path);
    if (input)
        return hb_err_set(err, HB_ERR_USAGE,
                          "%.400s: is an input (%.400s): inputs are never written over", path,
                          input);
    if (!rule->force && stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        return hb_err_set(err, HB_ERR_USAGE,
                          "%s: is there already; --force writes over it, or choose another", path);
    return hb_file_check_output(path, true, err);
}

int hb_output_find_inputs(const struct hb_output_options *options, struct hb_inputs *inputs,
                          struct hb_err *err)
{
    const struct hb_output_rule rule = {.force = options->force, .inputs = inputs};
    if (hb_inputs_find(options->files.names, options->files.count, options->keep_going, inputs,
                       err) != 0)
        return -1;
    return hb_output_check(options->output, &rule, err);
}

int hb_output_write(const char *path, const struct hb_buf *out, struct hb_err *err)
{
    if (path && !hb_output_is_stdout(path))
        return hb_file_write_atomic(path, out->bytes, out->size, err);
    (void)fwrite(hb_buf_string(out), 1, out->size, stdout);
    return 0;
}

static int take_picture(void *self, const char *name, const struct hb_buf *picture,
                        struct hb_err *err)
{
    const struct hb_output_album *album = self;
    char path[HB_PATH_MAX];
    if (hb_copy_path(path, err, "%s/%s", album->folder, name) != 0)
        return -1;
    return hb_output_check(path, &album->rule, err) == 0 ? hb_output_write(path, picture, err) : -1;
}

struct hb_picture_taker hb_output_taker(struct hb_output_album *album)
{
    return (struct hb_picture_taker){take_picture, album};
}
