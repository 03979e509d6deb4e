/* Runs and epochs that did not have their CPUs: how many count all the same, and why.
 * Read next: src/run/share.h (who found it). */
#ifndef HB_JUDGE_DISTURBED_H
#define HB_JUDGE_DISTURBED_H

#include "result/model.h"

struct hb_disturbed {
    uint32_t samples;  /* timed runs or epochs that count */
    uint32_t counted;  /* of these: disturbed all the same */
    uint32_t repeated; /* runs that were disturbed and done again */
    char causes[256];  /* of both: "a neighbour on its CPU 3, the CPU quota 1" */
};

/* Timed jobs of a session, epochs of a soak. */
void hb_judge_disturbed(const struct hb_session *session, struct hb_disturbed *disturbed);

#endif
