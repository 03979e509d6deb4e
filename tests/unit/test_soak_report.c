/* What is printed and drawn of a soak: see src/report/session_report.h. */
#include "unit/soak_made.h"

#include "report/progress.h"
#include "report/session_report.h"
#include "report/sparkline.h"
#include "report/write_text.h"

#include <fcntl.h>
#include <unistd.h>

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
    bool colour, markdown;
    struct hb_buf out;
};

static void judge_made(struct soak *soak, made_course subject, made_course control)
{
    *soak = (struct soak){0};
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

/* Adds the report as text. */
static void say(struct soak *soak,
                void (*report)(const struct hb_soak_judgement *, struct hb_doc *))
{
    struct hb_doc doc = {0};
    report(&soak->judgement, &doc);
    const struct hb_screen screen = {.voice = soak->markdown ? HB_VOICE_MARKDOWN
                                              : soak->colour ? HB_VOICE_COLOUR
                                                             : HB_VOICE_PLAIN};
    assert_int_equal(hb_doc_write(&doc, &screen, &soak->out, NULL), 0);
    hb_doc_free(&doc);
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
    say(&soak, hb_soak_report);
    assert_has(&soak, "made  soak of 39.9s in epochs of about 1.0s, seed 7\n");
    assert_int_equal(strncmp(soak.out.bytes, "Over 39.9s no allocator slowed down or grew", 43), 0);
    assert_has(&soak, "allocator  epochs  mean M/s  median M/s  CV %  drift %               "
                      "first to last %  word\n");
    assert_has(&soak,
               "subject        37      50.0        50.0  0.00  +0.00 [+0.00, +0.00]          "
               "  +0.00  flat\n");
    assert_has(&soak, "subject         64.0      64.0      64.0      32.0        1.5  +0.00 [");
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
    say(&soak, hb_soak_report);
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
    soak.markdown = true;
    say(&soak, hb_soak_report);
    assert_has(&soak, "\n### Speed");
    assert_has(&soak, "| subject | 37 |");
    close_soak(&soak);
}

static void system_calls_are_shown_by_phase(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, calling, NULL);
    say(&soak, hb_soak_syscalls_report);
    assert_has(&soak,
               "phase       operations  call     calls  per million op  bytes KiB  own count  "
               "own counters\n");
    assert_has(&soak,
               "warm-up    150,000,000  madvise      6            0.04       24.0          6  "
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
    soak.colour = soak.markdown = false;
    soak.out = (struct hb_buf){0};
    made_rounds(&soak.session, 5, 5, steady, NULL);
    soak.session.epochs[4].status = HB_STATUS_CRASHED;
    (void)snprintf(soak.session.epochs[4].reason, HB_REASON_MAX, "ended by signal 11");
    soak.session.partial = true;
    made_judge(&soak.session, &soak.judgement);
    say(&soak, hb_soak_report);
    assert_has(&soak, "(partial)");
    assert_has(&soak, "subject: crashed in round 4, at 4.0s: ended by signal 11\n");
    assert_has(&soak, "subject: too few epochs after warm-up for a trend: 1 of 8\n");
    close_soak(&soak);
}

/* Up to 2 % good, over 5 % warned. */
static void each_cv_has_its_colour(void **state)
{
    static const struct {
        double percent;
        const char *cell;
    } cases[] = {
        {2, "\033[32m2.00\033[0m"},
        {2.01, "  2.01  "},
        {5, "  5.00  "},
        {5.01, "\033[31m5.01\033[0m"},
    };
    struct soak soak;
    (void)state;
    judge_made(&soak, steady, NULL);
    soak.colour = true;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        soak.judgement.allocators[0].cv_percent = cases[i].percent;
        say(&soak, hb_soak_report);
        assert_has(&soak, cases[i].cell);
        hb_buf_free(&soak.out);
    }
    close_soak(&soak);
}

