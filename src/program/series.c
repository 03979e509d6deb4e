/* Memory over time: see series.h. */
#include "program/series.h"

/* Of two neighbours the larger stays. */
static void thin(struct hb_series *series)
{
    struct hb_program_sample *samples = series->samples;
    for (size_t i = 0; i + 1 < series->count; i += 2)
        samples[i / 2] = samples[i + (samples[i + 1].pss_bytes > samples[i].pss_bytes)];
    series->count /= 2;
    series->slot_s *= 2;
}

void hb_series_add(struct hb_series *series, const struct hb_program_sample *sample)
{
    if (series->count > 0 && sample->at_s < series->until_s) {
        struct hb_program_sample *last = &series->samples[series->count - 1];
        if (sample->pss_bytes > last->pss_bytes)
            *last = *sample;
        return;
    }
    if (series->count == HB_PROGRAM_SAMPLES_MAX)
        thin(series);
    series->samples[series->count++] = *sample;
    series->until_s = sample->at_s + series->slot_s;
}
