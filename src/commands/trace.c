/* `hakbench trace`: recordings of a program's own allocations. The second word says what is done
 * with them; each is a file of its own. Read next: trace_parts.h. */
#include "base/log.h"
#include "base/quote.h"
#include "commands/command.h"
#include "commands/trace_parts.h"
#include "report/write_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name, *arguments, *does;
    int (*run)(int argc, char **argv, struct hb_err *err);
    const struct hb_usage *usage; /* its options */
} parts[] = {
    {"record", "-o FILE -- COMMAND...", "every allocation of a command", hb_trace_record_run,
     &hb_trace_record_usage},
    {"info", "FILE...", "what is in a trace", hb_trace_info_run, &hb_trace_info_usage},
    {"cut", "FILE -o FILE", "a part of a trace, with what was live", hb_trace_cut_run,
     &hb_trace_cut_usage},
    {"anonymise", "FILE -o FILE", "a trace that tells less of its program", hb_trace_anonymise_run,
     &hb_trace_anonymise_usage},
    {"synth", "FILE -o NAME", "a small file that stands for a trace", hb_trace_synth_run,
     &hb_trace_synth_usage},
    {"import", "FILE -o FILE", "what other tools recorded, as a trace", hb_trace_import_run,
     &hb_trace_import_usage},
    {"export", "FILE -o FILE", "a trace as text for other tools", hb_trace_export_run,
     &hb_trace_export_usage},
};
#define PART_COUNT (sizeof parts / sizeof parts[0])

/* A line that is wider than the screen goes on at `indent`. */
static void add_line(struct hb_buf *out, const struct hb_screen *screen, size_t indent,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
static void add_line(struct hb_buf *out, const struct hb_screen *screen, size_t indent,
                     const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    hb_screen_wrap(screen, line, 0, indent, out);
    hb_buf_char(out, '\n');
}

/* As argp has it in the help of each part. */
static void add_option(struct hb_buf *out, const struct hb_screen *screen,
                       const struct hb_option *option)
{
    char letter[8] = "    ", left[64];
    if (option->letter)
        (void)snprintf(letter, sizeof letter, "-%c, ", option->letter);
    (void)snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name,
                   option->argument ? "=" : "", option->argument ? option->argument : "");
    add_line(out, screen, 29, "  %-26s %s", left, option->help);
}

static void add_options(struct hb_buf *out, const struct hb_screen *screen, size_t part)
{
    add_line(out, screen, 0, "\nOptions of %s:", parts[part].name);
    for (size_t i = 0; i < HB_OPTION_GROUPS_MAX && parts[part].usage; i++) {
        const struct hb_option *option = parts[part].usage->groups[i].rows;
        for (; option && option->name; option++)
            add_option(out, screen, option);
    }
}

static const struct hb_option common[] = {
    {"color", .argument = "auto|always|never",
     .help = "Colours (default: auto, on a terminal where NO_COLOR is not set)"},
    {"wide", .help = "All columns of a table"},
    {"help", .letter = '?', .help = "Give the help list of a part"},
    {"usage", .help = "Give a short usage message"},
};

static int print_help(struct hb_err *err)
{
    const struct hb_screen screen = hb_screen_of(STDOUT_FILENO);
    struct hb_buf out = {0};
    (void)hb_buf_text(&out, "Usage: hakbench trace PART [OPTION...] ...\n"
                            "Records every allocation of a program, and says what is in such a "
                            "recording.\n\nParts:\n");
    for (size_t i = 0; i < PART_COUNT; i++)
        add_line(&out, &screen, 36, "  %-10s %-22s %s", parts[i].name, parts[i].arguments,
                 parts[i].does);
    for (size_t i = 0; i < PART_COUNT; i++)
        add_options(&out, &screen, i);
    (void)hb_buf_text(&out, "\nOptions of all:\n");
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        add_option(&out, &screen, &common[i]);
    (void)hb_buf_text(&out, "\nExamples:\n"
                            "  hakbench trace record -o app.hbt -- ./app\n"
                            "  hakbench trace info app.hbt\n"
                            "  hakbench trace import systemui.zip -o systemui.hbt\n\n"
                            "Exit status: as each part's help says; 2 wrong usage.\n");
    return hb_text_print(&out, &screen, stdout, err);
}

static int refuse(const char *word, struct hb_err *err)
{
    const char *names[PART_COUNT];
    char near[96];
    for (size_t i = 0; i < PART_COUNT; i++)
        names[i] = parts[i].name;
    return hb_err_set(
        err, HB_ERR_USAGE, "trace: no part is called %s%s; `hakbench trace --help` lists them",
        hb_quote(word).text, hb_suggest_text(word, names, PART_COUNT, near, sizeof near));
}

static int run(int argc, char **argv, struct hb_err *err)
{
    char name[64];
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
                     strcmp(argv[1], "-?") == 0))
        return print_help(err);
    if (argc < 2)
        return hb_err_set(err, HB_ERR_USAGE,
                          "trace: which part? `hakbench trace --help` lists them");
    for (size_t i = 0; i < PART_COUNT; i++) {
        if (strcmp(argv[1], parts[i].name) != 0)
            continue;
        (void)snprintf(name, sizeof name, "hakbench trace %s", parts[i].name);
        argv[1] = name;
        return parts[i].run(argc - 1, argv + 1, err);
    }
    return refuse(argv[1], err);
}

HB_COMMAND_RUN(trace, "a program's own allocations: recorded, and what is in them");
