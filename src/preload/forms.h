/* What is pushed of a block that was made, and of one that is freed.
 * Read next: hbtrace.c, cxx_operators.c. */
#ifndef HB_PRELOAD_FORMS_H
#define HB_PRELOAD_FORMS_H

#include "preload/drawing.h"

/* What a function of the allocator's calls of the family by name is not the program's: many simple
 * ones make their calloc, realloc and aligned forms of malloc and free. */
#define WITHIN(call)                                                                               \
    do {                                                                                           \
        const bool was_inside = hb_me.is_inside;                                                   \
        hb_me.is_inside = true;                                                                    \
        call;                                                                                      \
        hb_me.is_inside = was_inside;                                                              \
    } while (0)

/* What is to be written of a plain function: the operator that called it, if one did. */
static inline unsigned hb_labelled(unsigned function)
{
    const unsigned label = hb_me.label;
    if (LIKELY(!label))
        return function;
    hb_me.label = 0;
    return label | (unsigned)hb_me.label_log2 << 8;
}

static inline void *hb_note_made(unsigned function, void *block, size_t size)
{
    if (UNLIKELY(hb_traced.sample_bytes))
        return hb_push_if_drawn(function, block, size);
    return hb_push(function, block, size);
}

static inline unsigned hb_log2_of(size_t alignment)
{
    return alignment && !(alignment & (alignment - 1)) ? (unsigned)__builtin_ctzl(alignment) : 0;
}

/* Whether a free or a realloc of the block may be of the sample. */
static inline bool hb_is_of_interest(const void *block)
{
    return LIKELY(!hb_traced.sample_bytes) || !*hb_is_same_process || !hb_traced.spool ||
           hb_may_be_sampled(block);
}

static inline void *hb_note_freed(unsigned function, void *block, size_t size)
{
    return hb_is_of_interest(block) ? hb_push(function, block, size) : block;
}

#endif
