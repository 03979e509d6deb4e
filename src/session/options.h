/* The options of a command as tables: an option's name, help, how its argument is read and the
 * field that it sets stand in one row. Groups that several commands have are tables of their own.
 * Read next: measuring.h, inputs.h (groups); src/commands/compare.c (a user). */
#ifndef HB_SESSION_OPTIONS_H
#define HB_SESSION_OPTIONS_H

#include "base/buf.h"
#include "base/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How an argument is read, and what the field is. */
enum hb_option_kind {
    HB_OPTION_FLAG,   /* bool; no argument */
    HB_OPTION_TEXT,   /* const char *; argv's, or NULL */
    HB_OPTION_COUNT,  /* uint64_t from low to high: 12, 20k */
    HB_OPTION_NUMBER, /* double from low to high */
    HB_OPTION_WORD,   /* int: the index of one of words */
    HB_OPTION_OTHER,  /* what read() makes of it */
};

struct hb_option {
    const char *name;
    enum hb_option_kind kind;
    size_t field;         /* offset in the group's struct */
    const char *argument; /* what --help calls it; NULL: none */
    bool is_optional;     /* the argument: read() gets NULL without one */
    double low, high;
    const char *const *words; /* ends with NULL */
    int (*read)(void *field, const char *argument, struct hb_err *err);
    int letter; /* of the short form, or 0 */
    int group;  /* --help lists group by group */
    const char *help;
};

/* The middle of a row: kind and field, checked against the field's type, and what the kind needs.
 *   {"runs", HB_AS_COUNT(struct options, runs, "N", 1, 1000), .group = 1, .help = "Runs of each"},
 */
#define HB_OF_TYPE(value, type) sizeof(_Generic((value), type : 1)) /* NOLINT(bugprone-macro-*) */
#define HB_OPTION_AT(options, name, type)                                                          \
    (offsetof(options, name) + 0 * HB_OF_TYPE(((options *)0)->name, type))
#define HB_AS_FLAG(options, name) .kind = HB_OPTION_FLAG, .field = HB_OPTION_AT(options, name, bool)
#define HB_AS_TEXT(options, name, argument_)                                                       \
    .kind = HB_OPTION_TEXT, .field = HB_OPTION_AT(options, name, const char *),                    \
    .argument = (argument_)
#define HB_AS_COUNT(options, name, argument_, low_, high_)                                         \
    .kind = HB_OPTION_COUNT, .field = HB_OPTION_AT(options, name, uint64_t),                       \
    .argument = (argument_), .low = (low_), .high = (high_)
#define HB_AS_NUMBER(options, name, argument_, low_, high_)                                        \
    .kind = HB_OPTION_NUMBER, .field = HB_OPTION_AT(options, name, double),                        \
    .argument = (argument_), .low = (low_), .high = (high_)
#define HB_AS_WORD(options, name, argument_, words_)                                               \
    .kind = HB_OPTION_WORD, .field = HB_OPTION_AT(options, name, int), .argument = (argument_),    \
    .words = (words_)
#define HB_AS_READ(options, name, argument_, read_)                                                \
    .kind = HB_OPTION_OTHER, .field = offsetof(options, name), .argument = (argument_),            \
    .read = (read_)

/* A table, and where its struct lies in the command's options. */
struct hb_option_group {
    const struct hb_option *rows; /* the last is zeroed */
    size_t offset;
};

#define HB_OPTION_GROUPS_MAX 10

struct hb_usage {
    const char *doc;      /* as argp has it: \v parts what stands before and behind options */
    const char *args_doc; /* what --help calls the arguments; NULL: there are none */
    struct hb_option_group groups[HB_OPTION_GROUPS_MAX];
    void (*append)(struct hb_buf *help); /* adds to the end of --help; or NULL */
    /* Reads one argument that is no option; NULL: as `files`, or there may be none. */
    int (*read_argument)(void *options, const char *argument, struct hb_err *err);
    const char *which; /* what is asked where files are missing; NULL: the command takes none */
    size_t files;      /* offset of its struct hb_files */
};

/* A row of a list behind the options: "  name   text", further lines under the text. */
void hb_options_row(struct hb_buf *help, int name_width, const char *name, const char *text);

/* The arguments that are no options. */
struct hb_files {
    char **names; /* [count], argv's; "-" has become /dev/stdin */
    size_t count;
};

/* Reads the command line into *options, which the caller has set to its defaults. -h, --help and
 * --usage exit with 0. -1 with *err when an option is unknown, the nearest one named, or an
 * argument is refused. */
int hb_options_parse(const struct hb_usage *usage, int argc, char **argv, void *options,
                     struct hb_err *err);

/* read() of an option whose field is a struct hb_words: "align,threads" adds two of them. */
int hb_words_option(void *field, const char *argument, struct hb_err *err);

/* The command line as one string, quoted where a shell would need it; owned by the caller. NULL
 * without memory. */
char *hb_command_line(int argc, char **argv);

/* What --help says of --strict. */
#define HB_STRICT_HELP "Exit with 4 if a budget is not known, or none is set"

#endif
