/* Pictures of a soak: see soak_plot.h. */
#include "report/soak_plot.h"

#include "base/unit.h"

#include <math.h>
#include <stdio.h>

#define MIB 1048576.0

struct picture {
    const char *name, *title, *unit;
    double divisor;
    bool logarithmic;
    enum hb_epoch_metric_id metric;
};

static const struct picture pictures[HB_PICTURES] = {
    [HB_PICTURE_THROUGHPUT] = {"throughput.png", "Throughput", "million operations a second", 1e6,
                               false, HB_EPOCH_THROUGHPUT},
    [HB_PICTURE_MEMORY] = {"memory.png", "Resident memory", "MiB", MIB, false, HB_EPOCH_RSS},
    [HB_PICTURE_P50] = {"latency-p50.png", "Latency of one operation: median", "ns", 1, true,
                        HB_EPOCH_LATENCY_P50},
    [HB_PICTURE_P99] = {"latency-p99.png", "Latency of one operation: 99th percentile", "ns", 1,
                        true, HB_EPOCH_LATENCY_P99},
    [HB_PICTURE_P999] = {"latency-p999.png", "Latency of one operation: 99.9th percentile", "ns", 1,
                         true, HB_EPOCH_LATENCY_P999},
};

/* ---- the script ---- */

/* "minutes value" of every epoch in which it is known; an empty line, which breaks the line drawn,
 * where another process goes on. */
static size_t add_data(const struct hb_soak_judgement *judgement, size_t allocator,
                       const struct picture *picture, struct hb_buf *out)
{
    const struct hb_session *session = judgement->session;
    size_t points = 0;
    uint32_t process = 0;
    for (size_t i = 0; i < session->epoch_count; i++) {
        const struct hb_epoch *epoch = &session->epochs[i];
        const double value = epoch->metric[picture->metric];
        if (epoch->allocator != allocator || epoch->status != HB_STATUS_OK || !isfinite(value) ||
            (picture->logarithmic && value <= 0))
            continue;
        if (points && process != epoch->process && !session->soak.fresh)
            hb_buf_char(out, '\n');
        process = epoch->process;
        hb_buf_printf(out, "%s %s\n", hb_format_double(epoch->started_s / 60).text,
                      hb_format_double(value / picture->divisor).text);
        points++;
    }
    return points;
}

static void add_settings(const struct hb_soak_judgement *judgement, const struct picture *picture,
                         struct hb_buf *out)
{
    hb_buf_text(out, "set terminal pngcairo size 1100,560 font 'sans,11' noenhanced\nset title ");
    hb_gnuplot_quoted(out, picture->title);
    hb_buf_text(out, "\nset xlabel 'minutes'\nset ylabel ");
    hb_gnuplot_quoted(out, picture->unit);
    hb_buf_printf(out,
                  "\nset grid linecolor '#dddddd'\nset border 3\nset xtics nomirror\n"
                  "set ytics nomirror\nset key outside right top\nset xrange [0:%s]\n",
                  hb_format_double(fmax(judgement->duration_s / 60, 1e-3)).text);
    hb_buf_text(out, picture->logarithmic ? "set logscale y\n" : "set yrange [0:*]\n");
}

int hb_soak_plot_script(const struct hb_soak_judgement *judgement, enum hb_soak_picture which,
                        struct hb_buf *out, struct hb_err *err)
{
    const struct picture *picture = &pictures[which];
    struct hb_buf data = {0}, curves = {0};
    size_t points = 0;
    for (size_t a = 0; a < judgement->session->allocator_count; a++) {
        struct hb_buf block = {0};
        const size_t own = add_data(judgement, a, picture, &block);
        if (own) {
            hb_buf_printf(&data, "$d%zu << EOD\n%sEOD\n", a, hb_buf_string(&block));
            hb_buf_printf(&curves,
                          "%s$d%zu using 1:2 with linespoints pointtype 7 pointsize 0.3 linetype "
                          "%zu dashtype %d linewidth 1.5 title ",
                          points ? ", \\\n     " : "plot ", a, a + 1,
                          (int)a == judgement->control ? 3 : 1);
            hb_gnuplot_quoted(&curves, judgement->session->allocators[a].label);
        }
        data.failed |= block.failed;
        hb_buf_free(&block);
        points += own;
    }
    if (points) {
        add_settings(judgement, picture, out);
        hb_buf_printf(out, "%s%s\n", hb_buf_string(&data), hb_buf_string(&curves));
    }
    out->failed |= data.failed || curves.failed;
    hb_buf_free(&data);
    hb_buf_free(&curves);
    return hb_buf_check(out, err) == 0 ? (int)points : -1;
}

/* ---- the pictures ---- */

int hb_soak_plot(const struct hb_soak_judgement *judgement, const struct hb_picture_taker *taker,
                 struct hb_err *err)
{
    int drawn = 0;
    for (int p = 0; p < HB_PICTURES; p++) {
        struct hb_buf script = {0};
        int status = hb_soak_plot_script(judgement, (enum hb_soak_picture)p, &script, err);
        if (status > 0)
            status = hb_gnuplot_picture(&script, pictures[p].name, taker, err) == 0 ? 1 : -1;
        hb_buf_free(&script);
        if (status < 0)
            return -1;
        drawn += status;
    }
    return drawn;
}
