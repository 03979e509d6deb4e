/* plan/sizes: size profiles, and what is drawn from their tables. Shares are worked out by hand
 * from the files; the chi-square limits are the 99.9 % points: 27.877 with 9 degrees of
 * freedom, 1142.87 with 999 (Wilson, Hilferty 1931). */
#include "unit/cmocka.h"

#include "plan/sizes.h"

#include "loop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hb_sizes sizes;

static int teardown(void **state)
{
    (void)state;
    hb_sizes_free(&sizes);
    return 0;
}

static void read_text(const char *text)
{
    struct hb_err err = {0};
    hb_sizes_free(&sizes);
    if (hb_sizes_parse(text, strlen(text), "x.csv", &sizes, &err) != 0)
        fail_msg("%s", err.message);
}

static uint32_t row_of(uint32_t size)
{
    uint32_t row = 0;
    while (row < sizes.table->count && sizes.table->rows[row].size != size)
        row++;
    assert_true(row < sizes.table->count);
    return row;
}

/* The share of all 32-bit draws in all cells, counted, not the code's own sum. */
static double share_of(uint32_t size)
{
    const uint32_t row = row_of(size);
    double draws = 0;
    for (uint32_t i = 0; i < sizes.table->count; i++) {
        const struct hb_size_row *cell = &sizes.table->rows[i];
        if (i == row)
            draws += cell->limit;
        if (cell->other == row)
            draws += 4294967296.0 - cell->limit;
    }
    return draws / 4294967296.0 / sizes.table->count;
}

static double live_of(uint32_t size)
{
    const uint32_t row = row_of(size);
    const double before = row ? sizes.table->rows[row - 1].live_end : 0;
    return (sizes.table->rows[row].live_end - before) / 4294967296.0;
}

static void near(double value, double wanted)
{
    if (fabs(value - wanted) > 1e-8)
        fail_msg("%.12f is not %.12f", value, wanted);
}

static void rates_are_shares_of_the_draws(void **state)
{
    (void)state;
    read_text("size,rate\n10,1\n20,2\n30,5\n");
    near(share_of(10), 0.125);
    near(share_of(20), 0.25);
    near(share_of(30), 0.625);
    read_text("size,rate\n8,1\n16,1\n24,1\n");
    near(share_of(8), 1.0 / 3);
    near(share_of(24), 1.0 / 3);
    read_text("size,rate\n7,0.3\n");
    near(share_of(7), 1);
    assert_int_equal(sizes.table->size_min, 7);
    assert_int_equal(sizes.table->size_max, 7);
    read_text("size,rate\n1,1e300\n2,3e300\n");
    near(share_of(2), 0.75);
}

/* live = rate * lifetime: 1*100, 2*10, 5*16 of 200. Rows come in order of their lifetimes. */
static void lifetimes_are_shares_of_the_live_blocks(void **state)
{
    (void)state;
    read_text("lifetime,size,rate\n100,10,1\n10,20,2\n16,30,5\n");
    near(live_of(10), 0.5);
    near(live_of(20), 0.1);
    near(live_of(30), 0.4);
    assert_int_equal(sizes.table->rows[0].size, 20);
    assert_int_equal(sizes.table->rows[1].size, 30);
    assert_int_equal(sizes.table->rows[2].size, 10);
    assert_int_equal(sizes.table->rows[2].live_end, UINT32_MAX);
    read_text("size,rate,live\n10,1,100\n20,2,20\n30,5,80\n");
    near(live_of(10), 0.5);
    near(live_of(20), 0.1);
    read_text("size,rate\n10,1\n20,3\n"); /* all live equally long */
    near(live_of(10), 0.25);
    near(live_of(20), 0.75);
}

static void fleets_shape_is_read_with_and_without_its_heading(void **state)
{
    (void)state;
    const char *const bodies[] = {"1, 2.5, 30\n64, 7.5, 10\n", "1, 2.5, 30\r\n64, 7.5, 10",
                                  "\n\n1,2.5 ,30 \n64 , 7.5,10\n"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        char text[200];
        for (int headed = 0; headed < 2; headed++) {
            (void)snprintf(text, sizeof text, "%s%s", headed ? "size,alloc_rate,num_live\n" : "",
                           bodies[i]);
            read_text(text);
            assert_int_equal(sizes.table->count, 2);
            near(share_of(1), 0.25);
            near(live_of(1), 0.75);
            assert_int_equal(sizes.table->rows[0].size, 64); /* 10 / 7.5 is the shorter life */
        }
    }
    read_text("5,5,5\n"); /* three alike are no heading of one column thrice */
    assert_int_equal(sizes.table->size_max, 5);
}

