/* Size profiles: a table that a worker would take, with every row drawn as often as one could say.
 */
#include "fuzz.h"

#include "plan/sizes.h"

static void check_table(const struct hb_sizes *sizes)
{
    const struct hb_size_table *table = sizes->table;
    uint32_t live_end = 0;
    HOLDS(table->magic == HB_SIZE_TABLE_MAGIC && table->count >= 1 &&
          table->count <= HB_SIZE_ROWS_MAX);
    HOLDS(sizes->bytes == sizeof *table + table->count * sizeof table->rows[0]);
    HOLDS(table->size_min >= 1 && table->size_max <= HB_SIZES_SIZE_MAX);
    for (uint32_t i = 0; i < table->count; i++) {
        const struct hb_size_row *row = &table->rows[i];
        HOLDS(row->size >= table->size_min && row->size <= table->size_max);
        HOLDS(row->other < table->count && row->live_end >= live_end);
        live_end = row->live_end;
    }
    HOLDS(live_end == UINT32_MAX && sizes->id != 0 && sizes->id >> 53 == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_sizes sizes;
    struct hb_err err = {0};
    if (hb_sizes_parse((const char *)data, size, "fuzz.csv", &sizes, &err) != 0) {
        check_refusal(&err);
        HOLDS(!sizes.table);
        return 0;
    }
    check_table(&sizes);
    hb_sizes_free(&sizes);
    return 0;
}
