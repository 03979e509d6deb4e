/* Was a difference of known size found as what it is? For the self-test, whose plant is slower by a
 * known share: direction alone would also praise a harness that doubles every difference.
 * Pure. Read next: judge.h. */
#ifndef HB_JUDGE_KNOWN_H
#define HB_JUDGE_KNOWN_H

#include "judge/judge.h"

/* The size may be off by so much, in shares of the time: 3 % may be found as 2 to 4. */
#define HB_KNOWN_TOLERANCE 0.01

enum hb_known {
    HB_KNOWN_FOUND, /* judged slower, and the interval has the known ratio in it, or lies wholly
                       within the tolerance */
    HB_KNOWN_OPEN,  /* the interval says neither: more runs, or a quieter machine */
    HB_KNOWN_WRONG, /* the interval lies wholly outside the tolerance: another size, or direction */
};

/* slower: 0.03 for what takes 3 % more time than the reference. */
enum hb_known hb_judge_known(const struct hb_ratio *ratio, double slower);

#endif