/* 1 MB of draws from a profile of ten rows: chi-square with 9 degrees of freedom. */
static void draws_come_as_often_as_their_rates(void **state)
{
    (void)state;
    static const double rates[] = {1, 3, 0.5, 20, 7, 11, 0.02, 40, 2, 15.48};
    char text[400] = "size,rate,live\n";
    double sum = 0, chi_square = 0;
    uint64_t counts[10] = {0};
    for (size_t i = 0; i < 10; i++) {
        sum += rates[i];
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%zu,%g,%zu\n", i + 1,
                       rates[i], 10 - i);
    }
    read_text(text);
    uint64_t random = hb_loop_seed(20261127);
    for (size_t draw = 0; draw < 1000000; draw++) {
        random = hb_loop_next(random);
        counts[sizes.table->rows[hb_loop_row(random, sizes.table)].size - 1]++;
    }
    for (size_t i = 0; i < 10; i++) {
        const double expected = rates[i] / sum * 1e6;
        chi_square += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
    }
    if (chi_square > 27.877)
        fail_msg("chi-square %g", chi_square);
}

/* Each cell's row and its other one, 1000 rows: no bit of a random number is used twice, as a bias
 * between cell and limit would show. 999 degrees of freedom. */
static void draws_of_many_rows_come_as_often_as_their_rates(void **state)
{
    (void)state;
    enum { ROWS = 1000, DRAWS = 5000000 };
    static uint64_t counts[ROWS + 1];
    char *text = malloc(ROWS * 40), *at = text;
    double sum = 0, chi_square = 0;
    assert_non_null(text);
    at += sprintf(at, "size,rate\n");
    for (int i = 1; i <= ROWS; i++) {
        sum += 1 + i * i % 97;
        at += sprintf(at, "%d,%d\n", i, 1 + i * i % 97);
    }
    read_text(text);
    free(text);
    uint64_t random = hb_loop_seed(4711);
    for (size_t draw = 0; draw < DRAWS; draw++) {
        random = hb_loop_next(random);
        counts[sizes.table->rows[hb_loop_row(random, sizes.table)].size]++;
    }
    for (int i = 1; i <= ROWS; i++) {
        const double expected = (1 + i * i % 97) / sum * DRAWS;
        chi_square += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
    }
    if (chi_square > 1142.87)
        fail_msg("chi-square %g", chi_square);
}

static void rare_sizes_are_left_out(void **state)
{
    (void)state;
    read_text("size,rate,live\n16,4294967296,1\n32,2,1\n120259084288,0.9,1\n64,0.5,1\n");
    assert_int_equal(sizes.table->count, 2);
    assert_int_equal(sizes.left_out, 2);
    assert_int_equal(sizes.table->size_max, 32);
    near(live_of(16), 0.5);
}

static void number_of_a_profile_is_that_of_its_contents(void **state)
{
    (void)state;
    read_text("size,rate,live\n10,1,100\n20,2,20\n");
    const uint64_t id = sizes.id;
    assert_true(id > 0 && id < UINT64_C(1) << 53);
    read_text("size,rate,live\n20,4,40\n10,2,200\n"); /* the same in another order and unit */
    assert_true(sizes.id == id);
    read_text("size,rate,live\n10,1,100\n20,2,21\n");
    assert_true(sizes.id != id);
}

static void refused(const char *text, const char *message)
{
    struct hb_err err = {0};
    hb_sizes_free(&sizes);
    assert_int_equal(hb_sizes_parse(text, strlen(text), "x.csv", &sizes, &err), -1);
    assert_string_equal(err.message, message);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_null(sizes.table);
}

#define EXPECTED                                                                                   \
    "; expected size, rate and lifetime or live (or the fleet's size, alloc_rate, num_live)"

static void other_columns_are_refused(void **state)
{
    (void)state;
    refused("", "x.csv:1: expected a heading, found nothing");
    refused("rate,live\n1,1\n", "x.csv:1: no column of sizes, or none of rates" EXPECTED);
    refused("size,live\n1,1\n", "x.csv:1: no column of sizes, or none of rates" EXPECTED);
    refused("size,rate,lives\n1,1,1\n",
            "x.csv:1: a column that is none of a size profile's" EXPECTED);
    refused("size,rate,live,lifetime\n1,1,1,1\n",
            "x.csv:1: lifetimes and live counts: one follows from the other" EXPECTED);
    refused("size,rate,alloc_rate\n1,1,1\n", "x.csv:1: two columns of rates" EXPECTED);
    refused("size,rate,live,num_live\n1,1,1,1\n",
            "x.csv:1: a column that is none of a size profile's" EXPECTED);
    refused("1,2\n", "x.csv:1: expected 3 cells, as in the heading, found 2");
    refused("1,2,3\n4,5\n", "x.csv:2: expected 3 cells, as in the heading, found 2");
}

