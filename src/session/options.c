/* Options of a command: see options.h. argp parses; its tables are made of ours. */
#include "session/options.h"

#include "base/copy.h"
#include "base/quote.h"
#include "base/unit.h"
#include "base/words.h"
#include "report/screen.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX  48
#define KEY_FIRST 0x100 /* of options without a letter: this and the row's index */
#define HELP_KEY  'h'   /* -h, where argp itself has -? */

struct parsing {
    const struct hb_usage *usage;
    void *options;
    struct {
        const struct hb_option *option;
        void *field;
    } rows[ROWS_MAX];
    int count;
    struct hb_err *err;
};

/* ---- arguments of options ---- */

static int read_count(const struct hb_option *option, const char *argument, uint64_t *count,
                      struct hb_err *err)
{
    if (hb_unit_parse_count(argument, count, NULL) == 0 && (double)*count >= option->low &&
        (double)*count <= option->high)
        return 0;
    return hb_err_set(err, HB_ERR_USAGE, "--%s %s: expected %.0f to %.0f", option->name, argument,
                      option->low, option->high);
}

static int read_number(const struct hb_option *option, const char *argument, double *number,
                       struct hb_err *err)
{
    char *end;
    *number = strtod(argument, &end);
    if (end != argument && !*end && *number >= option->low && *number <= option->high)
        return 0;
    return hb_err_set(err, HB_ERR_USAGE, "--%s %s: expected a number from %g to %g", option->name,
                      argument, option->low, option->high);
}

static int read_word(const struct hb_option *option, const char *argument, int *index,
                     struct hb_err *err)
{
    struct hb_buf known = {0};
    for (int i = 0; option->words[i]; i++) {
        if (strcmp(argument, option->words[i]) == 0) {
            *index = i;
            hb_buf_free(&known);
            return 0;
        }
        (void)hb_buf_printf(&known, "%s%s",
                            i == 0                 ? ""
                            : option->words[i + 1] ? ", "
                                                   : " or ",
                            option->words[i]);
    }
    (void)hb_err_set(err, HB_ERR_USAGE, "--%s %s: expected %s", option->name, argument,
                     hb_buf_string(&known));
    hb_buf_free(&known);
    return -1;
}

/* A list without a word is none: what it chooses would be everything. */
static bool is_nothing(const char *argument)
{
    return argument && !argument[strspn(argument, ",")];
}

static int read_option(const struct hb_option *option, void *field, char *argument,
                       struct hb_err *err)
{
    switch (option->kind) {
    case HB_OPTION_FLAG:
        *(bool *)field = true;
        return 0;
    case HB_OPTION_TEXT:
        *(const char **)field = argument;
        return 0;
    case HB_OPTION_COUNT:
        return read_count(option, argument, field, err);
    case HB_OPTION_NUMBER:
        return read_number(option, argument, field, err);
    case HB_OPTION_WORD:
        return read_word(option, argument, field, err);
    case HB_OPTION_OTHER:
        return is_nothing(argument) ? hb_err_set(err, HB_ERR_USAGE, "--%s \"%s\": expected %s",
                                                 option->name, argument, option->argument)
                                    : option->read(field, argument, err);
    }
    return 0;
}

/* ---- unknown options ---- */

/* argp's own, and every option's name. */
static size_t known_names(const struct parsing *parsing, const char *names[ROWS_MAX + 2])
{
    size_t count = 0;
    names[count++] = "help";
    names[count++] = "usage";
    for (int i = 0; i < parsing->count; i++)
        names[count++] = parsing->rows[i].option->name;
    return count;
}

static const struct hb_option *option_named(const struct parsing *parsing, const char *name)
{
    for (int i = 0; i < parsing->count; i++) {
        if (strcmp(parsing->rows[i].option->name, name) == 0)
            return parsing->rows[i].option;
    }
    return NULL;
}

/* argp takes the beginning of a name for it. */
static bool begins_one(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(names[i], name, strlen(name)) == 0)
            return true;
    }
    return false;
}

/* Before argp, whose message knows no neighbours. What follows an option as its argument is none.
 */
static int find_unknown(const struct parsing *parsing, int argc, char *const *argv,
                        struct hb_err *err)
{
    const char *names[ROWS_MAX + 2];
    const size_t count = known_names(parsing, names);
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        char name[64];
        if (strncmp(argv[i], "--", 2) != 0)
            continue;
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(argv[i] + 2, "="), argv[i] + 2);
        if (!begins_one(name, names, count)) {
            const char *near = hb_suggest(name, names, count);
            return hb_err_set(err, HB_ERR_USAGE,
                              "unrecognized option --%s%s%s%s; --help lists them", name,
                              near ? " (did you mean --" : "", near ? near : "", near ? "?)" : "");
        }
        const struct hb_option *option = option_named(parsing, name);
        i += option && option->argument && !option->is_optional && !strchr(argv[i], '=');
    }
    return 0;
}

/* ---- argp ---- */

/* argp takes the rest for files, where the command has any. */
static error_t parse_argument(struct parsing *parsing, char *argument, struct argp_state *state)
{
    const struct hb_usage *usage = parsing->usage;
    if (usage->read_argument)
        return usage->read_argument(parsing->options, argument, parsing->err) == 0 ? 0 : EINVAL;
    if (usage->which)
        return ARGP_ERR_UNKNOWN;
    argp_error(state, "unexpected argument \"%s\"", argument);
    return 0;
}

