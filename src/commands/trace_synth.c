/* `hakbench trace synth`: a size profile and a thread model in place of a trace. */
#include "base/buf.h"
#include "base/copy.h"
#include "base/unit.h"
#include "commands/trace_parts.h"
#include "result/file.h"
#include "session/options.h"
#include "session/output.h"
#include "trace/reader.h"
#include "trace/synth.h"

#include <stdio.h>
#include <string.h>

struct options {
    struct hb_files files;
    const char *output;
    bool replace;
};

static const struct hb_option own_options[] = {
    {"output", HB_AS_TEXT(struct options, output, "NAME"), .letter = 'o', .group = 1,
     .help = "Write NAME.csv, the size profile, and NAME.json, a profile with its threads"},
    {"force", HB_AS_FLAG(struct options, replace), .group = 1,
     .help = "Write over files that are there already"},
    {0},
};

const struct hb_usage hb_trace_synth_usage = {
    .groups = {{own_options, 0}},
    .which = "which trace? FILE",
    .files = offsetof(struct options, files),
    .args_doc = "FILE -o NAME",
    .doc = "Makes a small file that stands for a trace: how often each size is asked for and how "
           "long such blocks live, and a profile with the loop and the threads that are most like "
           "the recorded ones.\v"
           "Examples:\n"
           "  hakbench trace synth app.hbt -o app\n"
           "  hakbench rebase --profile ./app.json\n\n"
           "docs/traces.md says how to see whether both rank allocators alike.\n\n"
           "Exit status: 0 done, 2 wrong usage or no trace, 3 a file cannot be written.",
};

static int write_file(const struct options *options, const char *path, struct hb_buf *text,
                      struct hb_err *err)
{
    const struct hb_output_rule rule = {.force = options->replace};
    if (hb_output_check(path, &rule, err) != 0)
        return -1;
    return hb_file_write_atomic(path, hb_buf_string(text), text->size, err);
}

static int write_both(const struct options *options, const struct hb_synth *synth,
                      struct hb_err *err)
{
    const char *trace = options->files.names[0], *slash = strrchr(trace, '/');
    char sizes[HB_PATH_MAX], profile[HB_PATH_MAX], source[256];
    struct hb_buf csv = {0}, json = {0};
    if (hb_copy_path(sizes, err, "%s.csv", options->output) != 0 ||
        hb_copy_path(profile, err, "%s.json", options->output) != 0)
        return -1;
    (void)snprintf(source, sizeof source, "%.100s in small: its sizes, lifetimes and threads",
                   slash ? slash + 1 : trace);
    hb_synth_sizes(synth, &csv);
    hb_synth_profile(synth, sizes, source, &json);
    int status = write_file(options, sizes, &csv, err);
    if (status == 0)
        status = write_file(options, profile, &json, err);
    hb_buf_free(&csv);
    hb_buf_free(&json);
    if (status == 0)
        (void)printf("%s: %s blocks of %s; %s live on average; %u threads at a time; %.1f %% of "
                     "frees by another thread\n%s: hakbench rebase --profile %s%s\n",
                     sizes, hb_format_count((double)synth->blocks).text, trace,
                     hb_format_count((double)(uint64_t)(synth->live_mean + 0.5)).text,
                     synth->together,
                     synth->frees ? 100.0 * (double)synth->remote_frees / (double)synth->frees : 0,
                     profile, strchr(profile, '/') ? "" : "./", profile);
    return status;
}

int hb_trace_synth_run(int argc, char **argv, struct hb_err *err)
{
    static struct hb_synth synth;
    struct options options = {0};
    struct hb_trace_reader *reader = NULL;
    if (hb_options_parse(&hb_trace_synth_usage, argc, argv, &options, err) != 0)
        return -1;
    if (options.files.count != 1 || !options.output)
        return hb_err_set(err, HB_ERR_USAGE, "expected one trace, and -o NAME");
    if (hb_trace_open(options.files.names[0], &reader, err) != 0)
        return -1;
    int status = hb_synth_read(reader, options.files.names[0], &synth, err);
    if (status == 0)
        status = write_both(&options, &synth, err);
    hb_trace_close(reader);
    return status;
}
