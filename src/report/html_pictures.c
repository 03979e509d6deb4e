/* The charts of a page as pictures by themselves: see html.h. */
#include "report/chart_svg.h"
#include "report/charts.h"
#include "report/html_item.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pictures being drawn. */
struct album {
    const struct hb_picture_taker *taker;
    struct hb_err *err;
    struct hb_chart_palette palette;
    char stem[HB_NAME_MAX + 16]; /* "1-mixed" */
    int drawn;                   /* -1 after a failure */
};

/* Letters, digits and a few signs of the name: it may come from anywhere. */
static void set_stem(struct album *album, size_t number, const char *name)
{
    int used = snprintf(album->stem, sizeof album->stem, "%zu-", number);
    for (; *name && used > 0 && (size_t)used + 1 < sizeof album->stem; name++)
        album->stem[used++] = isalnum((unsigned char)*name) || strchr("._-", *name) ? *name : '_';
    album->stem[used > 0 ? used : 0] = '\0';
}

static void add_picture(struct album *album, struct hb_chart *chart, int built)
{
    char name[256];
    (void)snprintf(name, sizeof name, "%s-%s.png", album->stem, chart->name);
    if (built < 0)
        album->drawn = -1;
    else if (built > 0 && album->drawn >= 0)
        album->drawn =
            hb_chart_png(chart, name, album->taker, album->err) == 0 ? album->drawn + 1 : -1;
    hb_chart_free(chart);
}

static void add_rebase(struct album *album, const struct hb_judgement *judgement)
{
    struct hb_chart chart;
    int built = hb_chart_ranking(judgement, &album->palette, &chart, album->err);
    add_picture(album, &chart, built);
    built = hb_chart_runs(judgement, &album->palette, &chart, album->err);
    add_picture(album, &chart, built);
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        built = hb_chart_slices(judgement, i, &album->palette, &chart, album->err);
        add_picture(album, &chart, built);
    }
    built = hb_chart_memory(judgement, &album->palette, &chart, album->err);
    add_picture(album, &chart, built);
}

static void add_soak(struct album *album, const struct hb_soak_judgement *judgement)
{
    static int (*const builders[])(const struct hb_soak_judgement *, struct hb_chart_palette *,
                                   struct hb_chart *, struct hb_err *) = {
        hb_chart_soak_speed, hb_chart_soak_resident, hb_chart_soak_memory, hb_chart_soak_latency};
    for (size_t b = 0; b < sizeof builders / sizeof *builders; b++) {
        struct hb_chart chart;
        const int built = builders[b](judgement, &album->palette, &chart, album->err);
        add_picture(album, &chart, built);
    }
}

static void add_history(struct album *album, const struct hb_html_group *group, size_t number)
{
    struct hb_chart chart;
    set_stem(album, number, group->sessions[0]->session->profile_name);
    const int built =
        hb_chart_history(group->sessions, group->count, &album->palette, &chart, album->err);
    add_picture(album, &chart, built);
}

static void add_all(struct album *album, const struct hb_html_item *items, size_t count,
                    const struct hb_html_groups *groups)
{
    for (size_t g = 0; album->drawn >= 0 && g < groups->count; g++)
        add_history(album, &groups->groups[g], count + 1 + g);
    for (size_t i = 0; album->drawn >= 0 && i < count; i++) {
        const char *profile = hb_html_session(&items[i])->profile_name;
        set_stem(album, i + 1, profile[0] ? profile : items[i].label);
        if (items[i].rebase)
            add_rebase(album, items[i].rebase->judgement);
        else
            add_soak(album, items[i].soak);
    }
}

int hb_html_pictures(const struct hb_html_item *items, size_t count,
                     const struct hb_picture_taker *taker, struct hb_err *err)
{
    struct album *album = calloc(1, sizeof *album); /* too large for a small stack */
    struct hb_html_groups groups;
    if (!album)
        return hb_err_set(err, HB_ERR_SYSTEM, "out of memory");
    album->taker = taker;
    album->err = err;
    if (hb_html_group(items, count, &groups, err) == 0)
        add_all(album, items, count, &groups);
    else
        album->drawn = -1;
    const int drawn = album->drawn;
    hb_html_groups_free(&groups);
    free(album);
    return drawn;
}
