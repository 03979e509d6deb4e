/* Memory over time in bounded room: time is parted into slots, of which each keeps its largest
 * sample, so that the peak is always there; when all are full, slots become twice as wide. Pure.
 * Read next: watch.c. */
#ifndef HB_PROGRAM_SERIES_H
#define HB_PROGRAM_SERIES_H

#include "program/program.h"

struct hb_series {
    struct hb_program_sample *samples; /* room for HB_PROGRAM_SAMPLES_MAX, the caller's */
    size_t count;
    double slot_s;  /* how wide; > 0 */
    double until_s; /* the last sample's slot ends here */
};

/* at_s never decreases from one sample to the next. */
void hb_series_add(struct hb_series *series, const struct hb_program_sample *sample);

#endif
