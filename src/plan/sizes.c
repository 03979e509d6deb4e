/* Size profiles: see sizes.h. Rows are read into an array of doubles, sorted, and become the table.
 * Alias method: Walker 1977, with the two work lists of Vose 1991. */
#include "plan/sizes.h"

#include "base/quote.h"
#include "result/csv.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TWO_32 4294967296.0

struct row {
    uint64_t size;
    double rate, live;
    unsigned long line;
};

struct reader {
    const struct hb_csv_table *csv;
    const char *path;
    struct hb_err *err;
    const char *rate, *live, *lifetime; /* names of columns; live and lifetime may be NULL */
    struct row *rows;
    size_t count;
    double rates, lives; /* sums */
};

/* ---- cells ---- */

/* The fleet's files have a blank behind each comma. */
static const char *cell_of(const struct reader *r, size_t row, const char *column)
{
    const char *text = hb_csv_cell(r->csv, row, column);
    return text + strspn(text, " ");
}

static int fault(const struct reader *r, size_t row, const char *column, const char *expected)
{
    return hb_err_set(r->err, HB_ERR_USAGE, "%s:%lu: column %s: expected %s, found %s", r->path,
                      r->csv->lines[row], column, expected,
                      hb_quote(hb_csv_cell(r->csv, row, column)).text);
}

static int read_number(const struct reader *r, size_t row, const char *column, double *value)
{
    const char *text = cell_of(r, row, column);
    const size_t length = strspn(text, "0123456789+-.eE");
    char *end;
    *value = strtod(text, &end);
    if (length == 0 || end != text + length || text[length + strspn(text + length, " ")] ||
        !isnormal(*value) || *value <= 0) /* near 0 a double has too few digits to divide by */
        return fault(r, row, column, "a number above 0");
    return 0;
}

/* Above what a block may have is no fault yet: it may be too rare to come. */
static int read_size(const struct reader *r, size_t row, uint64_t *size)
{
    const char *text = cell_of(r, row, "size");
    const size_t length = strspn(text, "0123456789");
    if (length < 1 || length > 18 || text[length + strspn(text + length, " ")] ||
        (*size = strtoull(text, NULL, 10)) == 0)
        return fault(r, row, "size", "a whole number of bytes, 1 or more");
    return 0;
}

static int read_row(struct reader *r, size_t at)
{
    struct row *row = &r->rows[at];
    double lifetime = 1;
    *row = (struct row){.line = r->csv->lines[at]};
    if (read_size(r, at, &row->size) != 0 || read_number(r, at, r->rate, &row->rate) != 0)
        return -1;
    if (r->live)
        return read_number(r, at, r->live, &row->live);
    if (r->lifetime && read_number(r, at, r->lifetime, &lifetime) != 0)
        return -1;
    row->live = row->rate * lifetime; /* Little 1961 */
    return isnormal(row->live) ? 0
                               : fault(r, at, r->lifetime, "a lifetime that the rate goes with");
}

/* ---- columns ---- */

static const char *const usual[] = {"size", "rate", "lifetime", "live"};
static const char *const fleets[] = {"size", "alloc_rate", "num_live"};

static bool has_column(const struct hb_csv_table *csv, const char *name)
{
    for (size_t i = 0; i < csv->column_count; i++)
        if (strcmp(csv->columns[i], name) == 0)
            return true;
    return false;
}

static int wrong_columns(const struct reader *r, const char *problem)
{
    return hb_err_set(r->err, HB_ERR_USAGE,
                      "%s:1: %s; expected size, rate and lifetime or live (or the fleet's size, "
                      "alloc_rate, num_live)",
                      r->path, problem);
}

