/* Firefox's logalloc lines (MALLOC_LOG), raw or as logalloc_munge.py left them:
 *   PID [TID] FUNCTION(ARGUMENTS)[=RESULT]
 *   18545 18545 malloc(32)=0x7f90495120e0
 *   18545 18545 posix_memalign(256,240)=0x7f9049583300
 *   1 1 realloc(#1,64)=#1
 * Numbers are decimal; a pointer is 0x and hexadecimal digits, 0x0 where the call failed, or # and
 * a place. A file may have several processes: their replay takes the first one's lines, as this
 * does. Old files have no TID. free of NULL became a place of its own that no call returned, so an
 * unknown pointer is nothing wrong; that script leaves out what it has not seen made. It overwrites
 * what is at a live address. Source: mozilla-central memory/replace/logalloc: README, LogAlloc.cpp,
 * replay/. */
#include "traceio/fields.h"
#include "traceio/formats.h"

#include "base/copy.h"

#include <string.h>

#define EXPECTED "PID TID FUNCTION(ARGUMENTS)=RESULT"

enum { ARGUMENTS_MAX = 2 };

static const struct shape {
    const char *name, *form;
    uint8_t function; /* HB_CALL_THREAD_END: no call of the family */
    bool has_result;
    char arguments[ARGUMENTS_MAX + 1]; /* f: pointer freed, o: reallocated, s: size, n: count,
                                          a: alignment */
} shapes[] = {
    {"malloc", "malloc(SIZE)=POINTER", HB_CALL_MALLOC, true, "s"},
    {"free", "free(POINTER)", HB_CALL_FREE, false, "f"},
    {"realloc", "realloc(POINTER,SIZE)=POINTER", HB_CALL_REALLOC, true, "os"},
    {"calloc", "calloc(COUNT,SIZE)=POINTER", HB_CALL_CALLOC, true, "ns"},
    {"posix_memalign", "posix_memalign(ALIGNMENT,SIZE)=POINTER", HB_CALL_POSIX_MEMALIGN, true,
     "as"},
    {"aligned_alloc", "aligned_alloc(ALIGNMENT,SIZE)=POINTER", HB_CALL_ALIGNED_ALLOC, true, "as"},
    {"memalign", "memalign(ALIGNMENT,SIZE)=POINTER", HB_CALL_MEMALIGN, true, "as"},
    {"valloc", "valloc(SIZE)=POINTER", HB_CALL_VALLOC, true, "s"},
    {"jemalloc_stats", "jemalloc_stats()", HB_CALL_THREAD_END, false, ""},
};

struct log_line {
    uint64_t process;
    struct hb_foreign_call call;
    bool is_query;
};

static bool take_pointer(const char **at, uint64_t *pointer)
{
    if (hb_field_word(at, "#"))
        return hb_field_decimal(at, pointer);
    return hb_field_word(at, "0x") && hb_field_hex(at, pointer);
}

/* Of an alignment that is no power of two the call fails; 0 stands for it. */
static bool take_argument(const char **at, char kind, struct hb_foreign_call *call, uint64_t *count)
{
    uint64_t alignment;
    switch (kind) {
    case 'f':
        return take_pointer(at, &call->address);
    case 'o':
        return take_pointer(at, &call->old_address);
    case 's':
        return hb_field_decimal(at, &call->size);
    case 'n':
        return hb_field_decimal(at, count);
    default:
        if (!hb_field_decimal(at, &alignment))
            return false;
        if (alignment & (alignment - 1))
            alignment = 0;
        return hb_field_align_log2(alignment, &call->align_log2);
    }
}

/* "FUNCTION(" */
static const struct shape *take_function(const char **at)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const char *behind = *at;
        if (hb_field_word(&behind, shapes[i].name) && hb_field_word(&behind, "(")) {
            *at = behind;
            return &shapes[i];
        }
    }
    return NULL;
}

/* "PID [TID] FUNCTION("; NULL when they are not there. */
static const struct shape *parse_start(const char **at, struct log_line *line)
{
    hb_field_blanks(at);
    if (!hb_field_decimal(at, &line->process) || !hb_field_word(at, " "))
        return NULL;
    if (!hb_field_decimal(at, &line->call.thread))
        line->call.thread = line->process;
    else if (!hb_field_word(at, " "))
        return NULL;
    return take_function(at);
}

/* "ARGUMENTS)[=RESULT]" to the end. */
static bool parse_call(const char *at, const char *end, const struct shape *shape,
                       struct hb_foreign_call *call)
{
    uint64_t count = 1;
    for (const char *kind = shape->arguments; *kind; kind++) {
        if (kind != shape->arguments && !hb_field_word(&at, ","))
            return false;
        if (!take_argument(&at, *kind, call, &count))
            return false;
    }
    if (!hb_field_word(&at, ")"))
        return false;
    if (shape->has_result && !(hb_field_word(&at, "=") && take_pointer(&at, &call->address)))
        return false;
    hb_field_blanks(&at);
    if (__builtin_mul_overflow(call->size, count, &call->size)) {
        if (call->address)
            return false;
        call->size = UINT64_MAX;
    }
    return at == end;
}

/* NULL, or what was expected. */
static const char *parse_line(const char *text, size_t length, struct log_line *line)
{
    const char *at = text;
    *line = (struct log_line){.is_query = false};
    const struct shape *shape = parse_start(&at, line);
    if (!shape)
        return EXPECTED " of malloc, calloc, realloc, free, posix_memalign, aligned_alloc, "
                        "memalign, valloc or jemalloc_stats";
    line->call.function = shape->function;
    line->is_query = shape->function == HB_CALL_THREAD_END;
    return parse_call(at, text + length, shape, &line->call) ? NULL : shape->form;
}

static int take_line(struct hb_intake *intake, const struct log_line *line, struct hb_err *err)
{
    if (!intake->process)
        intake->process = line->process;
    if (!intake->header.pid)
        intake->header.pid = intake->process > UINT32_MAX ? 0 : (uint32_t)intake->process;
    if (line->process != intake->process) {
        intake->counts.others++;
        return 0;
    }
    intake->counts.queries += line->is_query;
    return line->is_query ? 0 : hb_intake_take(intake, &line->call, err);
}

static bool recognise(const char *head, size_t size)
{
    const char *at = head;
    struct log_line line;
    (void)size; /* a NUL ends it */
    return parse_start(&at, &line) != NULL;
}

static int read_calls(struct hb_intake *intake, struct hb_err *err)
{
    struct log_line line;
    char *text;
    size_t length;
    int status;
    HB_COPY(intake->header.maker, "Firefox logalloc, no times");
    while ((status = hb_source_line(&intake->source, &text, &length, err)) > 0) {
        const char *expected = parse_line(text, length, &line);
        if (expected)
            return hb_source_expected(&intake->source, expected, text, err);
        if (take_line(intake, &line, err) != 0)
            return -1;
    }
    return status;
}

const struct hb_foreign_format hb_format_logalloc = {
    .name = "logalloc",
    .form = "Firefox's logalloc (\"12345 12345 malloc(16)=0x7f00\")",
    .lacks = "times, ends of threads, operators of C++",
    .takes_unknown = true,
    .takes_shared = true,
    .recognise = recognise,
    .read = read_calls,
};
