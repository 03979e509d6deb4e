/* `hakbench trace record`: a command and its children, every allocation of them, a file each.
 * Wires rooms together: run, session -> trace. */
#include "base/clock.h"
#include "base/copy.h"
#include "base/log.h"
#include "base/quote.h"
#include "base/unit.h"
#include "base/words.h"
#include "commands/trace_parts.h"
#include "run/setup.h"
#include "session/libraries.h"
#include "session/output.h"
#include "trace/record.h"
#include "version.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINES_MOST 8u /* of what was recorded */

struct options {
    const char *output, *allocator;
    uint64_t sample_bytes;
    bool force, quiet;
    struct hb_words command;
};

static int read_sample(void *field, const char *argument, struct hb_err *err)
{
    uint64_t *bytes = field;
    if (strncmp(argument, "bytes=", 6) == 0 &&
        hb_unit_parse_bytes(argument + 6, bytes, NULL) == 0 && *bytes >= 1024 &&
        *bytes <= UINT64_C(1) << 40)
        return 0;
    return hb_err_set(err, HB_ERR_USAGE, "--sample %s: expected bytes=N, N from 1KiB to 1TiB",
                      hb_quote(argument).text);
}

static const struct hb_option own_options[] = {
    {"output", HB_AS_TEXT(struct options, output, "FILE"), .letter = 'o', .group = 1,
     .help = "The trace (needed); a child process's is FILE.PID.hbt"},
    {"sample", HB_AS_READ(struct options, sample_bytes, "bytes=N", read_sample), .group = 1,
     .help = "Record one byte of N, drawn at random, with its block: for services, 512KiB"},
    {"allocator", HB_AS_TEXT(struct options, allocator, "NAME|NAME=PATH"), .group = 1,
     .help = "Under this allocator (default: the program's own)"},
    {"force", HB_AS_FLAG(struct options, force), .group = 1, .help = HB_OUTPUT_FORCE_HELP},
    {"quiet", HB_AS_FLAG(struct options, quiet), .letter = 'q', .group = 1,
     .help = "Say nothing at the end, unless something is missing"},
    {0},
};

static int read_word(void *field, const char *argument, struct hb_err *err)
{
    struct options *options = field;
    return hb_words_add(&options->command, argument) == 0 ? 0 : hb_err_memory(err, "the command");
}

const struct hb_usage hb_trace_record_usage = {
    .groups = {{own_options, 0}},
    .read_argument = read_word,
    .args_doc = "-- COMMAND...",
    .doc = "Runs a command and records every allocation of it and of its children, a file a "
           "process. Its output and its exit status are its own.\v"
           "Examples:\n"
           "  hakbench trace record -o app.hbt -- ./app\n"
           "  hakbench trace record -o app.hbt --allocator jemalloc -- ./app\n"
           "  hakbench trace record -o app.hbt --sample bytes=512KiB -- ./service\n\n"
           "Exit status: the command's, 128 and the signal's number when one ended it, 2 wrong "
           "usage, or a command that cannot be started, 3 the trace is not whole and the command "
           "has ended with 0.",
};

/* ---- under which allocator ---- */

struct chosen {
    char label[HB_NAME_MAX], preload[HB_PATH_MAX];
    struct hb_words environment;
};

static int choose_external(const struct hb_external *external, struct chosen *chosen,
                           struct hb_err *err)
{
    HB_COPY(chosen->label, external->name);
    HB_COPY(chosen->preload, external->path);
    return hb_words_split(&chosen->environment, external->environment, err);
}

static int choose_plugin(const struct hb_places *places, const char *name, struct chosen *chosen,
                         struct hb_err *err)
{
    struct hb_allocator_info info;
    char path[HB_PATH_MAX], there[512], near[HB_NAME_MAX + 32];
    if (strchr(name, '/') || hb_copy_path(path, NULL, "%s/%s.so", places->allocators, name) != 0 ||
        access(path, R_OK) != 0) {
        hb_catalog_list(places->allocators, there, sizeof there);
        return hb_err_set(err, HB_ERR_USAGE, "no allocator %s%s; there are: %s",
                          hb_quote(name).text, hb_suggest_listed(name, there, near, sizeof near),
                          there);
    }
    hb_catalog_allocator(places, path, true, &info);
    HB_COPY(chosen->label, name);
    if (info.problem[0])
        return hb_err_set(err, HB_ERR_USAGE, "%s cannot be used: %s", name, info.problem);
    if (!info.preload_name[0] || !hb_setup_find_preload(places, &info, chosen->preload))
        return hb_err_set(err, HB_ERR_USAGE,
                          "%s has no library that LD_PRELOAD could give a program", name);
    return 0;
}

