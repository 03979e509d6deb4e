/* `hakbench export`: results in the formats of other tools.
 * Wires rooms together: result -> judge -> report; computes nothing itself. */
#include "export/export.h"
#include "base/copy.h"
#include "base/log.h"
#include "commands/command.h"
#include "judge/assessment.h"
#include "result/exec_jobs.h"
#include "session/inputs.h"
#include "session/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *format;
    struct hb_output_options io;
};

/* One session with what was judged of it, owned together. */
struct loaded {
    struct hb_session session;
    bool is_view; /* a point of the sweep before it, which owns what it has */
    struct hb_assessment assessment;
    char label[HB_NAME_MAX + 16];
};

struct collection {
    struct loaded *sessions; /* [count]; inputs point into them */
    struct hb_export_input *inputs;
    size_t count;
    struct loaded *sweeps; /* [sweep_count] whose points are among the sessions */
    size_t sweep_count;
};

static const struct hb_option own_options[] = {
    {"format", HB_AS_TEXT(struct options, format, "NAME"), .letter = 'f', .group = 1,
     .help = "One of those below"},
    {0},
};

static void append_formats(struct hb_buf *help)
{
    (void)hb_buf_text(help, "Formats:\n");
    for (const struct hb_export *format = hb_exports; format->name; format++)
        hb_options_row(help, 12, format->name, format->summary);
}

static const struct hb_usage usage = {
    .groups = {{own_options, 0}, {hb_options_output, offsetof(struct options, io)}},
    .which = "which results? FILE, LABEL=FILE or a folder",
    .files = offsetof(struct options, io.files),
    .args_doc = "FILE|LABEL=FILE|FOLDER...",
    .doc = "Writes sessions in a format that another tool reads, with every sample: a run is a "
           "sample, and of a soak each judged epoch.\v"
           "Examples:\n"
           "  hakbench export --format benchstat old.json -o old.txt\n"
           "  hakbench export --format hyperfine results/*.json -o all.json\n"
           "  hakbench export -f prometheus main=results/baseline.json -o hakbench.prom\n"
           "  hakbench export -f pyperf soak.json | python3 -m pyperf stats -\n\n"
           "Exit status: 0 done, 2 wrong usage, nothing to export, or an unreadable file (with "
           "--keep-going after the others were exported).",
    .append = append_formats,
};

/* ---- reading ---- */

static int judge(struct loaded *loaded, struct hb_export_input *input, struct hb_err *err)
{
    const struct hb_assess_by by = {.depth = HB_DEPTH_BRIEF, .of_jobs = true};
    const bool is_soak = loaded->session.kind == HB_KIND_SOAK;
    *input = (struct hb_export_input){.label = loaded->label,
                                      .session = &loaded->session,
                                      .judgement = is_soak ? NULL : &loaded->assessment.judgement,
                                      .soak = is_soak ? &loaded->assessment.soak : NULL};
    if (hb_exec_as_jobs(&loaded->session, err) != 0 ||
        hb_assess(&loaded->session, &by, &loaded->assessment, err) != 0)
        return -1;
    return hb_export_input_fill(input, err);
}

static bool has_label(const struct collection *all, const char *label)
{
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->sessions[i].label, label) == 0)
            return true;
    }
    return false;
}

/* The files of a folder share a label; what is exported must not. */
static void name_session(const struct collection *all, const char *label, struct loaded *loaded)
{
    HB_COPY(loaded->label, label);
    for (unsigned n = 2; has_label(all, loaded->label); n++)
        (void)snprintf(loaded->label, sizeof loaded->label, "%s#%u", label, n);
}

static int load_one(struct collection *all, struct hb_err *err)
{
    const int status = judge(&all->sessions[all->count], &all->inputs[all->count], err);
    all->count++;
    return status;
}

/* Each point of a sweep as a session behind it: "mine 4K". The sweep itself is left unjudged. */
static int load_points(struct collection *all, const char *label, struct hb_err *err)
{
    const struct loaded *sweep = &all->sessions[all->count];
    const struct hb_session *session = &sweep->session;
    for (size_t k = 0; k < session->point_count; k++) {
        struct loaded *point = &all->sessions[all->count + 1 + k];
        char own[HB_NAME_MAX + 16];
        (void)snprintf(own, sizeof own, "%.30s %.20s %.25s", label, session->points[k].name,
                       session->points[k].text);
        point->is_view = true;
        HB_COPY(point->label, own);
        if (hb_session_view(session, k, &point->session) != 0)
            return hb_err_memory(err, NULL);
    }
    all->sweeps[all->sweep_count++] = *sweep;
    memmove(&all->sessions[all->count], &all->sessions[all->count + 1],
            session->point_count * sizeof *all->sessions);
    return 0;
}

