/* `hakbench trace`: recordings of a program's own allocations. The second word says what is done
 * with them; each is a file of its own. Read next: trace_parts.h. */
#include "base/log.h"
#include "base/quote.h"
#include "commands/command.h"
#include "commands/trace_parts.h"
#include "report/write_text.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *arguments, *does;
    int (*run)(int argc, char **argv, struct hb_err *err);
} parts[] = {
    {"record", "-o FILE -- COMMAND...", "every allocation of a command", hb_trace_record_run},
    {"info", "FILE", "what is in a trace", hb_trace_info_run},
    {"cut", "--time FROM:TO FILE -o FILE", "a part of a trace, with what was live",
     hb_trace_cut_run},
    {"anonymise", "FILE -o FILE", "a trace that tells less of its program", hb_trace_anonymise_run},
};
#define PART_COUNT (sizeof parts / sizeof parts[0])

static int print_help(void)
{
    static struct hb_doc doc; /* too large for a small stack */
    struct hb_err err = {0};
    hb_doc_add(&doc, HB_BLOCK_TEXT, NULL,
               "Usage: hakbench trace WHAT [OPTION...] ...\n"
               "Records every allocation of a program, and says what is in such a recording.\n");
    for (size_t i = 0; i < PART_COUNT; i++)
        hb_doc_line(&doc, "%-10s %-28s %s", parts[i].name, parts[i].arguments, parts[i].does);
    hb_doc_add(&doc, HB_BLOCK_TEXT, NULL,
               "\nExamples:\n"
               "  hakbench trace record -o app.hbt -- ./app --its-option\n"
               "  hakbench trace info app.hbt\n\n"
               "`hakbench trace WHAT --help` lists its options; `man hakbench-trace` says more.");
    const int status = hb_doc_print(&doc, false, stdout, &err);
    hb_doc_free(&doc);
    return status == 0 ? HB_EXIT_OK : hb_err_exit_code(err.kind);
}

static int refuse(const char *word, struct hb_err *err)
{
    const char *names[PART_COUNT];
    char near[96];
    for (size_t i = 0; i < PART_COUNT; i++)
        names[i] = parts[i].name;
    return hb_err_set(err, HB_ERR_USAGE,
                      "trace: nothing is called %s%s; `hakbench trace --help` lists "
                      "what there is",
                      hb_quote(word).text,
                      hb_suggest_text(word, names, PART_COUNT, near, sizeof near));
}

static int run(int argc, char **argv, struct hb_err *err)
{
    char name[64];
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return print_help();
    if (argc < 2)
        return hb_err_set(err, HB_ERR_USAGE,
                          "trace: what with? `hakbench trace --help` lists what there is");
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
