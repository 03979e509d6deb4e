/* `hakbench doctor`: what makes this machine noisy or unable to measure, what each means and the
 * command that would mend it. Changes nothing. */
#include "base/buf.h"
#include "commands/command.h"
#include "host/noise.h"
#include "report/write_text.h"
#include "run/catalog.h"
#include "session/options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct hb_usage usage = {
    .doc = "Looks for what makes measurements on this machine noisy or impossible: frequency "
           "scaling, huge pages, other programs, the hypervisor, and whether system calls and "
           "hardware counters can be counted. Changes nothing.\v"
           "Example:\n  hakbench doctor\n\n"
           "Exit status: 0, or 3 when nothing can be measured here.",
};

static const enum hb_style styles[HB_FINDING_LEVELS] = {
    [HB_FINDING_OK] = HB_STYLE_GOOD,
    [HB_FINDING_NOTE] = HB_STYLE_PLAIN,
    [HB_FINDING_WARN] = HB_STYLE_STRONG,
    [HB_FINDING_BAD] = HB_STYLE_BAD,
};

static void add_table(const struct hb_findings *findings, const struct hb_screen *screen,
                      struct hb_buf *out)
{
    static const struct hb_column columns[] = {HB_LEFT("what"), HB_LEFT("state"),
                                               HB_LEFT("here", .breaks = true)};
    struct hb_table table;
    hb_table_init(&table, columns, 3);
    for (size_t i = 0; i < findings->count; i++) {
        const struct hb_finding *finding = &findings->finding[i];
        hb_table_text(&table, finding->key);
        hb_table_add(&table, styles[finding->level], "%s", hb_finding_level_names[finding->level]);
        hb_table_text(&table, finding->value);
    }
    if (hb_table_write(&table, screen, out) < 0)
        out->failed = true;
    hb_table_free(&table);
}

static void add_explanations(const struct hb_findings *findings, const struct hb_screen *screen,
                             struct hb_buf *out)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct hb_finding *finding = &findings->finding[i];
        if (finding->level == HB_FINDING_OK)
            continue;
        hb_buf_char(out, '\n');
        hb_style_text(out, screen->voice == HB_VOICE_COLOUR, styles[finding->level], finding->key);
        hb_buf_text(out, ": ");
        hb_screen_wrap(screen, finding->meaning, strlen(finding->key) + 2, 4, out);
        hb_buf_text(out, finding->remedy[0] ? "\n    " : "");
        hb_screen_wrap(screen, finding->remedy, 4, 4, out);
        hb_buf_char(out, '\n');
    }
}

static int run(int argc, char **argv, struct hb_err *err)
{
    static struct hb_findings findings; /* too large for a small stack */
    struct hb_places places;
    struct hb_buf out = {0};
    const struct hb_noise_options options = {.results_path = "."};
    if (hb_options_parse(&usage, argc, argv, NULL, err) != 0 || hb_places_find(&places, err) != 0)
        return -1;
    const struct hb_screen screen = hb_screen_of(STDOUT_FILENO);
    hb_noise_survey(&options, &findings);
    add_table(&findings, &screen, &out);
    add_explanations(&findings, &screen, &out);
    return hb_text_print(&out, &screen, stdout, err);
}

HB_COMMAND_RUN(doctor, "what makes this machine noisy or unable, and what would mend it");