static int load(struct hb_inputs *inputs, struct collection *all, struct hb_err *err)
{
    int status = 0;
    for (size_t i = 0; i < inputs->count && status >= 0; i++) {
        struct loaded *loaded = &all->sessions[all->count];
        status = hb_inputs_read(inputs, i, &loaded->session, err);
        name_session(all, inputs->items[i].label, loaded);
        if (status != 0)
            continue;
        const size_t points =
            loaded->session.kind == HB_KIND_REBASE ? loaded->session.point_count : 0;
        if (points)
            status = load_points(all, inputs->items[i].label, err);
        for (size_t k = 0; status == 0 && k < (points ? points : 1); k++)
            status = load_one(all, err);
    }
    return status < 0 ? -1 : 0;
}

/* HB_EXIT_OK, or HB_EXIT_USAGE when some file was passed over. */
static int load_all(const struct options *options, struct collection *all, struct hb_err *err)
{
    struct hb_inputs inputs = {0};
    int status = hb_output_find_inputs(&options->io, &inputs, err);
    if (status == 0) {
        const size_t most = inputs.count * (HB_POINTS_MAX + 1) + 1;
        all->sessions = calloc(most, sizeof *all->sessions);
        all->inputs = calloc(most, sizeof *all->inputs);
        all->sweeps = calloc(inputs.count + 1, sizeof *all->sweeps);
        status = all->sessions && all->inputs && all->sweeps ? load(&inputs, all, err)
                                                             : hb_err_memory(err, NULL);
    }
    if (status == 0)
        status = inputs.refused ? HB_EXIT_USAGE : HB_EXIT_OK;
    hb_inputs_free(&inputs);
    return status;
}

static void collection_free(struct collection *all)
{
    for (size_t i = 0; i < all->count; i++) {
        hb_export_input_free(&all->inputs[i]);
        hb_assessment_free(&all->sessions[i].assessment);
        if (all->sessions[i].is_view)
            hb_session_view_free(&all->sessions[i].session);
        else
            hb_session_free(&all->sessions[i].session);
    }
    for (size_t i = 0; i < all->sweep_count; i++)
        hb_session_free(&all->sweeps[i].session);
    free(all->sweeps);
    free(all->sessions);
    free(all->inputs);
}

/* ---- writing ---- */

/* Says who is left out, and refuses when nobody is left. */
static int check_samples(const struct collection *all, struct hb_err *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct hb_export_input *input = &all->inputs[i];
        for (size_t k = 0; k < input->session->allocator_count; k++) {
            kept += input->series[k].count > 0;
            if (input->series[k].count == 0)
                hb_say("left out: %s of %s has no %s with a time",
                       input->session->allocators[k].label, input->label,
                       input->soak ? "epoch" : "run");
        }
    }
    return kept > 0 ? 0 : hb_err_set(err, HB_ERR_USAGE, "nothing to export: no run has a time");
}

static int write_out(const struct options *options, const struct hb_export *format,
                     const struct collection *all, struct hb_err *err)
{
    struct hb_buf out = {0};
    int status = format->write(all->inputs, all->count, &out, err);
    if (status == 0)
        status = hb_output_write(options->io.output, &out, err);
    hb_buf_free(&out);
    return status;
}

static int export(const struct options *options, const struct hb_export *format, struct hb_err *err)
{
    struct collection all = {0};
    int status = load_all(options, &all, err);
    if (status >= 0 && all.count > 1 && !format->several)
        status = hb_err_set(err, HB_ERR_USAGE,
                            "%s holds one session a file, and there are %zu: export each by itself",
                            format->name, all.count);
    if (status >= 0 &&
        (check_samples(&all, err) != 0 || write_out(options, format, &all, err) != 0))
        status = -1;
    collection_free(&all);
    return status;
}

static int run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {0};
    if (hb_options_parse(&usage, argc, argv, &options, err) != 0)
        return -1;
    if (!options.format)
        return hb_err_set(err, HB_ERR_USAGE,
                          "which format? --format NAME; `hakbench export --help` lists them");
    const struct hb_export *format = hb_export_find(options.format, err);
    if (!format)
        return -1;
    return export(&options, format, err);
}

HB_COMMAND_RUN(export, "results in the formats of hyperfine, benchstat, pyperf and others");
