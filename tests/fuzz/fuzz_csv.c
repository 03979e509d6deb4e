/* CSV: a table has as many cells as its size says, each a string, found by its column's name. */
#include "fuzz.h"

#include "result/csv.h"

static void check_table(const struct hb_csv_table *table)
{
    HOLDS(table->column_count > 0);
    for (size_t row = 0; row < table->row_count; row++) {
        HOLDS(row == 0 || table->lines[row] >= table->lines[row - 1]);
        for (size_t i = 0; i < table->column_count; i++) {
            const char *cell = table->cells[row * table->column_count + i];
            HOLDS(strlen(cell) < SIZE_MAX);
            HOLDS(hb_csv_cell(table, row, table->columns[i]) == cell);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_csv_table table;
    struct hb_err err = {0};
    if (hb_csv_parse((const char *)data, size, "fuzz.csv", &table, &err) != 0) {
        check_refusal(&err);
        HOLDS(!table.columns && !table.cells);
        return 0;
    }
    check_table(&table);
    hb_csv_free(&table);
    return 0;
}
