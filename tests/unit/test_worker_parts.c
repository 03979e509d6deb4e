/* Parts of the worker that need no process of their own: the books of live blocks, and how
 * operations are dealt out. The worker itself: tests/cli/worker_test.sh. */
#include "worker/check.h"
#include "worker/shm.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "unit/cmocka.h"

/* ---- the books: a bit for eight bytes ---- */

#define ROOM ((size_t)1 << 40) /* of addresses; no page of it is touched but by the books */

static unsigned char *memory;
static size_t books_bytes;

static void open_books(bool is_shared)
{
    memory = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                  -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    books_bytes = hb_worker_books_open(is_shared, memory, ROOM);
}

static unsigned char *at(uint64_t address)
{
    return (unsigned char *)(uintptr_t)address;
}

/* The same, whether another thread may come between or not; the first block of a table above all.
 */
static void a_block_is_live_once(void **state)
{
    static const struct {
        uint64_t address;
        size_t size;
    } others[] = {
        /* all that has a granule of [0x10000100, 0x10000180) */
        {0x10000100, 0x80}, {0x100000f8, 9}, {0x10000178, 1},        {0x1000017f, 1},
        {0x10000000, 4096}, {0x10000140, 0}, {0xfffff00, 0x1000000},
    };
    (void)state;
    for (int is_shared = 0; is_shared < 2; is_shared++) {
        open_books(is_shared);
        assert_true(hb_worker_books_enter(at(0x10000100), 0x80));
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
            if (hb_worker_books_enter(at(others[i].address), others[i].size))
                fail_msg("%#llx", (unsigned long long)others[i].address);
            (void)hb_worker_books_strike(at(others[i].address), others[i].size);
            (void)hb_worker_books_enter(at(0x10000100), 0x80);
        }
        assert_true(hb_worker_books_enter(at(0x100000f8), 8)); /* right before it, and behind */
        assert_true(hb_worker_books_enter(at(0x10000180), 8));
        assert_true(hb_worker_books_strike(at(0x10000100), 0x80));
        assert_false(hb_worker_books_strike(at(0x10000100), 0x80));
        assert_true(hb_worker_books_enter(at(0x10000100), 0x80));
        assert_true(hb_worker_books_strike(at(0x10000100), 0x80));
        assert_true(hb_worker_books_strike(at(0x100000f8), 8));
        assert_true(hb_worker_books_strike(at(0x10000180), 8));
        /* Over the end of a table, of which each covers 256 MiB. */
        assert_true(hb_worker_books_enter(at(0x2ffff000), 0x2000));
        assert_false(hb_worker_books_enter(at(0x30000ff8), 8));
        assert_false(hb_worker_books_enter(at(0x2ffff000), 8));
        assert_true(hb_worker_books_enter(at(0x30001000), 8));
        assert_int_equal(munmap(memory, ROOM), 0);
    }
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    open_books(false);
    assert_false(hb_worker_books_enter(at(UINT64_C(1) << 48), 1));
    assert_false(hb_worker_books_enter(at((UINT64_C(1) << 48) - 8), 9));
    assert_true(hb_worker_books_enter(at((UINT64_C(1) << 48) - 8), 8));
    assert_true(hb_worker_books_hold(memory));
    assert_true(hb_worker_books_hold(memory + books_bytes - 1));
    assert_false(hb_worker_books_hold(memory + books_bytes));
    assert_false(hb_worker_books_hold(memory - 1));
    assert_int_equal(munmap(memory, ROOM), 0);
}

/* ---- slices ---- */

static void operations_are_dealt_out(void **state)
{
    static const struct {
        uint64_t operations;
        uint32_t threads, slices;
        uint64_t each, last;
    } cases[] = {
        {1000, 1, 100, 10, 10}, {1099, 1, 100, 10, 109}, {2199, 2, 100, 10, 109},
        {99, 1, 100, 1, 1},     {400, 4, 100, 1, 1},     {20000000, 3, 200, 33333, 33399},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (uint32_t slice = 0; slice < cases[i].slices; slice++)
            assert_int_equal(
                hb_slice_operations(cases[i].operations, cases[i].threads, cases[i].slices, slice),
                slice + 1 < cases[i].slices ? cases[i].each : cases[i].last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_is_live_once),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(operations_are_dealt_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
