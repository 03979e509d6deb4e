/* Series as little bars: see sparkline.h. */
#include "report/sparkline.h"

#include <math.h>

#define LEVELS 8

static const char *const bars[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

/* Mean of the known ones among values[from..to); NaN when there is none. */
static double mean_of(const double *values, size_t from, size_t to)
{
    double sum = 0;
    size_t known = 0;
    for (size_t i = from; i < to; i++) {
        if (isfinite(values[i])) {
            sum += values[i];
            known++;
        }
    }
    return known ? sum / (double)known : (double)NAN;
}

void hb_sparkline(const double *values, size_t n, size_t width, double least, struct hb_buf *out)
{
    const size_t bars_wanted = n < width ? n : width;
    double low = (double)NAN, high = (double)NAN;
    for (size_t b = 0; b < bars_wanted; b++) {
        const double mean = mean_of(values, b * n / bars_wanted, (b + 1) * n / bars_wanted);
        low = fmin(low, mean);
        high = fmax(high, mean);
    }
    const double middle = (low + high) / 2, span = fmax(high - low, least * fabs(middle));
    for (size_t b = 0; b < bars_wanted; b++) {
        const double mean = mean_of(values, b * n / bars_wanted, (b + 1) * n / bars_wanted);
        if (isnan(mean)) {
            hb_buf_char(out, ' ');
            continue;
        }
        const double place = span > 0 ? (mean - middle) / span + 0.5 : 0.5;
        const int level = (int)(place * LEVELS);
        hb_buf_text(out, bars[level < 0 ? 0 : level >= LEVELS ? LEVELS - 1 : level]);
    }
}