static int choose(const struct hb_places *places, const char *name, struct chosen *chosen,
                  struct hb_err *err)
{
    static struct hb_libraries known; /* too large for a small stack */
    struct hb_external external;
    HB_COPY(chosen->label, name ? name : "");
    if (!name || strcmp(name, HB_SYSTEM_ALLOCATOR) == 0)
        return 0;
    if (strchr(name, '='))
        return hb_setup_external(name, &external, err) == 0
                   ? choose_external(&external, chosen, err)
                   : -1;
    hb_libraries_read_or_say(&known);
    const struct hb_library *library = hb_libraries_find(&known, name);
    if (!library)
        return choose_plugin(places, name, chosen, err);
    return hb_library_resolve(library, &external, err) == 0
               ? choose_external(&external, chosen, err)
               : -1;
}

/* ---- the recording ---- */

static void say_one(const struct hb_recorded *one, bool quiet)
{
    struct stat st;
    if (one->problem[0])
        hb_say("%s", one->problem);
    if (quiet || !one->path[0])
        return;
    hb_say("%s: process %u, %s events, %u thread%s, a peak of %s, %s on disk", one->path, one->pid,
           hb_format_count((double)one->totals.events).text, one->totals.threads,
           one->totals.threads == 1 ? "" : "s",
           hb_format_bytes((double)one->totals.peak_live_bytes).text,
           stat(one->path, &st) == 0 ? hb_format_bytes((double)st.st_size).text : "nothing");
}

/* Where the events are comes first: a wrapper starts many small processes. */
static int by_events(const void *a, const void *b)
{
    const struct hb_recorded *left = a, *right = b;
    return left->totals.events > right->totals.events   ? -1
           : left->totals.events < right->totals.events ? 1
                                                        : strcmp(left->path, right->path);
}

static void say_rest(const struct hb_recording *recording)
{
    uint64_t events = 0;
    size_t traces = 0;
    for (size_t i = LINES_MOST; i < recording->count; i++) {
        events += recording->items[i].totals.events;
        traces += recording->items[i].path[0] != '\0';
    }
    if (traces)
        hb_say("and %zu smaller traces of %s events", traces, hb_format_count((double)events).text);
}

static int say_all(struct hb_recording *recording, bool quiet)
{
    size_t traces = 0, problems = 0;
    if (recording->count)
        qsort(recording->items, recording->count, sizeof *recording->items, by_events);
    for (size_t i = 0; i < recording->count; i++) {
        say_one(&recording->items[i], quiet || i >= LINES_MOST);
        traces += recording->items[i].path[0] != '\0';
        problems += recording->items[i].problem[0] != '\0';
    }
    if (!quiet)
        say_rest(recording);
    if (recording->refused)
        hb_say("%u process%s could not be recorded: %s%s%s", recording->refused,
               recording->refused == 1 ? "" : "es",
               recording->refused_errno == ENAMETOOLONG ? "" : "no memory to share: ",
               strerror(recording->refused_errno),
               recording->refused_errno == EFBIG ? " (ulimit -f)" : "");
    else if (!traces)
        hb_say("nothing was recorded: a static program, or one that may not be preloaded");
    return recording->status == 0 && (problems || !traces || recording->refused)
               ? HB_EXIT_INCOMPLETE
               : recording->status;
}

/* Inlined, its paths and its caller's would be one frame of 16 KiB. */
__attribute__((noinline)) static int record(const struct options *options,
                                            const struct hb_places *places, struct chosen *chosen,
                                            struct hb_err *err)
{
    char library[HB_PATH_MAX];
    struct hb_recording recording;
    struct hb_record asked = {.output = options->output,
                              .quiet = options->quiet,
                              .library = library,
                              .preload = chosen->preload,
                              .environment = chosen->environment.items,
                              .command = options->command.items,
                              .header = {.sample_bytes = options->sample_bytes}};
    const char *slash = strrchr(places->worker, '/');
    if (hb_copy_path(library, err, "%.*slibhbtrace.so", (int)(slash - places->worker + 1),
                     places->worker) != 0)
        return -1;
    if (access(library, R_OK) != 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s", library);
    HB_COPY(asked.header.maker, "hakbench " HB_VERSION);
    HB_COPY(asked.header.allocator, chosen->label);
    hb_clock_wall_text(asked.header.start);
    int status = hb_record_run(&asked, &recording, err);
    if (status == 0)
        status = say_all(&recording, options->quiet);
    hb_recording_free(&recording);
    return status;
}

int hb_trace_record_run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {.force = false};
    static struct hb_places places; /* too large for a small stack */
    static struct chosen chosen;
    int status = hb_options_parse(&hb_trace_record_usage, argc, argv, &options, err);
    if (status == 0 && !options.command.count)
        status = hb_err_set(err, HB_ERR_USAGE, "which command? -- COMMAND...");
    if (status == 0 && (!options.output || hb_output_is_stdout(options.output)))
        status = hb_err_set(err, HB_ERR_USAGE, "which file? -o FILE.hbt");
    const struct hb_output_rule rule = {.force = options.force};
    if (status == 0)
        status = hb_output_check(options.output, &rule, err);
    if (status == 0)
        status = hb_places_find(&places, err);
    if (status == 0)
        status = choose(&places, options.allocator, &chosen, err);
    if (status == 0)
        status = record(&options, &places, &chosen, err);
    hb_words_free(&options.command);
    hb_words_free(&chosen.environment);
    return status;
}
