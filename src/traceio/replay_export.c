/* A trace as Android's memory_replay text: see foreign.h; the form is in format_memory_replay.c. */
#include "traceio/foreign.h"

#include <errno.h>
#include <inttypes.h>

#define BYTES_A_BLOCK 16u
#define PAGE_BYTES    4096u /* valloc's and pvalloc's alignment, where it was recorded */

/* The function of their text that comes nearest. */
static uint8_t nearest(const struct hb_trace_event *event)
{
    const struct hb_trace_function_info *info = &hb_trace_functions[event->function];
    switch (info->kind) {
    case HB_TRACE_ALLOCATE:
        if (event->function == HB_CALL_CALLOC)
            return HB_CALL_CALLOC;
        if (info->has_alignment || event->function == HB_CALL_VALLOC ||
            event->function == HB_CALL_PVALLOC)
            return HB_CALL_MEMALIGN;
        return HB_CALL_MALLOC;
    case HB_TRACE_REALLOCATE:
        return HB_CALL_REALLOC;
    case HB_TRACE_FREE:
        return HB_CALL_FREE;
    default:
        return HB_CALL_THREAD_END;
    }
}

static uint64_t alignment_of(const struct hb_trace_event *event)
{
    return hb_trace_functions[event->function].has_alignment ? UINT64_C(1) << event->align_log2
                                                             : PAGE_BYTES;
}

static void write_call(const struct hb_trace_event *event, uint8_t function, FILE *to)
{
    const uint64_t address = event->id * BYTES_A_BLOCK;
    (void)fprintf(to, "%" PRIu32 ": ", event->thread + 1);
    switch (function) {
    case HB_CALL_MALLOC:
        (void)fprintf(to, "malloc 0x%" PRIx64 " %" PRIu64, address, event->size);
        break;
    case HB_CALL_CALLOC:
        (void)fprintf(to, "calloc 0x%" PRIx64 " 1 %" PRIu64, address, event->size);
        break;
    case HB_CALL_MEMALIGN:
        (void)fprintf(to, "memalign 0x%" PRIx64 " %" PRIu64 " %" PRIu64, address,
                      alignment_of(event), event->size);
        break;
    case HB_CALL_REALLOC:
        (void)fprintf(to, "realloc 0x%" PRIx64 " 0x%" PRIx64 " %" PRIu64, address,
                      event->old_id * BYTES_A_BLOCK, event->size);
        break;
    case HB_CALL_FREE:
        (void)fprintf(to, "free 0x%" PRIx64, address);
        break;
    default:
        (void)fputs("thread_done 0x0", to);
        break;
    }
}

static void write_event(const struct hb_trace_event *event, bool has_times, FILE *to,
                        struct hb_replay_losses *losses)
{
    const uint8_t function = nearest(event);
    if (event->failed) {
        losses->failed++;
        return;
    }
    losses->functions += function != event->function;
    losses->sizes += function == HB_CALL_FREE && event->size != 0;
    write_call(event, function, to);
    if (has_times)
        (void)fprintf(to, " %" PRIu64, event->time_ns + 1);
    if (has_times && function != HB_CALL_THREAD_END)
        (void)fprintf(to, " %" PRIu64, event->time_ns + 1);
    (void)putc('\n', to);
}

int hb_replay_export(struct hb_trace_reader *reader, bool no_times, FILE *to,
                     struct hb_replay_losses *losses, struct hb_err *err)
{
    const struct hb_trace_totals *totals = &hb_trace_header_of(reader)->totals;
    const bool has_times = !no_times && totals->time_ns > 0;
    struct hb_trace_event event;
    int status;
    *losses = (struct hb_replay_losses){.failed = 0};
    if (totals->made > UINT64_MAX / BYTES_A_BLOCK || totals->threads >= INT32_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "more blocks or threads than the text can name");
    while ((status = hb_trace_next(reader, &event, err)) > 0 && !ferror(to))
        write_event(&event, has_times, to, losses);
    if (status >= 0 && (fflush(to) != 0 || ferror(to)))
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot write the text");
    return status;
}
