/* Size profiles: a CSV of sizes, how often each is asked for and how long its blocks live, decoded
 * into a table that a workload draws from in constant time. Pure but for hb_sizes_read.
 * Read next: workload.h (struct hb_size_table), docs/workloads.md, "Size profiles". */
#ifndef HB_PLAN_SIZES_H
#define HB_PLAN_SIZES_H

#include "base/err.h"
#include "result/file.h"
#include "workload.h"

#include <stddef.h>
#include <stdint.h>

#define HB_SIZES_FILE_MAX ((size_t)16 << 20)
#define HB_SIZES_SIZE_MAX (UINT64_C(1) << 30)

/* Zeroed is valid to free. */
struct hb_sizes {
    struct hb_size_table *table;
    size_t bytes;      /* of the table with its rows */
    uint32_t left_out; /* rows that would come less often than once in 2^32 blocks */
    uint64_t id;       /* of the table's contents: the first 52 bits of its SHA-256; never 0 */
};

/* Columns: size (bytes, 1 to 1 GiB), rate (more than 0, of any unit of time), and lifetime (of the
 * same unit) or live (blocks at a time), each more than 0; without either all blocks live equally
 * long. The fleet's shape is read too: size, alloc_rate, num_live, with these names or without a
 * heading. HB_ERR_USAGE with path:line for anything else: a size twice, a column of another name or
 * two that say the same, a number out of its range, no row, more than HB_SIZE_ROWS_MAX. Rows that
 * are too rare are left out, so a size above 1 GiB is refused only where it would come. */
int hb_sizes_parse(const char *text, size_t size, const char *path, struct hb_sizes *sizes,
                   struct hb_err *err);
int hb_sizes_read(const char *path, struct hb_sizes *sizes, struct hb_err *err);

void hb_sizes_free(struct hb_sizes *sizes);

#endif
