/* heaptrack's files: a line's first letter says what it is, numbers are hexadecimal without "0x".
 *   v HEAPTRACK_VERSION [FILE_VERSION]   first; file versions 0 to 3
 *   X COMMAND                            what was recorded
 *   c MS                                 milliseconds since the start; about every 10
 *   + SIZE TRACE POINTER, - POINTER      raw, and all of file version 0: a block made, a block
 * freed a SIZE TRACE                         interpreted: the next allocation info, from 0
 *   + INFO, - INFO                       a block of that size and place made, one of them freed
 * Other lines (strings, modules, instructions, traces, memory in use) say where, not what. There
 * are no threads and no functions; a realloc that moved or not is a free and an allocation.
 * heaptrack leaves out frees of what it has not seen, as it has when it was attached, and a block
 * at a live address takes the place of the other. Interpreted, blocks of one size and place are not
 * told apart: the newest one is freed, as of most blocks that live a short time. Source: KDE
 * heaptrack, src/track/libheaptrack.cpp, src/interpret, src/analyze. */
#include "traceio/fields.h"
#include "traceio/formats.h"

#include "base/buf.h"
#include "base/copy.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#define FILE_VERSION_MAX 3u
#define NS_PER_MS        1000000u
#define OTHER_LINES      "#xXSIsmtiRA"

enum form { FORM_UNKNOWN, FORM_RAW, FORM_INTERPRETED };

/* Of a size and place: its blocks that are live, the newest first. */
struct info {
    uint64_t size;
    uint64_t newest; /* place in blocks, from 1; 0: none */
};

struct live {
    uint64_t address; /* made up: a number of its own */
    uint64_t next;
};

struct heaptrack {
    struct hb_intake *intake;
    enum form form;
    struct info *infos;
    size_t info_count, info_capacity;
    struct live *blocks;
    size_t block_count, block_capacity;
    uint64_t free_place; /* in blocks, as `newest` */
    uint64_t made;
    const char *line;
    struct hb_err *err;
};

static int refuse(const struct heaptrack *h, const char *expected)
{
    return hb_source_expected(&h->intake->source, expected, h->line, h->err);
}

/* `count` numbers with a blank between, and nothing behind them. */
static bool take_numbers(const char *at, unsigned count, uint64_t *values)
{
    for (unsigned i = 0; i < count; i++) {
        if ((i && !hb_field_word(&at, " ")) || !hb_field_hex(&at, &values[i]))
            return false;
    }
    hb_field_blanks(&at);
    return *at == '\0';
}

static int take_call(struct heaptrack *h, uint8_t function, uint64_t address, uint64_t size)
{
    const struct hb_foreign_call call = {.address = address, .size = size, .function = function};
    return hb_intake_take(h->intake, &call, h->err);
}

/* ---- interpreted ---- */

static int add_info(struct heaptrack *h, uint64_t size)
{
    struct info *infos =
        hb_array_grown(h->infos, h->info_count, &h->info_capacity, sizeof *h->infos);
    if (!infos)
        return hb_err_memory(h->err, h->intake->source.path);
    h->infos = infos;
    h->infos[h->info_count++] = (struct info){.size = size};
    return 0;
}

static struct info *find_info(const struct heaptrack *h, uint64_t index)
{
    return index < h->info_count ? &h->infos[index] : NULL;
}

/* A place for one more, of those that were freed if there are. 0 without memory. */
static uint64_t new_place(struct heaptrack *h)
{
    const uint64_t place = h->free_place;
    if (place) {
        h->free_place = h->blocks[place - 1].next;
        return place;
    }
    struct live *blocks =
        hb_array_grown(h->blocks, h->block_count, &h->block_capacity, sizeof *h->blocks);
    if (!blocks)
        return 0;
    h->blocks = blocks;
    return ++h->block_count;
}

static int make_of(struct heaptrack *h, uint64_t index)
{
    struct info *info = find_info(h, index);
    if (!info)
        return refuse(h, "\"+ INFO\" of an allocation info above (\"a SIZE TRACE\")");
    const uint64_t place = new_place(h);
    if (!place)
        return hb_err_memory(h->err, h->intake->source.path);
    h->blocks[place - 1] = (struct live){.address = ++h->made, .next = info->newest};
    info->newest = place;
    return take_call(h, HB_CALL_MALLOC, h->made, info->size);
}

static int free_of(struct heaptrack *h, uint64_t index)
{
    struct info *info = find_info(h, index);
    if (!info || !info->newest)
        return refuse(h, "\"- INFO\" of an allocation info with a live block");
    const uint64_t place = info->newest;
    struct live *block = &h->blocks[place - 1];
    info->newest = block->next;
    block->next = h->free_place;
    h->free_place = place;
    return take_call(h, HB_CALL_FREE, block->address, 0);
}

/* ---- lines ---- */

