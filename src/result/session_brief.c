/* A session without its slices: see session_brief.h. The text is copied with `null` where the
 * durations stand; what is wrong with a file is found and told by the full reader. */
#include "result/session_brief.h"

#include "base/array.h"
#include "base/json/json_scan.h"
#include "result/file.h"
#include "result/ownclock.h"
#include "result/session_json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLICES_KEY "\"ns\""

/* Where the durations of one job stand in the text. */
struct span {
    size_t start, end;
};

struct cutting {
    const char *text;
    struct hb_buf *out;
    size_t copied;
    struct span *spans; /* one for each job, in their order; owned */
    size_t count, capacity;
    bool failed;
};

static void add_span(struct cutting *cutting, size_t start, size_t end)
{
    struct span *spans =
        hb_array_grown(cutting->spans, cutting->count, &cutting->capacity, sizeof *spans);
    if (!spans) {
        cutting->failed = true;
        return;
    }
    cutting->spans = spans;
    cutting->spans[cutting->count++] = (struct span){start, end};
}

static void cut_slices(void *user, size_t key, size_t value, size_t end)
{
    struct cutting *cutting = user;
    const char *text = cutting->text;
    if (memcmp(text + key, SLICES_KEY, sizeof SLICES_KEY - 1) != 0)
        return;
    add_span(cutting, value, end);
    hb_buf_add(cutting->out, text + cutting->copied, value - cutting->copied);
    hb_buf_text(cutting->out, "null");
    cutting->copied = end;
}

/* The text without its slices; -1 for what is no JSON. */
static int cut(size_t size, struct cutting *cutting)
{
    struct hb_json_scan scan = {.text = cutting->text,
                                .size = size,
                                .wanted = HB_JSON_NOWHERE,
                                .member = cut_slices,
                                .user = cutting};
    if (hb_buf_reserve(cutting->out, size) != 0 || hb_json_scan(&scan) != 0)
        return -1;
    hb_buf_add(cutting->out, cutting->text + cutting->copied, size - cutting->copied);
    return cutting->out->failed || cutting->failed ? -1 : 0;
}

/* ---- the slices ---- */

