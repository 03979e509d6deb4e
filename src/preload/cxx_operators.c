/* The operators of C++.
 *
 * The C++ library's operators call malloc and free, perhaps by way of another operator, which may
 * be the program's own: what is called in the end is recorded, as the operator that was called
 * first, by a label. An allocator's own operators call nothing: they are recorded here. Which of
 * the two an operator is, is known by its library: the allocator's is that of free. */
#include "preload/forms.h"

#include <dlfcn.h>
#include <stdlib.h>

static bool is_allocators_own(const void *operator_)
{
    Dl_info left, right;
    void *free_;
    (void)hb_next_find_family();
    memcpy(&free_, &hb_next.free, sizeof free_);
    return dladdr(operator_, &left) && dladdr(free_, &right) && left.dli_fbase == right.dli_fbase;
}

/* The label is the outermost operator's. A new that throws leaves by here as well. */
static void drop_label(const uint8_t *outer)
{
    if (!*outer)
        hb_me.label = 0;
}

static inline void set_label(unsigned function, size_t alignment, size_t size)
{
    if (hb_me.label)
        return;
    hb_me.label_log2 = (uint8_t)hb_log2_of(alignment);
    hb_me.label_size = size;
    hb_me.label = (uint8_t)function;
}

/* An allocator's own operator, perhaps called by another one. */
static COLD void note_freed_by(unsigned function, size_t alignment, void *block, size_t size)
{
    const bool is_labelled = hb_me.label != 0;
    const unsigned what = hb_labelled(function | hb_log2_of(alignment) << 8);
    (void)hb_note_freed(what, block, is_labelled ? hb_me.label_size : size);
}

#define FIND_OPERATOR(symbol)                                                                      \
    if (UNLIKELY(!own)) {                                                                          \
        void *found = hb_next_find(#symbol);                                                       \
        if (!found)                                                                                \
            abort(); /* called, and of no library */                                               \
        is_own = is_allocators_own(found);                                                         \
        memcpy(&own, &found, sizeof found);                                                        \
    }

/* NOLINTBEGIN(bugprone-macro-parentheses): parameters and arguments bring theirs */
#define NEW_FORM(symbol, function, parameters, arguments, alignment)                               \
    EXPORT void *symbol parameters;                                                                \
    EXPORT void *symbol parameters                                                                 \
    {                                                                                              \
        static void *(*own)parameters;                                                             \
        static bool is_own;                                                                        \
        FIND_OPERATOR(symbol)                                                                      \
        const uint8_t outer __attribute__((cleanup(drop_label), unused)) = hb_me.label;            \
        set_label((function), (alignment), 0);                                                     \
        void *block = own arguments;                                                               \
        if (UNLIKELY(is_own) && hb_me.label)                                                       \
            (void)hb_note_made(hb_labelled(function), block, size);                                \
        return block;                                                                              \
    }

#define DELETE_FORM(symbol, function, parameters, arguments, alignment, size_)                     \
    EXPORT void symbol parameters;                                                                 \
    EXPORT void symbol parameters                                                                  \
    {                                                                                              \
        static void(*own) parameters;                                                              \
        static bool is_own;                                                                        \
        FIND_OPERATOR(symbol)                                                                      \
        const uint8_t outer = hb_me.label;                                                         \
        if (LIKELY(!is_own))                                                                       \
            set_label((function), (alignment), (size_));                                           \
        else                                                                                       \
            note_freed_by(function, alignment, block, size_);                                      \
        if (UNLIKELY(is_own))                                                                      \
            WITHIN(own arguments);                                                                 \
        else                                                                                       \
            own arguments;                                                                         \
        drop_label(&outer);                                                                        \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

#define PLAIN   (size_t size)
#define NOTHROW (size_t size, const void *nothrow)
#define ALIGNED (size_t size, size_t align)
#define BOTH    (size_t size, size_t align, const void *nothrow)
NEW_FORM(_Znwm, HB_CALL_NEW, PLAIN, (size), 0)
NEW_FORM(_Znam, HB_CALL_NEW_ARRAY, PLAIN, (size), 0)
NEW_FORM(_ZnwmRKSt9nothrow_t, HB_CALL_NEW_NOTHROW, NOTHROW, (size, nothrow), 0)
NEW_FORM(_ZnamRKSt9nothrow_t, HB_CALL_NEW_ARRAY_NOTHROW, NOTHROW, (size, nothrow), 0)
NEW_FORM(_ZnwmSt11align_val_t, HB_CALL_NEW_ALIGNED, ALIGNED, (size, align), align)
NEW_FORM(_ZnamSt11align_val_t, HB_CALL_NEW_ARRAY_ALIGNED, ALIGNED, (size, align), align)
NEW_FORM(_ZnwmSt11align_val_tRKSt9nothrow_t, HB_CALL_NEW_ALIGNED_NOTHROW, BOTH,
         (size, align, nothrow), align)
NEW_FORM(_ZnamSt11align_val_tRKSt9nothrow_t, HB_CALL_NEW_ARRAY_ALIGNED_NOTHROW, BOTH,
         (size, align, nothrow), align)

#define D_PLAIN   (void *block)
#define D_SIZED   (void *block, size_t size)
#define D_ALIGNED (void *block, size_t align)
#define D_BOTH    (void *block, size_t size, size_t align)
#define D_NOTHROW (void *block, const void *nothrow)
#define D_ALL     (void *block, size_t align, const void *nothrow)
DELETE_FORM(_ZdlPv, HB_CALL_DELETE, D_PLAIN, (block), 0, 0)
DELETE_FORM(_ZdaPv, HB_CALL_DELETE_ARRAY, D_PLAIN, (block), 0, 0)
DELETE_FORM(_ZdlPvm, HB_CALL_DELETE_SIZED, D_SIZED, (block, size), 0, size)
DELETE_FORM(_ZdaPvm, HB_CALL_DELETE_ARRAY_SIZED, D_SIZED, (block, size), 0, size)
DELETE_FORM(_ZdlPvSt11align_val_t, HB_CALL_DELETE_ALIGNED, D_ALIGNED, (block, align), align, 0)
DELETE_FORM(_ZdaPvSt11align_val_t, HB_CALL_DELETE_ARRAY_ALIGNED, D_ALIGNED, (block, align), align,
            0)
DELETE_FORM(_ZdlPvmSt11align_val_t, HB_CALL_DELETE_SIZED_ALIGNED, D_BOTH, (block, size, align),
            align, size)
DELETE_FORM(_ZdaPvmSt11align_val_t, HB_CALL_DELETE_ARRAY_SIZED_ALIGNED, D_BOTH,
            (block, size, align), align, size)
DELETE_FORM(_ZdlPvRKSt9nothrow_t, HB_CALL_DELETE_NOTHROW, D_NOTHROW, (block, nothrow), 0, 0)
DELETE_FORM(_ZdaPvRKSt9nothrow_t, HB_CALL_DELETE_ARRAY_NOTHROW, D_NOTHROW, (block, nothrow), 0, 0)
DELETE_FORM(_ZdlPvSt11align_val_tRKSt9nothrow_t, HB_CALL_DELETE_ALIGNED_NOTHROW, D_ALL,
            (block, align, nothrow), align, 0)
DELETE_FORM(_ZdaPvSt11align_val_tRKSt9nothrow_t, HB_CALL_DELETE_ARRAY_ALIGNED_NOTHROW, D_ALL,
            (block, align, nothrow), align, 0)