static int find_columns(struct reader *r)
{
    const struct hb_csv_table *csv = r->csv;
    size_t known = 0;
    r->rate = has_column(csv, "rate") ? "rate" : "alloc_rate";
    r->lifetime = has_column(csv, "lifetime") ? "lifetime" : NULL;
    r->live = has_column(csv, "live") ? "live" : has_column(csv, "num_live") ? "num_live" : NULL;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        known += has_column(csv, usual[i]);
    for (size_t i = 1; i < sizeof fleets / sizeof *fleets; i++)
        known += has_column(csv, fleets[i]);
    if (!has_column(csv, "size") || !has_column(csv, r->rate))
        return wrong_columns(r, "no column of sizes, or none of rates");
    if (has_column(csv, "rate") && has_column(csv, "alloc_rate"))
        return wrong_columns(r, "two columns of rates");
    if (r->live && r->lifetime)
        return wrong_columns(r, "lifetimes and live counts: one follows from the other");
    if (known != csv->column_count || known > 3)
        return wrong_columns(r, "a column that is none of a size profile's");
    return 0;
}

/* ---- rows ---- */

static int by_size(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    return a->size != b->size ? (a->size > b->size) - (a->size < b->size)
                              : (a->line > b->line) - (a->line < b->line);
}

static int by_lifetime(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    const double mine = a->live / a->rate, others = b->live / b->rate;
    return mine != others ? (mine > others) - (mine < others) : by_size(left, right);
}

/* Those that come less often than a draw can say are left out. */
static int drop_rare(struct reader *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct row *row = &r->rows[i];
        if (row->rate / r->rates < 1 / TWO_32)
            continue;
        if (row->size > HB_SIZES_SIZE_MAX)
            return hb_err_set(
                r->err, HB_ERR_USAGE,
                "%s:%lu: column size: %llu bytes are above 1 GiB, and come more often "
                "than once in 2^32 blocks",
                r->path, row->line, (unsigned long long)row->size);
        r->lives += row->live;
        r->rows[kept++] = *row;
    }
    r->count = kept;
    r->rates = 0;
    for (size_t i = 0; i < kept; i++)
        r->rates += r->rows[i].rate;
    return 0;
}

static int check_rows(struct reader *r)
{
    if (r->count == 0)
        return hb_err_set(r->err, HB_ERR_USAGE, "%s: a size profile without a row", r->path);
    qsort(r->rows, r->count, sizeof *r->rows, by_size);
    for (size_t i = 0; i < r->count; i++) {
        r->rates += r->rows[i].rate;
        if (i > 0 && r->rows[i].size == r->rows[i - 1].size)
            return hb_err_set(r->err, HB_ERR_USAGE, "%s:%lu: the size %llu is on line %lu as well",
                              r->path, r->rows[i].line, (unsigned long long)r->rows[i].size,
                              r->rows[i - 1].line);
    }
    if (!isfinite(r->rates))
        return hb_err_set(r->err, HB_ERR_USAGE, "%s: the rates add up to no number", r->path);
    if (drop_rare(r) != 0)
        return -1;
    if (!isfinite(r->lives))
        return hb_err_set(r->err, HB_ERR_USAGE, "%s: the live blocks add up to no number", r->path);
    qsort(r->rows, r->count, sizeof *r->rows, by_lifetime);
    return 0;
}

/* ---- the table ---- */

/* Each cell holds what is left of its own row's share, and the rest of it is another row's. */
static void fill_cells(const struct reader *r, struct hb_size_table *table, double *left,
                       uint32_t *small, uint32_t *large)
{
    size_t smalls = 0, larges = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        left[i] = r->rows[i].rate / r->rates * (double)r->count;
        if (left[i] < 1)
            small[smalls++] = i;
        else
            large[larges++] = i;
        table->rows[i].limit = UINT32_MAX;
        table->rows[i].other = i;
    }
    while (smalls > 0 && larges > 0) {
        const uint32_t one = small[--smalls], other = large[larges - 1];
        table->rows[one].limit = (uint32_t)fmin(left[one] * TWO_32 + 0.5, UINT32_MAX);
        table->rows[one].other = other;
        left[other] -= 1 - left[one];
        if (left[other] >= 1)
            continue;
        larges--;
        small[smalls++] = other;
    }
}

