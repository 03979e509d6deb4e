/* See intake.h. */
#include "traceio/intake.h"

#include "base/unit.h"

#include <stdio.h>

typedef unsigned long long ull;

int hb_intake_backward(struct hb_intake *intake, struct hb_err *err)
{
    intake->counts.backward++;
    return intake->strict ? hb_source_refuse(&intake->source, err,
                                             "expected a time that is not before the one above")
                          : 0;
}

int hb_intake_clock(struct hb_intake *intake, uint64_t ns, struct hb_err *err)
{
    if (ns < intake->now_ns)
        return hb_intake_backward(intake, err);
    intake->now_ns = ns;
    return 0;
}

/* ---- threads ---- */

/* Ids are the kernel's and come again: after its end a thread's id is another thread's. */
static int find_thread(struct hb_intake *intake, const struct hb_foreign_call *call,
                       uint32_t *thread, struct hb_err *err)
{
    const bool ends = call->function == HB_CALL_THREAD_END;
    uint64_t number = ends ? hb_numbers_take(&intake->threads, call->thread)
                           : hb_numbers_find(&intake->threads, call->thread);
    if (!number) {
        if (intake->threads.count >= HB_INTAKE_THREADS_MAX || intake->threads_begun == UINT32_MAX)
            return hb_source_refuse(&intake->source, err,
                                    "thread %llu is one of more than %u; expected fewer",
                                    (ull)call->thread, HB_INTAKE_THREADS_MAX);
        number = (uint64_t)intake->threads_begun + 1;
        if (!ends && hb_numbers_add(&intake->threads, call->thread, number) != 0)
            return hb_err_memory(err, intake->source.path);
        intake->threads_begun++;
    }
    *thread = (uint32_t)(number - 1);
    return 0;
}

/* ---- blocks ---- */

/* Who has records has no addresses, but slots: that one has the number and 1. */
static struct hb_text place_of(const struct hb_intake *intake, uint64_t address)
{
    struct hb_text text;
    (void)snprintf(text.text, sizeof text.text, intake->source.has_records ? "slot %llu" : "0x%llx",
                   (ull)(intake->source.has_records ? address - 1 : address));
    return text;
}

static int refuse_old(const struct hb_intake *intake, const char *function, uint64_t address,
                      struct hb_err *err)
{
    return hb_source_refuse(&intake->source, err, "%s of %s: expected one with a live block",
                            function, place_of(intake, address).text);
}

static int refuse_new(const struct hb_intake *intake, uint64_t address, unsigned same,
                      struct hb_err *err)
{
    return hb_source_refuse(&intake->source, err,
                            "a block at %s: expected a place without a live one, found %u there",
                            place_of(intake, address).text, same);
}

/* The block at this address; `ends` takes it out of those that are live. *name is 0 for NULL, and
 * for one that nobody saw made. */
static int find_block(struct hb_intake *intake, const char *function, uint64_t address, bool ends,
                      uint64_t *name, struct hb_err *err)
{
    *name = !address ? 0
            : ends   ? hb_numbers_take(&intake->blocks, address)
                     : hb_numbers_find(&intake->blocks, address);
    if (*name || !address)
        return 0;
    intake->counts.unknown++;
    if (!intake->takes_unknown || intake->strict)
        return refuse_old(intake, function, address, err);
    return 0;
}

static int add_block(struct hb_intake *intake, const struct hb_foreign_call *call, uint64_t *name,
                     struct hb_err *err)
{
    const unsigned same = hb_numbers_same(&intake->blocks, call->address);
    if (same) {
        intake->counts.shared++;
        if (!intake->takes_shared || intake->strict || same >= HB_NUMBERS_SAME_MAX)
            return refuse_new(intake, call->address, same, err);
    }
    *name = ++intake->made;
    return hb_numbers_add(&intake->blocks, call->address, *name) == 0
               ? 0
               : hb_err_memory(err, intake->source.path);
}

/* ---- events ---- */

static int put(struct hb_intake *intake, const struct hb_trace_event *event, struct hb_err *err)
{
    struct hb_err own; /* 1 KiB: too much to clear for every call */
    own.kind = HB_ERR_NONE;
    if (!intake->writer &&
        hb_trace_create_fd(intake->fd, intake->output, &intake->header, &intake->writer, err) != 0)
        return -1;
    if (hb_trace_put(intake->writer, event, &own) == 0)
        return 0;
    if (own.kind == HB_ERR_USAGE)
        return hb_source_refuse(&intake->source, err, "%s", own.message);
    if (err->kind == HB_ERR_NONE)
        *err = own;
    return -1;
}

/* The blocks of an event. 1: the event is left out, for the block was not seen made. */
static int find_blocks(struct hb_intake *intake, const struct hb_foreign_call *call,
                       struct hb_trace_event *event, struct hb_err *err)
{
    const char *function = hb_trace_functions[call->function].name;
    const bool fails = !call->address && call->size; /* of a reallocation: the block stays */
    switch (hb_trace_functions[call->function].kind) {
    case HB_TRACE_FREE:
        if (find_block(intake, function, call->address, true, &event->id, err) != 0)
            return -1;
        return call->address && !event->id;
    case HB_TRACE_REALLOCATE:
        if (find_block(intake, function, call->old_address, !fails, &event->old_id, err) != 0)
            return -1;
        return call->address ? add_block(intake, call, &event->id, err)
                             : call->old_address && !event->old_id;
    case HB_TRACE_ALLOCATE:
        return call->address ? add_block(intake, call, &event->id, err) : 0;
    default:
        return 0;
    }
}

int hb_intake_take(struct hb_intake *intake, const struct hb_foreign_call *call, struct hb_err *err)
{
    struct hb_trace_event event = {.time_ns = intake->now_ns,
                                   .size = call->size,
                                   .function = call->function,
                                   .align_log2 = call->align_log2};
    const int left_out = find_blocks(intake, call, &event, err);
    if (left_out)
        return left_out < 0 ? -1 : 0;
    if (find_thread(intake, call, &event.thread, err) != 0)
        return -1;
    return put(intake, &event, err);
}
