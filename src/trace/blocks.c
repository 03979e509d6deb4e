/* The blocks that are live: see blocks.h. Linear probing; a removal moves the entries behind it up,
 * so that there are no graves and a table that was full once is as quick as a new one. */
#include "trace/blocks.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BITS 10u

struct hb_block_entry *hb_blocks_find(const struct hb_blocks *blocks, uint64_t name)
{
    if (!blocks->entries)
        return NULL;
    for (size_t at = hb_blocks_home(blocks, name);; at = (at + 1) & blocks->mask) {
        struct hb_block_entry *entry = &blocks->entries[at];
        if (entry->name == name)
            return entry;
        if (!entry->name)
            return NULL;
    }
}

void hb_blocks_add(struct hb_blocks *blocks, const struct hb_block_entry *entry)
{
    size_t at = hb_blocks_home(blocks, entry->name);
    while (blocks->entries[at].name)
        at = (at + 1) & blocks->mask;
    blocks->entries[at] = *entry;
    blocks->count++;
}

int hb_blocks_reserve(struct hb_blocks *blocks)
{
    if (blocks->entries && (blocks->count + 1) * 2 <= blocks->mask + 1)
        return 0;
    const unsigned bits = blocks->entries ? 64 - blocks->shift + 1 : FIRST_BITS;
    struct hb_blocks grown = {.mask = ((size_t)1 << bits) - 1, .shift = 64 - bits};
    grown.entries = calloc(grown.mask + 1, sizeof *grown.entries);
    if (!grown.entries)
        return -1;
    for (size_t i = 0; blocks->entries && i <= blocks->mask; i++) {
        if (blocks->entries[i].name)
            hb_blocks_add(&grown, &blocks->entries[i]);
    }
    free(blocks->entries);
    *blocks = grown;
    return 0;
}

/* An entry may move up to the gap unless its home lies between the two. */
void hb_blocks_remove(struct hb_blocks *blocks, struct hb_block_entry *entry)
{
    size_t gap = (size_t)(entry - blocks->entries);
    for (size_t at = (gap + 1) & blocks->mask; blocks->entries[at].name;
         at = (at + 1) & blocks->mask) {
        const size_t from_home =
            (at - hb_blocks_home(blocks, blocks->entries[at].name)) & blocks->mask;
        if (from_home >= ((at - gap) & blocks->mask)) {
            blocks->entries[gap] = blocks->entries[at];
            gap = at;
        }
    }
    blocks->entries[gap].name = 0;
    blocks->count--;
}

int hb_blocks_copy(struct hb_blocks *to, const struct hb_blocks *from)
{
    *to = *from;
    if (!from->entries)
        return 0;
    to->entries = malloc((from->mask + 1) * sizeof *to->entries);
    if (!to->entries) {
        *to = (struct hb_blocks){.count = 0};
        return -1;
    }
    memcpy(to->entries, from->entries, (from->mask + 1) * sizeof *to->entries);
    return 0;
}

void hb_blocks_free(struct hb_blocks *blocks)
{
    free(blocks->entries);
    *blocks = (struct hb_blocks){.count = 0};
}
