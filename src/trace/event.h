/* One call of malloc's family as a trace has it: what was asked for, of which block, by which
 * thread, and when. Blocks have numbers in place of addresses.
 * Pure. Read next: reader.h, docs/trace-format.md. */
#ifndef HB_TRACE_EVENT_H
#define HB_TRACE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

/* What an event does to blocks. */
enum hb_trace_kind {
    HB_TRACE_ALLOCATE,   /* makes a block */
    HB_TRACE_REALLOCATE, /* makes a block in place of another one, which may be NULL */
    HB_TRACE_FREE,
    HB_TRACE_THREAD_END /* no call: the thread is gone, and has no event after this one */
};

/* Which function was called. The numbers are those of the file: none is ever given away again. */
enum hb_trace_function {
    HB_CALL_THREAD_END = 0, /* none was */
    HB_CALL_MALLOC,
    HB_CALL_CALLOC,
    HB_CALL_REALLOC,
    HB_CALL_REALLOCARRAY,
    HB_CALL_FREE,
    HB_CALL_FREE_SIZED,
    HB_CALL_FREE_ALIGNED_SIZED,
    HB_CALL_POSIX_MEMALIGN,
    HB_CALL_ALIGNED_ALLOC,
    HB_CALL_MEMALIGN,
    HB_CALL_VALLOC,
    HB_CALL_PVALLOC,
    /* The operators of C++; an array's form is the one after the single object's. */
    HB_CALL_NEW,
    HB_CALL_NEW_ARRAY,
    HB_CALL_NEW_NOTHROW,
    HB_CALL_NEW_ARRAY_NOTHROW,
    HB_CALL_NEW_ALIGNED,
    HB_CALL_NEW_ARRAY_ALIGNED,
    HB_CALL_NEW_ALIGNED_NOTHROW,
    HB_CALL_NEW_ARRAY_ALIGNED_NOTHROW,
    HB_CALL_DELETE,
    HB_CALL_DELETE_ARRAY,
    HB_CALL_DELETE_SIZED,
    HB_CALL_DELETE_ARRAY_SIZED,
    HB_CALL_DELETE_ALIGNED,
    HB_CALL_DELETE_ARRAY_ALIGNED,
    HB_CALL_DELETE_SIZED_ALIGNED,
    HB_CALL_DELETE_ARRAY_SIZED_ALIGNED,
    HB_CALL_DELETE_NOTHROW,
    HB_CALL_DELETE_ARRAY_NOTHROW,
    HB_CALL_DELETE_ALIGNED_NOTHROW,
    HB_CALL_DELETE_ARRAY_ALIGNED_NOTHROW,
    HB_CALLS
};

struct hb_trace_function_info {
    const char *name; /* "malloc", "operator new[]" */
    enum hb_trace_kind kind;
    bool has_size;      /* of the arguments, one is the size */
    bool has_alignment; /* and one the alignment */
};
extern const struct hb_trace_function_info hb_trace_functions[HB_CALLS];

/* A block as it was made. */
struct hb_trace_birth {
    uint64_t size; /* bytes asked for */
    uint64_t time_ns;
    uint32_t thread;
    uint8_t function; /* enum hb_trace_function */
    uint8_t align_log2;
};

struct hb_trace_event {
    uint64_t time_ns; /* since the trace's start; never less than the event's before */
    uint64_t id;     /* of the block that the call made: 1, 2, 3 ... in the order of the file; 0: it
                        made none. Of a FREE the block freed, 0: free(NULL) */
    uint64_t old_id; /* of a REALLOCATE: the block handed in, 0: NULL was. What comes out is always
                        a new block, wherever it lies */
    uint64_t size;   /* bytes asked for, count * size of calloc and reallocarray (UINT64_MAX when
                        that is beyond it); of a FREE what a sized form said, else 0 */
    uint32_t thread; /* 0, 1, 2 ... in the order of their first events; never used again */
    uint8_t function; /* enum hb_trace_function */
    uint8_t
        align_log2; /* asked for by the forms that have an alignment; 0: none, or no power of 2 */
    bool failed; /* the allocator said no: id is 0, and of a REALLOCATE the old block stays. False
                    where 0 bytes were asked for: realloc(block, 0) that gives NULL has freed it */

    /* Filled by the reader, ignored by the writer: the block that this FREE or REALLOCATE was
     * handed, as it was made; zeroed where it was NULL. */
    struct hb_trace_birth old;
};

static inline enum hb_trace_kind hb_trace_kind_of(const struct hb_trace_event *event)
{
    return hb_trace_functions[event->function].kind;
}

/* The block that the event ends, or 0: a reallocation that failed ends none. */
static inline uint64_t hb_trace_ended(const struct hb_trace_event *event)
{
    switch (hb_trace_kind_of(event)) {
    case HB_TRACE_FREE:
        return event->id;
    case HB_TRACE_REALLOCATE:
        return event->failed ? 0 : event->old_id;
    default:
        return 0;
    }
}

/* The block that the event makes, or 0. */
static inline uint64_t hb_trace_made(const struct hb_trace_event *event)
{
    return hb_trace_kind_of(event) == HB_TRACE_FREE ? 0 : event->id;
}

#endif