/* Which of the two forms the file has is seen at the first line of a block or an info. */
static int settle(struct heaptrack *h, enum form form)
{
    if (h->form == FORM_UNKNOWN) {
        h->form = form;
        HB_COPY(h->intake->header.maker, form == FORM_RAW
                                             ? "heaptrack; times of 10 ms, no threads, no realloc"
                                             : "heaptrack, interpreted; no threads, blocks alike");
    }
    return h->form == form
               ? 0
               : refuse(h, h->form == FORM_RAW ? "lines of a raw file (\"+ SIZE TRACE POINTER\")"
                                               : "lines of an interpreted file (\"+ INFO\")");
}

static int read_made(struct heaptrack *h, const char *rest)
{
    uint64_t values[3];
    if (take_numbers(rest, 1, values))
        return settle(h, FORM_INTERPRETED) == 0 ? make_of(h, values[0]) : -1;
    if (!take_numbers(rest, 3, values) || !values[2])
        return refuse(h, "\"+ SIZE TRACE POINTER\" or \"+ INFO\", in hexadecimal");
    return settle(h, FORM_RAW) == 0 ? take_call(h, HB_CALL_MALLOC, values[2], values[0]) : -1;
}

static int read_freed(struct heaptrack *h, const char *rest)
{
    uint64_t value;
    if (!take_numbers(rest, 1, &value))
        return refuse(h, "\"- POINTER\" or \"- INFO\", in hexadecimal");
    if (h->form == FORM_INTERPRETED)
        return free_of(h, value);
    return settle(h, FORM_RAW) == 0 ? take_call(h, HB_CALL_FREE, value, 0) : -1;
}

static int read_info(struct heaptrack *h, const char *rest)
{
    uint64_t values[2];
    if (!take_numbers(rest, 2, values))
        return refuse(h, "\"a SIZE TRACE\", in hexadecimal");
    return settle(h, FORM_INTERPRETED) == 0 ? add_info(h, values[0]) : -1;
}

static int read_time(struct heaptrack *h, const char *rest)
{
    uint64_t ms;
    if (!take_numbers(rest, 1, &ms) || ms > UINT64_MAX / NS_PER_MS)
        return refuse(h, "\"c MILLISECONDS\", in hexadecimal");
    return hb_intake_clock(h->intake, ms * NS_PER_MS, h->err);
}

static int read_version(struct heaptrack *h, const char *rest)
{
    uint64_t values[2] = {0, 0};
    if (!take_numbers(rest, 2, values) && !take_numbers(rest, 1, values))
        return refuse(h, "\"v HEAPTRACK_VERSION FILE_VERSION\", in hexadecimal");
    return values[1] <= FILE_VERSION_MAX ? 0 : refuse(h, "a file version from 0 to 3");
}

static int read_line(struct heaptrack *h, size_t length)
{
    const char *rest = length > 2 && h->line[1] == ' ' ? h->line + 2 : "";
    if (h->intake->source.number == 1 && h->line[0] != 'v')
        return refuse(h, "\"v HEAPTRACK_VERSION FILE_VERSION\" first");
    switch (h->line[0]) {
    case '+':
        return read_made(h, rest);
    case '-':
        return read_freed(h, rest);
    case 'a':
        return read_info(h, rest);
    case 'c':
        return read_time(h, rest);
    case 'v':
        return read_version(h, rest);
    case 'X':
        HB_COPY(h->intake->header.command, rest);
        hb_utf8_repair(h->intake->header.command);
        return 0;
    default:
        if (length == 0 || (h->line[0] && strchr(OTHER_LINES, h->line[0])))
            return 0;
        return refuse(h, "a line of heaptrack's: v, X, c, a, +, - or one of " OTHER_LINES);
    }
}

static bool recognise(const char *head, size_t size)
{
    uint64_t version;
    (void)size; /* a NUL ends it */
    return hb_field_word(&head, "v ") && hb_field_hex(&head, &version) &&
           (*head == ' ' || *head == '\n' || *head == '\r');
}

static int read_calls(struct hb_intake *intake, struct hb_err *err)
{
    struct heaptrack h = {.intake = intake, .err = err};
    char *line;
    size_t length;
    int status;
    while ((status = hb_source_line(&intake->source, &line, &length, err)) > 0) {
        h.line = line;
        if (read_line(&h, length) != 0) {
            status = -1;
            break;
        }
    }
    free(h.infos);
    free(h.blocks);
    return status;
}

const struct hb_foreign_format hb_format_heaptrack = {
    .name = "heaptrack",
    .form = "heaptrack's (\"v 10550 3\", then lines of a letter each)",
    .lacks = "threads, functions (a realloc is a free and a malloc), alignments, times but every "
             "10 ms",
    .takes_unknown = true,
    .takes_shared = true,
    .recognise = recognise,
    .read = read_calls,
};
