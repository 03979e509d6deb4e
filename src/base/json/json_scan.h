/* The grammar of JSON (RFC 8259) over text alone: says where a text stops being JSON, and where
 * in it the n-th value stands. Builds nothing and allocates nothing.
 * Read next: json.h (which joins it with cJSON's trees). */
#ifndef HB_BASE_JSON_JSON_SCAN_H
#define HB_BASE_JSON_JSON_SCAN_H

#include <stddef.h>

#define HB_JSON_DEPTH_MAX  64
#define HB_JSON_NUMBER_MAX 63                 /* characters; cJSON's own limit */
#define HB_JSON_VALUES_MAX ((size_t)32 << 20) /* each costs 64 bytes of memory */

#define HB_JSON_NOWHERE ((size_t)-1)

/* Byte offsets of a value and of the key before it (HB_JSON_NOWHERE for none). */
struct hb_json_spot {
    size_t key, value;
};

struct hb_json_scan {
    /* in */
    const char *text;
    size_t size;
    size_t wanted; /* ordinal of the value to find, in the order they begin; the root is 0 */
    /* called after every member of an object, or NULL: where its key's quote is, and its value */
    void (*member)(void *user, size_t key, size_t value, size_t end);
    void *user;
    /* out */
    struct hb_json_spot spot; /* of the wanted value */
    size_t values;            /* how many there are */
    size_t fault;             /* offset of the first byte that is not JSON */
    const char *problem;      /* what is wrong there; NULL: nothing */
};

/* 0, or -1 with fault and problem set. Fill in what is "in"; the rest is overwritten. */
int hb_json_scan(struct hb_json_scan *scan);

/* Line and column (in characters, both from 1) of a byte offset. */
void hb_json_line_column(const char *text, size_t offset, unsigned long *line,
                         unsigned long *column);

#endif
