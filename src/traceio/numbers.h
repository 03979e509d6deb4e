/* What a foreign number stands for: the number of a block by its address, of a thread by its id. A
 * hash table with open addressing, 16 bytes an entry, at most half full: memory grows with what is
 * there at a time. Hashed with a seed of this process, so that no file can choose where it
 * collides. One key may be there several times, up to HB_NUMBERS_SAME_MAX: the oldest is found
 * first. Read next: intake.h. */
#ifndef HB_TRACEIO_NUMBERS_H
#define HB_TRACEIO_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

#define HB_NUMBERS_SAME_MAX 16u

struct hb_number_entry {
    uint64_t key;   /* the file's */
    uint64_t value; /* ours; 0: the place is free */
};

/* Zeroed is empty, and valid to free. */
struct hb_numbers {
    struct hb_number_entry *entries; /* [mask + 1]; NULL: none yet */
    size_t mask, count;
    uint64_t seed;
};

/* The value of the oldest entry with this key; 0 without one. */
uint64_t hb_numbers_find(const struct hb_numbers *numbers, uint64_t key);

/* How often a key is there. */
unsigned hb_numbers_same(const struct hb_numbers *numbers, uint64_t key);

/* Adds a value, which is not 0. -1 without memory. */
int hb_numbers_add(struct hb_numbers *numbers, uint64_t key, uint64_t value);

/* Removes the oldest entry with this key and returns its value; 0 without one. */
uint64_t hb_numbers_take(struct hb_numbers *numbers, uint64_t key);

void hb_numbers_free(struct hb_numbers *numbers);

#endif
