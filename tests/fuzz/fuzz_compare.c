/* Whatever a file says, as long as it can be read, can be compared, gated and told. */
#include "fuzz.h"

#include "compare/gate.h"
#include "compare/timeline.h"
#include "export/export_compare.h"
#include "report/compare_report.h"
#include "report/write_page.h"
#include "report/write_text.h"
#include "result/session_json.h"

#include <math.h>
#include <stdio.h>

#define COPIES 6 /* of the session, on other days: a trend needs five */

static void tell(const struct hb_compare_view *view)
{
    static const struct hb_screen screens[] = {
        {.voice = HB_VOICE_PLAIN, .width = 80, .wraps = true},
        {.voice = HB_VOICE_PLAIN, .width = 40, .wraps = true, .ascii = true},
        {.voice = HB_VOICE_MARKDOWN},
        {.voice = HB_VOICE_MARKDOWN, .brief = true},
    };
    struct hb_err err = {0};
    struct hb_buf out = {0};
    struct hb_doc doc = {0};
    hb_compare_report(view, &doc);
    for (size_t i = 0; i < sizeof screens / sizeof *screens; i++)
        HOLDS(hb_doc_write(&doc, &screens[i], &out, &err) == 0);
    HOLDS(hb_doc_write_page(&doc, &(struct hb_page_options){"x", "x", true}, &out, &err) == 0);
    hb_doc_free(&doc);
    HOLDS(hb_compare_csv(view, &out, &err) == 0);
    HOLDS(hb_compare_json(view, &out, &err) == 0);
    hb_buf_free(&out);
}

static void gate(struct hb_compare_view *view)
{
    struct hb_gate *gates = NULL;
    struct hb_gate_result *results = NULL;
    size_t count = 0;
    struct hb_err err = {0};
    HOLDS(hb_gates_parse("throughput<-3%,cv>2%,rss_peak>1MiB,syscalls_per_op>1e-8", &gates, &count,
                         &err) == 0);
    if (hb_gates_hold(gates, count, view->comparison, &results, &view->gate_count, &err) == 0) {
        view->gates = results;
        tell(view);
    }
    free(results);
    free(gates);
}

static void compare(struct hb_digest *digests, size_t count)
{
    struct hb_compare_options options = {.margin_percent = (double)NAN};
    struct hb_comparison comparison;
    struct hb_timelines timelines;
    struct hb_fleet fleet;
    struct hb_err err = {0};
    HOLDS(hb_figures_choose("all", options.figures, &err) == 0);
    if (hb_compare(digests, count, &options, &comparison, &err) == 0) {
        struct hb_compare_view view = {.comparison = &comparison, .all = true};
        gate(&view);
        tell(&(struct hb_compare_view){.comparison = &comparison});
    }
    hb_comparison_free(&comparison);
    if (hb_fleet_make(digests, count, &options, &fleet, &err) == 0)
        tell(&(struct hb_compare_view){.fleet = &fleet});
    hb_fleet_free(&fleet);
    if (count > 2 && hb_timelines_make(digests, count, &options, &timelines, &err) == 0) {
        tell(&(struct hb_compare_view){.timelines = &timelines});
        hb_timelines_free(&timelines);
    }
}

static void digest(const struct hb_session *session, size_t copy, struct hb_digest *out)
{
    struct hb_soak_judgement judgement = {0};
    struct hb_profile profile = {0};
    struct hb_err err = {0};
    char label[32];
    const bool is_soak = session->kind == HB_KIND_SOAK;
    (void)snprintf(label, sizeof label, "copy %zu", copy);
    if (is_soak)
        HOLDS(hb_soak_judge(HB_DEPTH_FULL, session, &profile, &judgement, &err) == 0);
    HOLDS(hb_digest_take(session, is_soak ? &judgement : NULL, label, label, out, &err) == 0);
    if (is_soak)
        hb_soak_judgement_free(&judgement);
    (void)snprintf(out->started_at, sizeof out->started_at, "2026-11-%02zuT10:00:00Z", copy + 1);
    (void)snprintf(out->host.hostname, sizeof out->host.hostname, "n%zu", copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_session session;
    struct hb_digest digests[COPIES];
    struct hb_err err = {0};
    if (hb_session_parse((const char *)data, size, "fuzz", &session, &err) != 0) {
        check_refusal(&err);
        return 0;
    }
    for (size_t i = 0; i < COPIES; i++)
        digest(&session, i, &digests[i]);
    compare(digests, 1);
    compare(digests, COPIES);
    for (size_t i = 0; i < COPIES; i++)
        hb_digest_free(&digests[i]);
    hb_session_free(&session);
    return 0;
}
