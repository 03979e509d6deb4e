/* Linear probing; a removal moves the entries behind it up. Both keep the order of equal keys.
 * See numbers.h. */
#include "traceio/numbers.h"

#include <stdlib.h>
#include <sys/random.h>
#include <xxhash.h>

#define FIRST_PLACES ((size_t)1024)

static size_t home(const struct hb_numbers *numbers, uint64_t key)
{
    return (size_t)XXH3_64bits_withSeed(&key, sizeof key, numbers->seed) & numbers->mask;
}

/* The place of the oldest entry with this key, or the free one where the search ends. */
static size_t place(const struct hb_numbers *numbers, uint64_t key)
{
    size_t at = home(numbers, key);
    while (numbers->entries[at].value && numbers->entries[at].key != key)
        at = (at + 1) & numbers->mask;
    return at;
}

uint64_t hb_numbers_find(const struct hb_numbers *numbers, uint64_t key)
{
    return numbers->entries ? numbers->entries[place(numbers, key)].value : 0;
}

unsigned hb_numbers_same(const struct hb_numbers *numbers, uint64_t key)
{
    unsigned same = 0;
    if (!numbers->entries)
        return 0;
    for (size_t at = place(numbers, key); numbers->entries[at].value; at = (at + 1) & numbers->mask)
        same += numbers->entries[at].key == key;
    return same;
}

static void put(struct hb_numbers *numbers, const struct hb_number_entry *entry)
{
    size_t at = home(numbers, entry->key);
    while (numbers->entries[at].value)
        at = (at + 1) & numbers->mask;
    numbers->entries[at] = *entry;
    numbers->count++;
}

/* From behind a free place on, once around: so equal keys come in their order. */
static void put_all(struct hb_numbers *to, const struct hb_numbers *from)
{
    size_t start = 0;
    while (from->entries[start].value)
        start++;
    for (size_t i = 0; i <= from->mask; i++) {
        const struct hb_number_entry *entry = &from->entries[(start + i) & from->mask];
        if (entry->value)
            put(to, entry);
    }
}

static int grow(struct hb_numbers *numbers)
{
    struct hb_numbers grown = {.seed = numbers->seed};
    const size_t places = numbers->entries ? (numbers->mask + 1) * 2 : FIRST_PLACES;
    grown.entries = calloc(places, sizeof *grown.entries);
    if (!grown.entries)
        return -1;
    grown.mask = places - 1;
    if (numbers->entries)
        put_all(&grown, numbers);
    else if (getrandom(&grown.seed, sizeof grown.seed, GRND_NONBLOCK) < 0)
        grown.seed = (uint64_t)(uintptr_t)grown.entries;
    free(numbers->entries);
    *numbers = grown;
    return 0;
}

int hb_numbers_add(struct hb_numbers *numbers, uint64_t key, uint64_t value)
{
    if ((!numbers->entries || (numbers->count + 1) * 2 > numbers->mask + 1) && grow(numbers) != 0)
        return -1;
    put(numbers, &(struct hb_number_entry){.key = key, .value = value});
    return 0;
}

/* An entry may move up to the gap unless its home lies between the two. */
static void remove_at(struct hb_numbers *numbers, size_t gap)
{
    for (size_t at = (gap + 1) & numbers->mask; numbers->entries[at].value;
         at = (at + 1) & numbers->mask) {
        const size_t from_home = (at - home(numbers, numbers->entries[at].key)) & numbers->mask;
        if (from_home >= ((at - gap) & numbers->mask)) {
            numbers->entries[gap] = numbers->entries[at];
            gap = at;
        }
    }
    numbers->entries[gap].value = 0;
    numbers->count--;
}

uint64_t hb_numbers_take(struct hb_numbers *numbers, uint64_t key)
{
    if (!numbers->entries)
        return 0;
    const size_t at = place(numbers, key);
    const uint64_t value = numbers->entries[at].value;
    if (value)
        remove_at(numbers, at);
    return value;
}

void hb_numbers_free(struct hb_numbers *numbers)
{
    free(numbers->entries);
    *numbers = (struct hb_numbers){.count = 0};
}
