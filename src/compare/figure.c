/* What sessions are compared by: see figure.h. */
#include "compare/figure.h"

#include "base/copy.h"
#include "base/quote.h"

#include <stdio.h>
#include <string.h>

static struct hb_figure_info figures[HB_FIGURE_COUNT] = {
#define HB_FIGURE_ROW(id, key_, heading_, group_, good_, format_, deterministic_, help_)           \
    [HB_METRIC_##id] = {.key = (key_),                                                             \
                        .heading = (heading_),                                                     \
                        .help = (help_),                                                           \
                        .good = HB_GOOD_##good_,                                                   \
                        .format = HB_FORMAT_##format_,                                             \
                        .kind = (deterministic_)                         ? HB_FIGURE_EXACT         \
                                : HB_FORMAT_##format_ == HB_FORMAT_COUNT ? HB_FIGURE_DIFFERENCE    \
                                                                         : HB_FIGURE_RATIO},
    HB_METRICS(HB_FIGURE_ROW)
#undef HB_FIGURE_ROW
#define HB_FIGURE_ROW(id, key_, heading_, good_, format_, kind_, help_)                            \
    [HB_FIGURE_##id] = {.key = (key_),                                                             \
                        .heading = (heading_),                                                     \
                        .help = (help_),                                                           \
                        .good = HB_GOOD_##good_,                                                   \
                        .format = HB_FORMAT_##format_,                                             \
                        .kind = HB_FIGURE_##kind_},
        HB_FIGURES_DERIVED(HB_FIGURE_ROW)
#undef HB_FIGURE_ROW
};

static const unsigned char shown[] = {
    HB_METRIC_THROUGHPUT, HB_FIGURE_ABOVE_FLOOR,
    HB_FIGURE_CV,         HB_METRIC_RSS_PEAK,
    HB_METRIC_RSS_END,    HB_METRIC_SYSCALLS_PER_OP,
    HB_FIGURE_P50,        HB_METRIC_FAULTS_MEASURED,
    HB_FIGURE_P99,        HB_FIGURE_P999,
    HB_FIGURE_RSS_SOAK,   HB_FIGURE_SPEED_DRIFT,
    HB_FIGURE_RSS_DRIFT,  HB_METRIC_INSTRUCTIONS_PER_OP,
};

/* "memory_syscalls_per_op" is typed "syscalls_per_op", "rss_peak_bytes" "rss_peak". */
static void make_name(struct hb_figure_info *figure)
{
    static const char *const units[] = {"_ops_per_s", "_bytes", "_ns", "_percent"};
    const char *start = strncmp(figure->key, "memory_", 7) == 0 ? figure->key + 7 : figure->key;
    HB_COPY(figure->name, start);
    const size_t length = strlen(figure->name);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const size_t unit = strlen(units[i]);
        if (length > unit && strcmp(figure->name + length - unit, units[i]) == 0) {
            figure->name[length - unit] = '\0';
            return;
        }
    }
}

static void complete(void)
{
    if (figures[0].name[0])
        return;
    for (size_t i = HB_FIGURE_COUNT; i-- > 0;)
        make_name(&figures[i]);
    for (size_t i = 0; i < sizeof shown; i++)
        figures[shown[i]].is_default = true;
}

const struct hb_figure_info *hb_figure(size_t id)
{
    complete();
    return &figures[id];
}

bool hb_figure_is_time(size_t id)
{
    const struct hb_figure_info *figure = hb_figure(id);
    return figure->kind == HB_FIGURE_RATIO &&
           (figure->format == HB_FORMAT_RATE || figure->format == HB_FORMAT_NS);
}

bool hb_figure_is_tally(size_t id)
{
    return id == HB_FIGURE_INSTRUCTIONS_ABOVE_FLOOR ||
           (id < HB_METRIC_COUNT && hb_metrics[id].group == HB_GROUP_COUNTS);
}

size_t hb_figure_find(const char *text)
{
    complete();
    for (size_t i = 0; i < HB_FIGURE_COUNT; i++) {
        if (strcmp(figures[i].key, text) == 0 || strcmp(figures[i].name, text) == 0)
            return i;
    }
    return HB_FIGURE_COUNT;
}

struct hb_text hb_figure_text(size_t id, double value)
{
    return hb_metric_text(hb_figure(id)->format, value);
}

static int unknown(const char *name, struct hb_err *err)
{
    const char *names[HB_FIGURE_COUNT];
    char near[128];
    for (size_t i = 0; i < HB_FIGURE_COUNT; i++)
        names[i] = hb_figure(i)->name;
    return hb_err_set(err, HB_ERR_USAGE,
                      "no metric \"%.60s\"%s; `hakbench compare --help` lists them", name,
                      hb_suggest_text(name, names, HB_FIGURE_COUNT, near, sizeof near));
}

int hb_figures_choose(const char *list, bool *chosen, struct hb_err *err)
{
    const bool all = list && strcmp(list, "all") == 0;
    for (size_t i = 0; i < HB_FIGURE_COUNT; i++)
        chosen[i] = all || (!list && hb_figure(i)->is_default);
    if (!list || all)
        return 0;
    for (const char *at = list;;) {
        const size_t length = strcspn(at, ",");
        char name[64];
        (void)snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), at);
        const size_t id = hb_figure_find(name);
        if (id == HB_FIGURE_COUNT)
            return unknown(name, err);
        chosen[id] = true;
        if (at[length] == '\0')
            return 0;
        at += length + 1;
    }
}
