/* What is printed and drawn of a soak: see src/report/soak_report.h. */
#include "unit/soak_made.h"

#include "report/soak_plot.h"
#include "report/soak_report.h"

static void steady(struct hb_epoch *epoch, double t, double noise)
{
    (void)t;
    (void)noise;
    epoch->calls_known = epoch->own_calls_known = true;
    epoch->metric[HB_EPOCH_LATENCY_P50] = 20;
    epoch->metric[HB_EPOCH_LIVE] = MADE_RSS / 2;
    epoch->metric[HB_EPOCH_HEAP] = MADE_RSS * 0.75;
}

static void calling(struct hb_epoch *epoch, double t, double noise)
{
    steady(epoch, t, noise);
    epoch->calls.count[HB_SYSCALL_madvise] = 2;
    epoch->calls.bytes[HB_SYSCALL_madvise] = 8192;
    epoch->own_calls.count[HB_SYSCALL_madvise] = t < 20 ? 2 : 1;
}

static void sparklines_show_the_course(void **state)
{
    static const double rising[] = {1, 2, 3, 4, 5, 6, 7, 8}, same[] = {5, 5, 5},
                        small[] = {100, 101}, gap[] = {1, NAN, 2};
    struct hb_buf out = {0};
    (void)state;
    hb_sparkline(rising, 8, 8, 0.05, &out);
    hb_buf_char(&out, '|');
    hb_sparkline(rising, 8, 4, 0.05, &out);
    hb_buf_char(&out, '|');
    hb_sparkline(same, 3, 8, 0.05, &out);
    hb_buf_char(&out, '|');
    hb_sparkline(small, 2, 8, 0.05, &out);
    hb_buf_char(&out, '|');
    hb_sparkline(gap, 3, 8, 0.05, &out);
    hb_buf_char(&out, '|');
    hb_sparkline(same, 0, 8, 0.05, &out);
    assert_string_equal(hb_buf_string(&out), "▁▂▃▄▅▆▇█|▁▃▆█|▅▅▅|▄▅|▁ █|");
    hb_buf_free(&out);
}

struct soak {
    struct hb_session session;
    struct hb_soak_judgement judgement;
    struct hb_soak_view view;
    struct hb_buf out;
};

static void judge_made(struct soak *soak, made_course subject, made_course control)
{
    *soak = (struct soak){.view = {.judgement = &soak->judgement}};
    made_open(&soak->session, control != NULL);
    made_rounds(&soak->session, 40, 5, subject, control);
    made_judge(&soak->session, &soak->judgement);
}

static void close_soak(struct soak *soak)
{
    hb_buf_free(&soak->out);
    hb_soak_judgement_free(&soak->judgement);
    hb_session_free(&soak->session);
}

static void assert_has(const struct soak *soak, const char *text)
{
    if (!strstr(hb_buf_string(&soak->out), text))
        fail_msg("no \"%s\" in:\n%s", text, hb_buf_string(&soak->out));
}

static void assert_has_not(const struct soak *soak, const char *text)
{
    if (strstr(hb_buf_string(&soak->out), text))
        fail_msg("\"%s\" in:\n%s", text, hb_buf_string(&soak->out));
}

static void a_steady_soak_reads_so(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, steady, NULL);
    assert_int_equal(hb_soak_report(&soak.view, &soak.out, NULL), 0);
    assert_has(&soak, "made  soak of 39.9s in epochs of about 1.0s, seed 7\n");
    assert_has(&soak, "allocator  epochs      mean    median      CV  drift                   "
                      "first to last  word\n");
    assert_has(&soak,
               "subject        37  50.0 M/s  50.0 M/s  0.00 %  +0.00 % [+0.00, +0.00]        "
               "+0.00 %  flat\n");
    assert_has(&soak, "subject    64.0 MiB  64.0 MiB  64.0 MiB  32.0 MiB        1.5  +0.00 %");
    assert_has(&soak, "subject    rss_drift_percent");
    assert_has(&soak, "subject, rss_drained_bytes: no drain was looked at\n");
    assert_has(&soak, "subject: no histograms: latencies are the middle epoch's\n");
    assert_has_not(&soak, "\033");
    close_soak(&soak);
}

static void the_control_is_the_machine(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, steady, steady);
    assert_int_equal(hb_soak_report(&soak.view, &soak.out, NULL), 0);
    assert_has(&soak, "against control");
    assert_has(&soak, "the machine: flat");
    assert_has(&soak, "the machine: floor, the control, flat (+0.00 % [+0.00, +0.00])");
    close_soak(&soak);
}

static void markdown_is_markdown(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, steady, NULL);
    soak.view.markdown = true;
    assert_int_equal(hb_soak_report(&soak.view, &soak.out, NULL), 0);
    assert_has(&soak, "\n### Speed");
    assert_has(&soak, "| subject | 37 |");
    close_soak(&soak);
}

static void system_calls_are_shown_by_phase(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, calling, NULL);
    assert_int_equal(hb_soak_syscalls_report(&soak.view, &soak.out, NULL), 0);
    assert_has(&soak, "phase       operations  call     calls  per million     bytes  own count  "
                      "own counters\n");
    assert_has(&soak, "warm-up    150,000,000  madvise      6         0.04  24.0 KiB          6  "
                      "agree\n");
    assert_has(&soak, "steady   1,850,000,000");
    assert_has(&soak, "DIFFER");
    close_soak(&soak);
}

static void a_crash_is_told(void **state)
{
    struct soak soak;
    (void)state;
    made_open(&soak.session, false);
    soak.view = (struct hb_soak_view){.judgement = &soak.judgement};
    soak.out = (struct hb_buf){0};
    made_rounds(&soak.session, 5, 5, steady, NULL);
    soak.session.epochs[4].status = HB_STATUS_CRASHED;
    (void)snprintf(soak.session.epochs[4].reason, HB_REASON_MAX, "ended by signal 11");
    soak.session.partial = true;
    made_judge(&soak.session, &soak.judgement);
    assert_int_equal(hb_soak_report(&soak.view, &soak.out, NULL), 0);
    assert_has(&soak, "(partial)");
    assert_has(&soak, "subject: crashed in round 4, at 4.0s: ended by signal 11\n");
    assert_has(&soak, "subject: too few epochs after warm-up for a trend: 1 of 8\n");
    close_soak(&soak);
}

static void scripts_for_gnuplot_are_whole(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, steady, steady);
    assert_int_equal(hb_soak_plot_script(&soak.judgement, HB_PICTURE_THROUGHPUT, &soak.out, NULL),
                     80);
    assert_has(&soak, "$d1 << EOD\n");
    assert_has(&soak, "title 'subject', \\\n");
    assert_has(&soak, "title 'floor'\n");
    hb_buf_free(&soak.out);
    for (size_t i = 0; i < soak.session.epoch_count; i++)
        soak.session.epochs[i].metric[HB_EPOCH_LATENCY_P50] = (double)NAN;
    assert_int_equal(hb_soak_plot_script(&soak.judgement, HB_PICTURE_P99, &soak.out, NULL), 0);
    assert_int_equal(soak.out.size, 0);
    close_soak(&soak);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sparklines_show_the_course),      cmocka_unit_test(a_steady_soak_reads_so),
        cmocka_unit_test(the_control_is_the_machine),      cmocka_unit_test(markdown_is_markdown),
        cmocka_unit_test(system_calls_are_shown_by_phase), cmocka_unit_test(a_crash_is_told),
        cmocka_unit_test(scripts_for_gnuplot_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