static error_t parse_files(const struct parsing *parsing, const struct argp_state *state)
{
    struct hb_files *files = (void *)((char *)parsing->options + parsing->usage->files);
    if (!parsing->usage->which)
        return ARGP_ERR_UNKNOWN;
    files->names = state->argv + state->next;
    files->count = (size_t)(state->argc - state->next);
    static char standard_input[] = "/dev/stdin";
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->names[i], "-") == 0)
            files->names[i] = standard_input;
    }
    return 0;
}

static error_t parse_key(int key, char *argument, struct argp_state *state)
{
    struct parsing *parsing = state->input;
    if (key == HELP_KEY)
        argp_state_help(state, state->out_stream, ARGP_HELP_STD_HELP);
    if (key == ARGP_KEY_ARG)
        return parse_argument(parsing, argument, state);
    if (key == ARGP_KEY_ARGS)
        return parse_files(parsing, state);
    if (key == ARGP_KEY_NO_ARGS && parsing->usage->which)
        argp_error(state, "%s", parsing->usage->which);
    for (int i = 0; i < parsing->count; i++) {
        const struct hb_option *option = parsing->rows[i].option;
        if (key != (option->letter ? option->letter : KEY_FIRST + i))
            continue;
        return read_option(option, parsing->rows[i].field, argument, parsing->err) == 0 ? 0
                                                                                        : EINVAL;
    }
    return ARGP_ERR_UNKNOWN;
}

#define HELP_WIDTH 78 /* argp breaks what is longer itself, from the first column on */

void hb_options_row(struct hb_buf *help, int name_width, const char *name, const char *text)
{
    const struct hb_screen screen = {.width = HELP_WIDTH, .wraps = true};
    const size_t at = (size_t)name_width + 3;
    hb_buf_printf(help, "  %-*s ", name_width, name);
    hb_screen_wrap(&screen, text, at, at, help);
    hb_buf_char(help, '\n');
}

static char *filter_help(int key, const char *text, void *input)
{
    const struct parsing *parsing = input;
    struct hb_buf out = {0};
    if (key != ARGP_KEY_HELP_POST_DOC || !parsing || !parsing->usage->append)
        return (char *)(uintptr_t)text; /* argp wants back what it gave */
    (void)hb_buf_printf(&out, "%s\n\n", text);
    parsing->usage->append(&out);
    return hb_buf_take(&out);
}

/* How anything is printed, whatever the command. */
static const char *const colour_words[] = {"auto", "always", "never", NULL};
static const struct hb_option screen_options[] = {
    {"color", HB_AS_WORD(struct hb_screen_wish, colour, "auto|always|never", colour_words),
     .group = 9, .help = "Colours (default: auto, on a terminal where NO_COLOR is not set)"},
    {"wide", HB_AS_FLAG(struct hb_screen_wish, wide), .group = 9,
     .help = "All columns of a table (default: those that fit the terminal, or COLUMNS, or 80)"},
    {0},
};

/* The fields of the table's options are in `base`. */
static void add_options(struct parsing *parsing, const struct hb_option *first, void *base,
                        struct argp_option *rows)
{
    for (const struct hb_option *option = first; option && option->name; option++) {
        if (parsing->count == ROWS_MAX)
            abort(); /* a table of ours has outgrown the room for it */
        const int i = parsing->count++;
        parsing->rows[i].option = option;
        parsing->rows[i].field = (char *)base + option->field;
        rows[i] = (struct argp_option){
            .name = option->name,
            .key = option->letter ? option->letter : KEY_FIRST + i,
            .flags = option->is_optional ? OPTION_ARG_OPTIONAL : 0,
            .arg = option->argument,
            .doc = option->help,
            .group = option->group,
        };
    }
}

int hb_options_parse(const struct hb_usage *usage, int argc, char **argv, void *options,
                     struct hb_err *err)
{
    struct argp_option rows[ROWS_MAX + 2] = {0};
    struct hb_err refused = {0};
    struct parsing parsing = {.usage = usage, .options = options, .err = &refused};
    const struct argp argp = {
        .options = rows,
        .parser = parse_key,
        .args_doc = usage->args_doc,
        .doc = usage->doc,
        .help_filter = filter_help,
    };
    for (size_t i = 0; i < HB_OPTION_GROUPS_MAX; i++)
        add_options(&parsing, usage->groups[i].rows, (char *)options + usage->groups[i].offset,
                    rows);
    add_options(&parsing, screen_options, &hb_screen_wish, rows);
    rows[parsing.count] = (struct argp_option){.key = HELP_KEY, .flags = OPTION_HIDDEN};
    if (find_unknown(&parsing, argc, argv, err) != 0)
        return -1;
    argp_err_exit_status = 2;
    const error_t failed = argp_parse(&argp, argc, argv, 0, NULL, &parsing);
    if (refused.kind)
        return hb_err_set(err, refused.kind, "%s", refused.message);
    if (failed)
        return hb_err_errno(err, HB_ERR_USAGE, failed, "cannot read the arguments");
    return 0;
}

char *hb_command_line(int argc, char **argv)
{
    struct hb_buf out = {0};
    hb_buf_text(&out, argv[0]); /* "hakbench rebase": ours, two words */
    for (int i = 1; i < argc; i++) {
        hb_buf_char(&out, ' ');
        hb_word_quoted(argv[i], &out);
    }
    return hb_buf_take(&out);
}

int hb_words_option(void *field, const char *argument, struct hb_err *err)
{
    while (*argument) {
        char word[2 * HB_NAME_MAX];
        const size_t length = strcspn(argument, ",");
        (void)snprintf(word, sizeof word, "%.*s", (int)length, argument);
        if (length && hb_words_add(field, word) != 0)
            return hb_err_memory(err, NULL);
        argument += length + (argument[length] == ',');
    }
    return 0;
}