static void other_cells_are_refused_with_their_line(void **state)
{
    (void)state;
    static const char *const sizes_refused[] = {"0", "-1",   "1.5",  "1e3",
                                                "",  "0x10", "16 B", "1234567890123456789"};
    static const char *const numbers[] = {"0",   "-1",  "nan", "inf",    "1e999", "",
                                          "0x1", "1,5", "1 2", "1e-400", "1e-310"};
    char text[100], message[200];
    for (size_t i = 0; i < sizeof sizes_refused / sizeof *sizes_refused; i++) {
        (void)snprintf(text, sizeof text, "size,rate\n8,1\n%s,1\n", sizes_refused[i]);
        (void)snprintf(message, sizeof message,
                       "x.csv:3: column size: expected a whole number of bytes, 1 or more, found "
                       "\"%s\"",
                       sizes_refused[i]);
        refused(text, message);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        (void)snprintf(text, sizeof text, "size,rate,lifetime\n8,\"%s\",1\n", numbers[i]);
        (void)snprintf(message, sizeof message,
                       "x.csv:2: column rate: expected a number above 0, found \"%s\"", numbers[i]);
        refused(text, message);
    }
    refused("1,1,1\n2,1,0\n", "x.csv:2: column num_live: expected a number above 0, found \"0\"");
    refused("size,rate\n16,1e-310\n",
            "x.csv:2: column rate: expected a number above 0, found \"1e-310\"");
    refused("16,1,1e-310\n",
            "x.csv:1: column num_live: expected a number above 0, found \"1e-310\"");
    refused(
        "size,rate,lifetime\n8,1e300,1e300\n",
        "x.csv:2: column lifetime: expected a lifetime that the rate goes with, found \"1e300\"");
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    refused("size,rate\n", "x.csv: a size profile without a row");
    refused("size,rate\n16,1\n8,1\n16,2\n", "x.csv:4: the size 16 is on line 2 as well");
    refused("size,rate\n1,1e308\n2,1e308\n", "x.csv: the rates add up to no number");
    refused("size,rate,live\n1,1,1e308\n2,1,1e308\n", "x.csv: the live blocks add up to no number");
    refused("size,rate\n16,1\n1073741825,0.001\n",
            "x.csv:3: column size: 1073741825 bytes are above 1 GiB, and come more often than once "
            "in 2^32 blocks");
}

/* As many rows as may be, and one more. */
static void table_has_an_end(void **state)
{
    (void)state;
    char *text = malloc((HB_SIZE_ROWS_MAX + 2) * 20), *at = text;
    struct hb_err err = {0};
    assert_non_null(text);
    at += sprintf(at, "size,rate\n");
    for (unsigned i = 1; i <= HB_SIZE_ROWS_MAX; i++)
        at += sprintf(at, "%u,%u\n", i, 1 + i % 3);
    read_text(text);
    assert_int_equal(sizes.table->count, HB_SIZE_ROWS_MAX);
    near(share_of(5), 3.0 / (2.0 * HB_SIZE_ROWS_MAX)); /* 1 + 5 % 3 of a mean of 2 */
    (void)sprintf(at, "%u,1\n", HB_SIZE_ROWS_MAX + 1);
    hb_sizes_free(&sizes);
    assert_int_equal(hb_sizes_parse(text, strlen(text), "x.csv", &sizes, &err), -1);
    assert_string_equal(err.message, "x.csv:65538: more than 65536 sizes");
    free(text);
}

static void missing_and_strange_files_are_refused(void **state)
{
    (void)state;
    struct hb_err err = {0};
    assert_int_equal(hb_sizes_read("/nonexistent/x.csv", &sizes, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    err = (struct hb_err){0};
    assert_int_equal(hb_sizes_read("/", &sizes, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rates_are_shares_of_the_draws),
        TEST(lifetimes_are_shares_of_the_live_blocks),
        TEST(fleets_shape_is_read_with_and_without_its_heading),
        TEST(draws_come_as_often_as_their_rates),
        TEST(draws_of_many_rows_come_as_often_as_their_rates),
        TEST(rare_sizes_are_left_out),
        TEST(number_of_a_profile_is_that_of_its_contents),
        TEST(other_columns_are_refused),
        TEST(other_cells_are_refused_with_their_line),
        TEST(contradictions_are_refused),
        TEST(table_has_an_end),
        TEST(missing_and_strange_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
