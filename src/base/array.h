/* Arrays that grow by one item at a time.
 * Read next: buf.h (bytes). */
#ifndef HB_BASE_ARRAY_H
#define HB_BASE_ARRAY_H

#include <stddef.h>

/* Room for one item more behind items[0..count), of item_bytes each: *capacity doubles where there
 * is none. The array, which may have moved; NULL without memory, and then items is what it was. */
void *hb_array_grown(void *items, size_t count, size_t *capacity, size_t item_bytes);

#endif