/* Rising is no fault of a speed, and is one of memory. */
static void each_word_has_its_colour(void **state)
{
    static const struct {
        enum hb_soak_course word;
        const char *speed, *memory;
    } cases[] = {
        {HB_SOAK_FLAT, "\033[32mflat\033[0m\n", "\033[32mflat\033[0m\n"},
        {HB_SOAK_UNCLEAR, "\033[2munclear\033[0m\n", "\033[2munclear\033[0m\n"},
        {HB_SOAK_RISING, "  rising\n", "\033[31mrising\033[0m\n"},
        {HB_SOAK_FALLING, "\033[31mfalling\033[0m\n", "  falling\n"},
    };
    struct soak soak;
    (void)state;
    judge_made(&soak, steady, NULL);
    soak.colour = true;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        soak.judgement.allocators[0].speed.word = cases[i].word;
        soak.judgement.allocators[0].memory.rss.word = cases[i].word;
        say(&soak, hb_soak_report);
        const char *speed = strstr(hb_buf_string(&soak.out), "Speed (");
        const char *memory = strstr(hb_buf_string(&soak.out), "Resident memory");
        const char *at = speed ? strstr(speed, cases[i].speed) : NULL;
        assert_true(at && memory && at < memory);
        assert_non_null(strstr(memory, cases[i].memory));
        hb_buf_free(&soak.out);
    }
    close_soak(&soak);
}

/* ---- while it runs ---- */

/* A soak that runs, and what is said of it on standard error until it is closed. */
struct running {
    struct hb_session session;
    struct hb_soak_live live;
    FILE *to;
    int kept;
    char text[4096];
};

static void begin(struct running *r, bool is_quiet)
{
    r->to = tmpfile();
    assert_non_null(r->to);
    made_open(&r->session, false);
    r->kept = dup(STDERR_FILENO);
    (void)fflush(stderr);
    assert_true(dup2(fileno(r->to), STDERR_FILENO) >= 0);
    hb_soak_live_init(&r->live, &r->session, is_quiet);
}

static void end(struct running *r)
{
    hb_soak_live_close(&r->live);
    (void)fflush(stderr);
    assert_true(dup2(r->kept, STDERR_FILENO) >= 0);
    (void)close(r->kept);
    rewind(r->to);
    r->text[fread(r->text, 1, sizeof r->text - 1, r->to)] = '\0';
    (void)fclose(r->to);
    hb_session_free(&r->session);
}

/* Three epochs of next to nothing, then 20, 25 and 30 million a second: their CV is 20 %. */
static void three_speeds(struct hb_epoch *epoch, double t, double noise)
{
    (void)noise;
    epoch->metric[HB_EPOCH_THROUGHPUT] = t < 3 ? 1 : 5e6 * (t + 1);
    epoch->metric[HB_EPOCH_LATENCY_P999] = 900;
    epoch->metric[HB_EPOCH_SYSCALLS] = t < 5 ? (double)NAN : 7;
}

static void show_epochs(struct running *r, size_t first)
{
    for (size_t i = first; i < r->session.epoch_count; i++)
        hb_soak_live_epoch(&r->live, &r->session, &r->session.epochs[i]);
}

static void show_three_speeds(struct running *r)
{
    made_rounds(&r->session, 6, 1, three_speeds, NULL);
    hb_soak_live_note(&r->live, &r->session, 0, "calibrating");
    show_epochs(r, 2);
}

static void an_epoch_is_a_line(void **state)
{
    struct running r;
    (void)state;
    begin(&r, false);
    r.session.soak.warmup_epochs = 1;
    show_three_speeds(&r);
    struct hb_epoch epoch = r.session.epochs[5];
    epoch.round = 6;
    epoch.started_s = 299.5; /* of 300: nothing is left */
    (void)snprintf(epoch.phase, sizeof epoch.phase, "drain");
    epoch.metric[HB_EPOCH_DRAINED_100MS] = 3072;
    epoch.metric[HB_EPOCH_DRAINED_1S] = 2048;
    hb_soak_live_epoch(&r.live, &r.session, &epoch);
    end(&r);
    assert_string_equal(
        r.text,
        "[2.9s, 4m 57s left] round 3 subject: 1.00 /s, CV -, p99.9 900 ns, resident 64.0 "
        "MiB\n"
        "[3.9s, 4m 56s left] round 4 subject: 20.0 M/s, CV -, p99.9 900 ns, resident 64.0 "
        "MiB\n"
        "[4.9s, 4m 55s left] round 5 subject: 25.0 M/s, CV 15.7 %, p99.9 900 ns, resident "
        "64.0 MiB\n"
        "[5.9s, 4m 54s left] round 6 subject: 30.0 M/s, CV 20.0 %, p99.9 900 ns, resident "
        "64.0 MiB, 7 memory calls\n"
        "[5m 00s] round 7 subject: resident after the drain: 3.00 KiB, 2.00 KiB, - (0.1, 1, "
        "5 s)\n");
}

