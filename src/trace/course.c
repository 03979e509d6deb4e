/* What may follow on what in a trace: see course.h. */
#include "trace/course.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WORD_BITS 64u

static bool has_ended(const struct hb_course *course, uint32_t thread)
{
    const size_t word = thread / WORD_BITS;
    return word < course->ended_words && course->ended[word] >> (thread % WORD_BITS) & 1;
}

static int note_end(struct hb_course *course, uint32_t thread, struct hb_err *err)
{
    const size_t word = thread / WORD_BITS;
    if (word >= course->ended_words) {
        const size_t words = (word + 1) * 2;
        uint64_t *grown = realloc(course->ended, words * sizeof *grown);
        if (!grown)
            return hb_err_memory(err, "threads of a trace");
        memset(grown + course->ended_words, 0, (words - course->ended_words) * sizeof *grown);
        course->ended = grown;
        course->ended_words = words;
    }
    course->ended[word] |= UINT64_C(1) << (thread % WORD_BITS);
    return 0;
}

/* ---- refusals, out of the way of what is quick ---- */

static int refuse_thread(const struct hb_course *course, uint32_t thread, struct hb_err *err)
{
    if (thread > course->totals.threads)
        return hb_err_set(err, HB_ERR_USAGE,
                          "thread %u; expected one of the %u so far, or the next", thread,
                          course->totals.threads);
    return hb_err_set(err, HB_ERR_USAGE, "thread %u has ended; expected no event of it", thread);
}

static int refuse_time(const struct hb_course *course, uint64_t time_ns, struct hb_err *err)
{
    return hb_err_set(err, HB_ERR_USAGE,
                      "time %llu ns; expected %llu or more, that of the event before",
                      (unsigned long long)time_ns, (unsigned long long)course->totals.time_ns);
}

static int refuse_old(const struct hb_trace_event *event, uint64_t name, struct hb_err *err)
{
    return hb_err_set(err, HB_ERR_USAGE, "%s of block %llu; expected one that is live",
                      hb_trace_functions[event->function].name, (unsigned long long)name);
}

static int refuse_made(const struct hb_course *course, const struct hb_trace_event *event,
                       struct hb_err *err)
{
    if (event->size > HB_TRACE_SIZE_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "a block of %llu bytes; expected at most %llu",
                          (unsigned long long)event->size, (unsigned long long)HB_TRACE_SIZE_MAX);
    if (hb_blocks_find(&course->blocks, event->id))
        return hb_err_set(err, HB_ERR_USAGE, "%s makes block %llu; expected one that is not live",
                          hb_trace_functions[event->function].name, (unsigned long long)event->id);
    return hb_err_set(err, HB_ERR_USAGE, "%llu live bytes and %llu more; expected a sum below 2^63",
                      (unsigned long long)course->totals.live_bytes,
                      (unsigned long long)event->size);
}

/* ---- the event ---- */

static int check_caller(const struct hb_course *course, const struct hb_trace_event *event,
                        struct hb_err *err)
{
    if (event->function >= HB_CALLS)
        return hb_err_set(err, HB_ERR_USAGE, "function %u; expected 0 to %d", event->function,
                          HB_CALLS - 1);
    if (event->thread > course->totals.threads || has_ended(course, event->thread))
        return refuse_thread(course, event->thread, err);
    if (event->align_log2 >= 64)
        return hb_err_set(err, HB_ERR_USAGE, "an alignment of 2^%u; expected at most 2^63",
                          event->align_log2);
    return event->time_ns < course->totals.time_ns ? refuse_time(course, event->time_ns, err) : 0;
}

/* found: the entry of the block that is replaced, which may have the new one's name. */
static bool may_make(const struct hb_course *course, const struct hb_trace_event *event,
                     const struct hb_block_entry *found)
{
    if (event->size > HB_TRACE_SIZE_MAX ||
        event->size > HB_TRACE_SIZE_MAX - course->totals.live_bytes)
        return false;
    if (event->id > course->highest_name)
        return true;
    const struct hb_block_entry *there = hb_blocks_find(&course->blocks, event->id);
    return !there || there == found;
}

static void end_block(struct hb_course *course, struct hb_block_entry *entry)
{
    course->totals.live_bytes -= entry->size;
    course->totals.live_blocks--;
    hb_blocks_remove(&course->blocks, entry);
}

static void make_block(struct hb_course *course, const struct hb_trace_event *event, uint64_t value)
{
    struct hb_trace_totals *totals = &course->totals;
    const struct hb_block_entry entry = {.name = event->id,
                                         .value = value,
                                         .size = event->size,
                                         .thread = event->thread,
                                         .function = event->function,
                                         .align_log2 = event->align_log2};
    hb_blocks_add(&course->blocks, &entry);
    if (event->id > course->highest_name)
        course->highest_name = event->id;
    totals->made++;
    totals->live_blocks++;
    totals->live_bytes += event->size;
    if (totals->live_bytes > totals->peak_live_bytes)
        totals->peak_live_bytes = totals->live_bytes;
}

/* The name of the block that the event is handed; 0: none is. */
static uint64_t name_of_old(const struct hb_trace_event *event, enum hb_trace_kind kind)
{
    return kind == HB_TRACE_FREE ? event->id : kind == HB_TRACE_REALLOCATE ? event->old_id : 0;
}

int hb_course_take(struct hb_course *course, const struct hb_trace_event *event, uint64_t value,
                   struct hb_block_entry *old, struct hb_err *err)
{
    struct hb_block_entry *found = NULL;
    *old = (struct hb_block_entry){.name = 0};
    if (check_caller(course, event, err) != 0)
        return -1;
    const enum hb_trace_kind kind = hb_trace_kind_of(event);
    const uint64_t name = name_of_old(event, kind);
    const bool makes = kind <= HB_TRACE_REALLOCATE && event->id;
    /* Before any entry is found: it may move them. */
    if (makes && hb_blocks_reserve(&course->blocks) != 0)
        return hb_err_memory(err, "live blocks of a trace");
    if (name) {
        found = hb_blocks_find(&course->blocks, name);
        if (!found)
            return refuse_old(event, name, err);
        *old = *found;
    }
    if (makes && !may_make(course, event, found))
        return refuse_made(course, event, err);
    if (kind == HB_TRACE_THREAD_END && note_end(course, event->thread, err) != 0)
        return -1;
    if (found && (kind == HB_TRACE_FREE || makes || event->size == 0))
        end_block(course, found);
    if (makes)
        make_block(course, event, value);
    course->totals.events++;
    course->totals.time_ns = event->time_ns;
    course->totals.threads += event->thread == course->totals.threads;
    return 0;
}

void hb_course_free(struct hb_course *course)
{
    hb_blocks_free(&course->blocks);
    free(course->ended);
    *course = (struct hb_course){.ended_words = 0};
}