static bool accept(const char **at, char c)
{
    *at += strspn(*at, " \t\n\r");
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

/* A whole number as this tool writes it. */
static bool accept_ns(const char **at, uint64_t *ns)
{
    char *after = NULL;
    *at += strspn(*at, " \t\n\r");
    if (**at < '0' || **at > '9')
        return false;
    errno = 0;
    *ns = strtoull(*at, &after, 10);
    *at = after;
    return errno == 0 && (double)*ns <= HB_JSON_WHOLE_MAX;
}

static bool accept_thread(const char **at, uint32_t slices, uint64_t *ns)
{
    if (!accept(at, '['))
        return false;
    for (uint32_t s = 0; s < slices; s++) {
        if ((s > 0 && !accept(at, ',')) || !accept_ns(at, &ns[s]))
            return false;
    }
    return accept(at, ']');
}

/* [threads][slices] durations. False for anything else, which the full reader finds words for. */
static bool read_slices(const struct cutting *cutting, struct span span, struct hb_job *job)
{
    const char *at = cutting->text + span.start;
    const size_t wanted = (size_t)job->threads * job->slices;
    if (wanted == 0 || wanted > span.end - span.start || !accept(&at, '['))
        return false;
    job->slice_ns = calloc(wanted, sizeof *job->slice_ns);
    if (!job->slice_ns)
        return false;
    for (uint32_t t = 0; t < job->threads; t++) {
        if ((t > 0 && !accept(&at, ',')) ||
            !accept_thread(&at, job->slices, job->slice_ns + (size_t)t * job->slices))
            return false;
    }
    return accept(&at, ']');
}

/* ---- the file's own throughputs ---- */

static const cJSON *samples_of(const cJSON *root, const char *label)
{
    const cJSON *summaries = hb_json_member(root, "summaries");
    const cJSON *summary = summaries ? hb_json_member(summaries, label) : NULL;
    const cJSON *speed = summary ? hb_json_member(summary, "throughput_ops_per_s") : NULL;
    return speed ? hb_json_member(speed, "samples") : NULL;
}

static struct hb_job *job_of(const struct hb_session *session, uint32_t allocator, uint32_t block)
{
    for (size_t i = session->job_count; i-- > 0;) {
        struct hb_job *job = &session->jobs[i];
        if (job->allocator == allocator && job->block == block && job->kind == HB_JOB_TIMED &&
            job->status == HB_STATUS_OK)
            return job;
    }
    return NULL;
}

/* Samples are in the order of blocks, one for each run that has a throughput. */
static bool take_samples(const cJSON *root, struct hb_session *session, uint32_t allocator)
{
    const cJSON *samples = samples_of(root, session->allocators[allocator].label);
    const cJSON *sample = samples ? samples->child : NULL;
    for (uint32_t b = 0; b < session->blocks; b++) {
        struct hb_job *job = job_of(session, allocator, b);
        if (!job || isnan(job->metric[HB_METRIC_THROUGHPUT]))
            continue;
        if (!sample || !cJSON_IsNumber(sample))
            return false;
        job->steady_ops_per_s = sample->valuedouble;
        sample = sample->next;
    }
    return !sample;
}

static bool take_all_samples(const cJSON *root, struct hb_session *session)
{
    if (session->blocks > session->job_count)
        return false;
    for (size_t a = 0; a < session->allocator_count; a++) {
        if (!take_samples(root, session, (uint32_t)a))
            return false;
    }
    return true;
}

/* A run whose summary tells another throughput than its own had a warm-up, or tells stories: its
 * slices know, and stay. The others are read, so that what is wrong with them is found, and go. */
static bool take_slices(const struct cutting *cutting, struct hb_session *session)
{
    if (cutting->count != session->job_count)
        return false;
    for (size_t i = 0; i < session->job_count; i++) {
        struct hb_job *job = &session->jobs[i];
        if (cutting->text[cutting->spans[i].start] == 'n') /* null */
            continue;
        if (!read_slices(cutting, cutting->spans[i], job))
            return false;
        const bool is_sound = hb_ownclock_check_job(job);
        if (is_sound && job->steady_ops_per_s != job->metric[HB_METRIC_THROUGHPUT])
            continue;
        hb_job_drop_slices(job);
    }
    return true;
}

/* ---- the whole ---- */

static bool read_cut(const struct cutting *cutting, const char *path, struct hb_session *session)
{
    struct hb_err ignored = {0};
    struct hb_json_source source = {
        .path = path, .text = hb_buf_string(cutting->out), .size = cutting->out->size};
    cJSON *root = hb_json_parse_source(&source, &ignored);
    bool fits = root && hb_session_from_source(&source, session, &ignored) == 0;
    if (fits && !(take_all_samples(root, session) && take_slices(cutting, session))) {
        hb_session_free(session);
        fits = false;
    }
    cJSON_Delete(root);
    return fits;
}

int hb_session_parse_brief(const char *text, size_t size, const char *path,
                           struct hb_session *session, struct hb_err *err)
{
    struct hb_buf brief = {0};
    struct cutting cutting = {.text = text, .out = &brief};
    *session = (struct hb_session){0};
    const bool is_read =
        size > 0 && text[0] == '{' && cut(size, &cutting) == 0 && read_cut(&cutting, path, session);
    free(cutting.spans);
    hb_buf_free(&brief);
    return is_read ? 0 : hb_session_parse(text, size, path, session, err);
}

int hb_session_read_brief(const char *path, struct hb_session *session, struct hb_err *err)
{
    struct hb_buf text = {0};
    *session = (struct hb_session){0};
    int status = hb_file_read_text(path, HB_RESULT_BYTES_MAX, &text, err);
    if (status == 0)
        status = hb_session_parse_brief(hb_buf_string(&text), text.size, path, session, err);
    hb_buf_free(&text);
    return status;
}
