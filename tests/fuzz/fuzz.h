/* What every fuzzer shares: the entry point, and an assert that no build option takes away.
 * Read next: fuzz_unit.c (the smallest), replay.c (runs a corpus without libFuzzer). */
#ifndef HB_TESTS_FUZZ_FUZZ_H
#define HB_TESTS_FUZZ_FUZZ_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* What every refusal promises: a kind, and one line of text. */
static inline void check_refusal(const struct hb_err *err)
{
    HOLDS(err->kind != HB_ERR_NONE);
    HOLDS(err->message[0] != '\0');
    HOLDS(strchr(err->message, '\n') == NULL);
}

#endif
