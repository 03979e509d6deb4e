/* Android's memory_replay text, as bionic's malloc_debug records it (record_allocs): a line a call.
 *   TID: malloc POINTER SIZE [START END]
 *   TID: calloc POINTER COUNT SIZE [START END]
 *   TID: memalign POINTER ALIGNMENT SIZE [START END]      also for posix_memalign
 *   TID: realloc POINTER OLD_POINTER SIZE [START END [PRESENT]]
 *   TID: free POINTER [START END [PRESENT]]
 *   TID: thread_done 0x0 [END]
 * Pointers are hexadecimal, the rest decimal; times are nanoseconds of a clock of the phone's;
 * PRESENT is how many bytes of the block were resident, -1 unknown. A pointer that a call returned
 * may be 0x0. Their replay takes a second block at a live address (two threads' lines can change
 * places), and ends at a free of an unknown one.
 * Source: AOSP system/extras/memory_replay, traces/README and MemoryTrace.cpp. */
#include "traceio/fields.h"
#include "traceio/formats.h"

#include "base/copy.h"

#include <string.h>

struct replay_line {
    struct hb_foreign_call call;
    uint64_t start_ns; /* 0: it has no time */
};

enum { ARGUMENTS_MAX = 3 };

/* What stands behind the name of a call. */
static const struct shape {
    const char *name, *form;
    uint8_t function;
    char arguments[ARGUMENTS_MAX + 1]; /* p: pointer, o: old one, s: size, n: count, a: alignment */
} shapes[] = {
    {"malloc", "TID: malloc POINTER SIZE [START END]", HB_CALL_MALLOC, "ps"},
    {"free", "TID: free POINTER [START END [PRESENT]]", HB_CALL_FREE, "p"},
    {"realloc", "TID: realloc POINTER OLD_POINTER SIZE [START END [PRESENT]]", HB_CALL_REALLOC,
     "pos"},
    {"calloc", "TID: calloc POINTER COUNT SIZE [START END]", HB_CALL_CALLOC, "pns"},
    {"memalign", "TID: memalign POINTER ALIGNMENT SIZE [START END]", HB_CALL_MEMALIGN, "pas"},
    {"thread_done", "TID: thread_done 0x0 [END]", HB_CALL_THREAD_END, "p"},
};

static bool take_pointer(const char **at, uint64_t *pointer)
{
    (void)hb_field_word(at, "0x");
    return hb_field_hex(at, pointer);
}

/* A field with at least a blank before it. */
static bool take_number(const char **at, uint64_t *value)
{
    const char *start = *at;
    hb_field_blanks(at);
    if (*at != start && hb_field_decimal(at, value))
        return true;
    *at = start;
    return false;
}

static bool take_argument(const char **at, char kind, struct hb_foreign_call *call, uint64_t *count)
{
    uint64_t alignment;
    const char *start = *at;
    hb_field_blanks(at);
    if (*at == start)
        return false;
    switch (kind) {
    case 'p':
        return take_pointer(at, &call->address);
    case 'o':
        return take_pointer(at, &call->old_address);
    case 's':
        return hb_field_decimal(at, &call->size);
    case 'n':
        return hb_field_decimal(at, count);
    default: /* bionic rounds one up that is no power of two */
        return hb_field_decimal(at, &alignment) &&
               hb_field_align_log2(alignment, &call->align_log2);
    }
}

/* [START END [PRESENT]], or of the end of a thread [END]. 0 is no time. */
static bool take_times(const char **at, struct replay_line *line)
{
    uint64_t end_ns, present;
    if (!take_number(at, &line->start_ns) || line->call.function == HB_CALL_THREAD_END)
        return true;
    if (!take_number(at, &end_ns))
        return false;
    if (line->call.function != HB_CALL_FREE && line->call.function != HB_CALL_REALLOC)
        return true;
    if (!take_number(at, &present)) {
        hb_field_blanks(at);
        (void)hb_field_word(at, "-1");
    }
    return true;
}

static const struct shape *find_shape(const char **at)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (hb_field_word(at, shapes[i].name))
            return &shapes[i];
    }
    return NULL;
}

/* "TID:" and the name of the call; NULL when they are not there. */
static const struct shape *parse_start(const char **at, uint64_t *thread)
{
    hb_field_blanks(at);
    if (!hb_field_decimal(at, thread) || *thread > INT32_MAX || !hb_field_word(at, ":"))
        return NULL;
    hb_field_blanks(at);
    return find_shape(at);
}

/* NULL, or what was expected. */
static const char *parse_line(const char *text, size_t length, struct replay_line *line)
{
    const char *at = text;
    uint64_t count = 1;
    *line = (struct replay_line){.start_ns = 0};
    const struct shape *shape = parse_start(&at, &line->call.thread);
    if (!shape)
        return "TID: malloc, calloc, memalign, realloc, free or thread_done, TID from 0 to "
               "2147483647";
    line->call.function = shape->function;
    for (const char *kind = shape->arguments; *kind; kind++) {
        if (!take_argument(&at, *kind, &line->call, &count))
            return shape->form;
    }
    if (!take_times(&at, line))
        return shape->form;
    hb_field_blanks(&at);
    if (at != text + length)
        return shape->form;
    if (__builtin_mul_overflow(line->call.size, count, &line->call.size)) {
        if (line->call.address)
            return "COUNT times SIZE below 2^64 where there is a block";
        line->call.size = UINT64_MAX;
    }
    return NULL;
}

static bool recognise(const char *head, size_t size)
{
    const char *at = head;
    uint64_t thread;
    (void)size; /* a NUL ends it */
    return parse_start(&at, &thread) != NULL;
}

/* The first time is the trace's start. */
static int keep_time(struct hb_intake *intake, uint64_t ns, uint64_t first_ns, struct hb_err *err)
{
    return ns < first_ns ? hb_intake_backward(intake, err)
                         : hb_intake_clock(intake, ns - first_ns, err);
}

static int read_calls(struct hb_intake *intake, struct hb_err *err)
{
    struct replay_line line;
    uint64_t first_ns = 0;
    char *text;
    size_t length;
    int status;
    while ((status = hb_source_line(&intake->source, &text, &length, err)) > 0) {
        const char *expected = parse_line(text, length, &line);
        if (expected)
            return hb_source_expected(&intake->source, expected, text, err);
        if (intake->source.number == 1)
            HB_COPY(intake->header.maker,
                    line.start_ns ? "Android memory_replay" : "Android memory_replay, no times");
        if (!first_ns)
            first_ns = line.start_ns;
        if (line.start_ns && keep_time(intake, line.start_ns, first_ns, err) != 0)
            return -1;
        if (hb_intake_take(intake, &line.call, err) != 0)
            return -1;
    }
    return status;
}

const struct hb_foreign_format hb_format_memory_replay = {
    .name = "memory_replay",
    .form = "Android's memory_replay text (\"12345: malloc 0x7f00 16\")",
    .lacks = "which of the aligned functions was called; times, in text without them",
    .takes_shared = true,
    .recognise = recognise,
    .read = read_calls,
};
