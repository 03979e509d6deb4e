/* What superslabs have free: see longest.h. */
#include "longest.h"

#include "os.h"

#include <string.h>

#define LINE   HK_LONGEST_LINE
#define LEVELS 4u
#define CHUNKS HK_SIZE(1024u, 256u) /* of LINE * LINE superslabs: 16 TiB */

static_assert(CHUNKS <= LINE * LINE && LINE % 8 == 0, "four levels, eight bytes at a time");

struct line {
    _Alignas(8) uint8_t most[LINE];
};
/* What lies below one line of level 1. Chunks never move. */
struct chunk {
    struct line below[HK_LONGEST_KINDS][LINE], above[HK_LONGEST_KINDS];
};

static struct line first_line[HK_LONGEST_KINDS]; /* in the page that all processes use */
static struct chunk *first_chunk;
HK_TABLE static struct chunk *chunks[CHUNKS]; /* the others */
HK_TABLE static struct line middle[HK_LONGEST_KINDS][CHUNKS / LINE], top[HK_LONGEST_KINDS];

static struct chunk **chunk_pointer(size_t number)
{
    return number ? &chunks[number] : &first_chunk;
}

static struct line *line_at(enum hk_longest_kind kind, unsigned level, size_t number)
{
    switch (level) {
    case 0:
        return number ? &(*chunk_pointer(number / LINE))->below[kind][number % LINE]
                      : &first_line[kind];
    case 1:
        return &(*chunk_pointer(number))->above[kind];
    case 2:
        return &middle[kind][number];
    default:
        return &top[kind];
    }
}

static uint8_t most_of(const struct line *line)
{
    uint8_t most = 0;
    for (unsigned i = 0; i < LINE; i++)
        most = line->most[i] > most ? line->most[i] : most;
    return most;
}

/* Eight bytes at a time: none is above 64, so that the sums carry into no neighbour. LINE: none. */
static unsigned first_in(const struct line *line, unsigned least)
{
    const uint64_t each = UINT64_C(0x0101010101010101), more = each * (128 - least);
    for (unsigned i = 0; i < LINE; i += 8) {
        uint64_t word;
        memcpy(&word, &line->most[i], sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        const uint64_t found = (word + more) & each << 7;
        if (found)
            return i + hk_lowest_bit(found) / 8;
    }
    return LINE;
}

void hk_longest_set(enum hk_longest_kind kind, size_t super, unsigned longest)
{
    const unsigned levels = first_chunk ? LEVELS : 1;
    uint8_t most = (uint8_t)longest;
    for (unsigned level = 0; level < levels; level++) {
        struct line *line = line_at(kind, level, super / LINE);
        if (line->most[super % LINE] == most)
            return;
        line->most[super % LINE] = most;
        most = most_of(line);
        super /= LINE;
    }
}

size_t hk_longest_first(enum hk_longest_kind kind, unsigned least)
{
    size_t number = 0;
    for (unsigned level = first_chunk ? LEVELS : 1; level-- > 0;) {
        const unsigned at = first_in(line_at(kind, level, number), least);
        if (at == LINE)
            return SIZE_MAX;
        number = number * LINE + at;
    }
    return number;
}

/* With the first chunk there are levels above: they hear of the first line. */
static void tell_of_first_line(void)
{
    for (unsigned kind = 0; kind < HK_LONGEST_KINDS; kind++) {
        const uint8_t most = most_of(&first_line[kind]);
        for (unsigned level = 1; level < LEVELS; level++)
            line_at(kind, level, 0)->most[0] = most;
    }
}

bool hk_longest_prepare(size_t super)
{
    const size_t number = super / (LINE * LINE);
    if (super < LINE || (number < CHUNKS && *chunk_pointer(number)))
        return true;
    struct chunk *chunk =
        number < CHUNKS ? hk_os_map(hk_round_up(sizeof *chunk, HK_GRANULE)) : NULL;
    if (!chunk)
        return false;
    *chunk_pointer(number) = chunk;
    if (number == 0)
        tell_of_first_line();
    return true;
}

void hk_longest_clear(void)
{
    memset(first_line, 0, sizeof first_line);
    if (!first_chunk)
        return;
    for (size_t number = 0; number < CHUNKS; number++) {
        if (*chunk_pointer(number))
            memset(*chunk_pointer(number), 0, sizeof(struct chunk));
    }
    memset(middle, 0, sizeof middle);
    memset(top, 0, sizeof top);
}

/* ---- in debug builds ---- */

#ifdef HK_DEBUG
bool hk_longest_is(enum hk_longest_kind kind, size_t super, unsigned longest)
{
    return line_at(kind, 0, super / LINE)->most[super % LINE] == longest;
}

/* Of the lines below one at level `level` + 1, those that are there. */
static bool level_valid(enum hk_longest_kind kind, unsigned level, size_t lines)
{
    for (size_t number = 0; number < lines; number++) {
        const size_t chunk = level == 0 ? number / LINE : number;
        if (level < 2 && !*chunk_pointer(chunk))
            continue;
        const uint8_t above = line_at(kind, level + 1, number / LINE)->most[number % LINE];
        if (most_of(line_at(kind, level, number)) != above)
            return false;
    }
    return true;
}

bool hk_longest_valid(void)
{
    bool valid = true;
    for (unsigned kind = 0; first_chunk && kind < HK_LONGEST_KINDS; kind++)
        valid = valid && level_valid(kind, 0, CHUNKS * LINE) && level_valid(kind, 1, CHUNKS) &&
                level_valid(kind, 2, CHUNKS / LINE);
    return valid;
}
#endif
