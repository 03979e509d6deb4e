/* `hakbench doctor`: what makes this machine noisy or unable to measure, what each means and the
 * command that would mend it. Changes nothing. */
#include "commands/command.h"
#include "host/noise.h"
#include "report/write_text.h"
#include "run/catalog.h"
#include "session/options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct doctor {
    bool markdown;
};

static const struct hb_option own_options[] = {
    {"markdown", HB_AS_FLAG(struct doctor, markdown), .group = 1, .help = "Print Markdown"},
    {0},
};

static const struct hb_usage usage = {
    .groups = {{own_options, 0}},
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

static void add_table(const struct hb_findings *findings, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("what"), HB_LEFT("state"),
                                               HB_LEFT("here", .breaks = true)};
    struct hb_table *table = hb_doc_table(doc, "This machine", columns, 3);
    for (size_t i = 0; i < findings->count; i++) {
        const struct hb_finding *finding = &findings->finding[i];
        hb_table_text(table, finding->key);
        hb_table_add(table, styles[finding->level], "%s", hb_finding_level_names[finding->level]);
        hb_table_text(table, finding->value);
    }
}

static void add_explanations(const struct hb_findings *findings, struct hb_doc *doc)
{
    hb_doc_section(doc, "meaning", "What it means, and what would mend it", "%s", "");
    for (size_t i = 0; i < findings->count; i++) {
        const struct hb_finding *finding = &findings->finding[i];
        if (finding->level != HB_FINDING_OK)
            hb_doc_line(doc, "%s: %s%s%s", finding->key, finding->meaning,
                        finding->remedy[0] ? " Remedy: " : "", finding->remedy);
    }
}

static int run(int argc, char **argv, struct hb_err *err)
{
    static struct hb_findings findings; /* too large for a small stack */
    struct doctor doctor = {false};
    struct hb_places places;
    struct hb_doc doc = {0};
    const struct hb_noise_options noise = {.results_path = "."};
    if (hb_options_parse(&usage, argc, argv, &doctor, err) != 0 ||
        hb_places_find(&places, err) != 0)
        return -1;
    hb_noise_survey(&noise, &findings);
    add_table(&findings, &doc);
    add_explanations(&findings, &doc);
    const int status = hb_doc_print(&doc, doctor.markdown, stdout, err);
    hb_doc_free(&doc);
    return status;
}

HB_COMMAND_RUN(doctor, "what makes this machine noisy or unable, and what would mend it");