static void fill_rows(const struct reader *r, struct hb_size_table *table)
{
    double lives = 0;
    for (size_t i = 0; i < r->count; i++) {
        const uint32_t size = (uint32_t)r->rows[i].size;
        lives += r->rows[i].live;
        table->rows[i].size = size;
        table->rows[i].live_end =
            i + 1 == r->count ? UINT32_MAX : (uint32_t)fmin(lives / r->lives * TWO_32, UINT32_MAX);
        if (i == 0 || size < table->size_min)
            table->size_min = size;
        if (size > table->size_max)
            table->size_max = size;
    }
}

static int build(const struct reader *r, struct hb_sizes *sizes)
{
    char hex[HB_SHA256_TEXT];
    double *left = calloc(r->count + 1, sizeof *left);
    uint32_t *lists = calloc(2 * r->count, sizeof *lists);
    sizes->bytes = sizeof *sizes->table + r->count * sizeof sizes->table->rows[0];
    sizes->table = calloc(1, sizes->bytes);
    const bool is_there = left && lists && sizes->table;
    if (is_there) {
        sizes->table->magic = HB_SIZE_TABLE_MAGIC;
        sizes->table->count = (uint32_t)r->count;
        fill_cells(r, sizes->table, left, lists, lists + r->count);
        fill_rows(r, sizes->table);
        hb_sha256_text(sizes->table, sizes->bytes, hex);
        hex[13] = '\0';
        sizes->id = strtoull(hex, NULL, 16) | 1;
    }
    free(left);
    free(lists);
    if (is_there)
        return 0;
    hb_sizes_free(sizes);
    return hb_err_memory(r->err, r->path);
}

static int read_table(struct reader *r, struct hb_sizes *sizes)
{
    if (find_columns(r) != 0)
        return -1;
    if (r->csv->row_count > HB_SIZE_ROWS_MAX)
        return hb_err_set(r->err, HB_ERR_USAGE, "%s:%lu: more than %u sizes", r->path,
                          r->csv->lines[HB_SIZE_ROWS_MAX], HB_SIZE_ROWS_MAX);
    r->rows = calloc(r->csv->row_count + 1, sizeof *r->rows);
    if (!r->rows)
        return hb_err_memory(r->err, r->path);
    for (; r->count < r->csv->row_count; r->count++)
        if (read_row(r, r->count) != 0)
            return -1;
    if (check_rows(r) != 0)
        return -1;
    sizes->left_out = (uint32_t)(r->csv->row_count - r->count);
    return build(r, sizes);
}

/* ---- the whole ---- */

/* A file whose first line is of numbers has no heading: it is the fleet's. */
static int parse_csv(const char *text, size_t size, const char *path, struct hb_csv_table *csv,
                     struct hb_err *err)
{
    size_t at = 0;
    while (at < size && strchr(" \r\n", text[at]))
        at++;
    if (at < size && isdigit((unsigned char)text[at]))
        return hb_csv_parse_bare(text, size, path, fleets, sizeof fleets / sizeof *fleets, csv,
                                 err);
    return hb_csv_parse(text, size, path, csv, err);
}

int hb_sizes_parse(const char *text, size_t size, const char *path, struct hb_sizes *sizes,
                   struct hb_err *err)
{
    struct hb_csv_table csv;
    *sizes = (struct hb_sizes){0};
    if (parse_csv(text, size, path, &csv, err) != 0)
        return -1;
    struct reader r = {.csv = &csv, .path = path, .err = err};
    const int status = read_table(&r, sizes);
    free(r.rows);
    hb_csv_free(&csv);
    return status;
}

int hb_sizes_read(const char *path, struct hb_sizes *sizes, struct hb_err *err)
{
    struct hb_buf text = {0};
    *sizes = (struct hb_sizes){0};
    int status = hb_file_read_text(path, HB_SIZES_FILE_MAX, &text, err);
    if (status == 0)
        status = hb_sizes_parse(hb_buf_string(&text), text.size, path, sizes, err);
    hb_buf_free(&text);
    return status;
}

void hb_sizes_free(struct hb_sizes *sizes)
{
    free(sizes->table);
    *sizes = (struct hb_sizes){0};
}
