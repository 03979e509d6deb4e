/* Which format a file has, and its way through: see foreign.h. */
#include "traceio/foreign.h"

#include "base/buf.h"

#include <string.h>

const struct hb_foreign_format *const hb_foreign_formats[] = {
    &hb_format_heaptrack, &hb_format_memory_replay, &hb_format_logalloc, &hb_format_ops, NULL};

static int refuse_unknown(const char *path, const char *head, size_t size, struct hb_err *err)
{
    struct hb_buf forms = {0};
    if (size == 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s is empty", path);
    if (size >= 8 && memcmp(head, "hbtrace\n", 8) == 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s is a trace of hakbench's own already", path);
    for (const struct hb_foreign_format *const *f = hb_foreign_formats; *f; f++)
        (void)hb_buf_printf(&forms, "%s%s", f == hb_foreign_formats ? "" : ", ", (*f)->form);
    (void)hb_err_set(err, HB_ERR_USAGE, "%s is no trace that is read: those are %s", path,
                     hb_buf_string(&forms));
    hb_buf_free(&forms);
    return -1;
}

static const struct hb_foreign_format *recognise(struct hb_source *source, struct hb_err *err)
{
    const char *head;
    size_t size;
    if (hb_source_head(source, &head, &size, err) != 0)
        return NULL;
    for (const struct hb_foreign_format *const *f = hb_foreign_formats; *f; f++) {
        if ((*f)->recognise(head, size))
            return *f;
    }
    (void)refuse_unknown(source->path, head, size, err);
    return NULL;
}

/* The trailer, and what is told of it all. */
static int finish(struct hb_intake *intake, struct hb_foreign_outcome *outcome, struct hb_err *err)
{
    if (!intake->writer)
        return hb_err_set(err, HB_ERR_USAGE, "%s: expected calls of malloc's family, found none",
                          intake->source.path);
    outcome->read = intake->source.number;
    outcome->has_records = intake->source.has_records;
    outcome->process = intake->process;
    outcome->counts = intake->counts;
    outcome->header = intake->header;
    outcome->header.totals = *hb_trace_written(intake->writer);
    struct hb_trace_writer *writer = intake->writer;
    intake->writer = NULL;
    return hb_trace_end(writer, intake->counts.unknown, NULL, err);
}

static int run(struct hb_intake *intake, const struct hb_foreign_request *request,
               struct hb_foreign_outcome *outcome, struct hb_err *err)
{
    const struct hb_foreign_format *format = request->format;
    if (!format)
        format = recognise(&intake->source, err);
    if (!format)
        return -1;
    outcome->format = format;
    intake->takes_unknown = format->takes_unknown;
    intake->takes_shared = format->takes_shared;
    return format->read(intake, err) == 0 ? finish(intake, outcome, err) : -1;
}

int hb_foreign_import(const struct hb_foreign_request *request, struct hb_foreign_outcome *outcome,
                      struct hb_err *err)
{
    struct hb_intake intake = {.fd = request->fd,
                               .output = request->output,
                               .strict = request->strict,
                               .process = request->process};
    *outcome = (struct hb_foreign_outcome){.format = NULL};
    if (hb_source_open(request->input, &intake.source, err) != 0)
        return -1;
    const int status = run(&intake, request, outcome, err);
    hb_trace_abandon(intake.writer);
    hb_numbers_free(&intake.blocks);
    hb_numbers_free(&intake.threads);
    hb_source_close(&intake.source);
    return status;
}
