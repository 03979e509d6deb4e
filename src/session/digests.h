/* Result files, read and reduced to digests: several at a time, each session gone as soon as it was
 * reduced, so that a thousand need little memory and little time.
 * Read next: inputs.h, src/compare/digest.h; src/commands/compare.c (the user). */
#ifndef HB_SESSION_DIGESTS_H
#define HB_SESSION_DIGESTS_H

#include "compare/digest.h"
#include "session/inputs.h"

/* Digests of all inputs that can be read, in their order. Those that cannot be are named and
 * counted with inputs->keep_going, else the first of them is the error. HB_ERR_USAGE when none can
 * be. *digests is the caller's: hb_digests_free. */
int hb_digests_read(struct hb_inputs *inputs, struct hb_digest **digests, size_t *count,
                    struct hb_err *err);

void hb_digests_free(struct hb_digest *digests, size_t count);

#endif