/* A new process warms up anew: 20 and 30 million are left, whose CV is 28.3 %. */
static void a_new_process_warms_up_anew(void **state)
{
    struct running r;
    (void)state;
    begin(&r, false);
    r.session.soak.warmup_epochs = 1;
    made_rounds(&r.session, 6, 1, three_speeds, NULL);
    r.session.epochs[4].process = r.session.epochs[5].process = 1;
    show_epochs(&r, 2);
    end(&r);
    assert_non_null(strstr(r.text, "round 5 subject: 25.0 M/s, CV -,"));
    assert_non_null(strstr(r.text, "round 6 subject: 30.0 M/s, CV 28.3 %,"));
}

static void quiet_says_what_failed(void **state)
{
    struct running r;
    (void)state;
    begin(&r, true);
    show_three_speeds(&r);
    r.session.epochs[5].status = HB_STATUS_CRASHED;
    (void)snprintf(r.session.epochs[5].reason, HB_REASON_MAX, "ended by signal 11");
    hb_soak_live_epoch(&r.live, &r.session, &r.session.epochs[5]);
    end(&r);
    assert_string_equal(r.text, "hakbench: subject, round 6: crashed: ended by signal 11\n");
}

static void a_terminal_is_rewritten_in_place(void **state)
{
    struct running r;
    (void)state;
    begin(&r, false);
    r.live.in_place = true; /* as if it were one */
    (void)setenv("COLUMNS", "100", 1);
    (void)setenv("LC_ALL", "C.UTF-8", 1);
    made_rounds(&r.session, 2, 1, three_speeds, NULL);
    hb_soak_live_note(&r.live, &r.session, 0, "calibrating");
    show_epochs(&r, 0);
    end(&r);
    assert_int_equal(r.live.lines, 0);
    assert_string_equal(
        r.text, "\rsubject: calibrating\n"
                "\033[A\033[2K\r[900ms, 4m 59s left] round 1 subject: 1.00 /s, CV -, p99.9 900 ns, "
                "resident 64.0 MiB\n"
                "\033[A\033[2K\r[1.9s, 4m 58s left] round 2 subject: 1.00 /s, CV -, p99.9 900 ns, "
                "resident 64.0 MiB\n"
                "  subject  ▅▅\n"
                "\033[A\033[2K\033[A\033[2K\r");
}

static void a_narrow_terminal_is_not_written_over_its_edge(void **state)
{
    struct running r;
    struct hb_progress progress = {.shown = true};
    (void)state;
    begin(&r, false);
    r.live.in_place = true;
    (void)setenv("COLUMNS", "20", 1);
    (void)setenv("LC_ALL", "C", 1);
    made_rounds(&r.session, 2, 1, three_speeds, NULL);
    show_epochs(&r, 1);
    hb_progress_show(&progress, 1, 88, "mimalloc, run 2 of 10", 65);
    end(&r);
    assert_string_equal(r.text, "\r[1.9s, 4m 58s left]\n\r[  1/88] mimalloc, \033[A\033[2K\r");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sparklines_show_the_course),
        cmocka_unit_test(a_steady_soak_reads_so),
        cmocka_unit_test(the_control_is_the_machine),
        cmocka_unit_test(markdown_is_markdown),
        cmocka_unit_test(system_calls_are_shown_by_phase),
        cmocka_unit_test(a_crash_is_told),
        cmocka_unit_test(each_cv_has_its_colour),
        cmocka_unit_test(each_word_has_its_colour),
        cmocka_unit_test(an_epoch_is_a_line),
        cmocka_unit_test(quiet_says_what_failed),
        cmocka_unit_test(a_new_process_warms_up_anew),
        cmocka_unit_test(a_terminal_is_rewritten_in_place),
        cmocka_unit_test(a_narrow_terminal_is_not_written_over_its_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
