/* How a process comes to be recorded, waits for its recorder and leaves its parent, and which
 * blocks a sample has; the test stands for the recorder. Whole programs: tests/cli/trace_test.sh.
 */
#include "preload/drawing.h"
#include "preload/pushing.h"
#include "unit/temp_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK ((void *)0x1230)
#define DRAWS (UINT64_C(1) << 40) /* bytes between two draws, in the mean */

/* ---- a kernel before 4.14, which wipes no page: these stand before the C library's ---- */

static struct {
    bool refuses_advice;
    size_t unmapped_bytes; /* of the last munmap */
} kernel;

int madvise(void *address, size_t bytes, int advice)
{
    if (kernel.refuses_advice) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_madvise, address, bytes, advice);
}

int munmap(void *address, size_t bytes)
{
    kernel.unmapped_bytes = bytes;
    return (int)syscall(SYS_munmap, address, bytes);
}

/* ---- the recorder ---- */

static struct temp_folder folder;
static struct hb_spool_control *control;

static void *map(const char *name, size_t bytes)
{
    const int fd = open(temp_path(&folder, name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    assert_int_equal(close(fd), 0);
    return memory;
}

/* As if nothing had been called in this process yet. */
static void forget(void)
{
    hb_me = (struct hb_pusher){0};
    hb_traced.spool = NULL;
    hb_traced.control = NULL;
    hb_traced.sample_bytes = 0;
    atomic_store(&hb_traced.state, 0);
}

static int begin(void **state)
{
    (void)state;
    temp_make(&folder);
    control = map(HB_SPOOL_CONTROL, sizeof *control);
    control->version = HB_SPOOL_VERSION;
    control->recorder = (uint32_t)getpid();
    assert_int_equal(setenv(HB_SPOOL_FOLDER_ENV, folder.path, 1), 0);
    forget();
    return 0;
}

static int end(void **state)
{
    (void)state;
    forget();
    assert_int_equal(unsetenv(HB_SPOOL_FOLDER_ENV), 0);
    temp_remove(&folder);
    return 0;
}

/* The file that this process made. */
static const struct hb_spool *spool_of(pid_t pid)
{
    const struct hb_spool *found = NULL;
    DIR *dir = opendir(folder.path);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (!strstr(entry->d_name, ".spool"))
            continue;
        const struct hb_spool *spool = map(entry->d_name, sizeof *spool);
        if (spool->pid == (uint32_t)pid)
            found = spool;
    }
    (void)closedir(dir);
    assert_non_null(found);
    return found;
}

/* ---- a process ---- */

static void a_process_begins_with_its_first_event(void **state)
{
    (void)state;
    errno = 77;
    assert_ptr_equal(hb_push(HB_CALL_MALLOC, BLOCK, 100), BLOCK);
    assert_int_equal(errno, 77);
    assert_true(hb_is_recording());
    assert_int_equal(control->published, 1);
    const struct hb_spool *spool = spool_of(getpid());
    assert_int_equal(spool->version, HB_SPOOL_VERSION);
    assert_int_equal(spool->parent, 0);
    assert_int_equal(spool->forked_at, 0);
    assert_int_equal(spool->pace, 1); /* its first ring, the only one, is favoured from the start */
    assert_non_null(strstr(spool->command, "test_preload"));
    assert_int_equal(spool->rings[0].state, HB_RING_OWNED);
    assert_int_equal(spool->rings[0].next, 1);
    const struct hb_spool_slot *slot = &spool->slots[0][0];
    assert_int_equal(slot->word & 0xff, HB_CALL_MALLOC | HB_SLOT_LAP);
    assert_in_range(slot->word >> 8, spool->ticks, hb_spool_ticks());
    assert_int_equal(slot->rest, UINT64_C(100) << 48 | 0x1230);
    const uint64_t number = spool->process;
    forget(); /* another program in the same process */
    (void)hb_push(HB_CALL_MALLOC, BLOCK, 100);
    assert_int_equal(control->published, 2);
    assert_int_equal(control->refused, 0);
    assert_int_not_equal(hb_traced.spool->process, number);
}

static void a_process_without_a_file_is_not_recorded(void **state)
{
    (void)state;
    hb_traced.control = control; /* found, and then the folder is gone */
    assert_int_equal(setenv(HB_SPOOL_FOLDER_ENV, "/nowhere/at/all", 1), 0);
    errno = 77;
    assert_ptr_equal(hb_push(HB_CALL_MALLOC, BLOCK, 100), BLOCK);
    assert_ptr_equal(hb_push(HB_CALL_FREE, BLOCK, 0), BLOCK);
    assert_int_equal(errno, 77);
    assert_false(hb_is_recording());
    assert_int_equal(control->refused, 1);
    assert_int_equal(control->refused_errno, ENOENT);
    assert_int_equal(control->published, 0);
}

/* A child that pushes one event; is_raw: forked past the C library, and its handlers. */
static const struct hb_spool *spool_of_child(bool is_raw)
{
    const pid_t child = is_raw ? (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) : fork();
    int status;
    if (child == 0) {
        (void)hb_push(HB_CALL_MALLOC, BLOCK, 100);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    return spool_of(child);
}

/* The fork's note is the parent's last event, and the child says which it was. */
static void assert_is_child(const struct hb_spool *child)
{
    const struct hb_spool *parent = hb_traced.spool;
    const uint64_t last = parent->rings[0].next - 1;
    assert_int_equal(child->parent, parent->process);
    assert_int_equal(parent->slots[0][last].word & HB_SLOT_WHAT, HB_NOTE_FORK);
    assert_int_equal(parent->slots[0][last].rest, child->forked_at);
    assert_int_not_equal(child->process, parent->process);
}

static void a_child_knows_its_parent(void **state)
{
    static const bool raw_ones[] = {true, false, true, false};
    (void)state;
    for (int is_old = 0; is_old < 2; is_old++) {
        forget();
        kernel.refuses_advice = is_old;
        kernel.unmapped_bytes = 0;
        (void)hb_push(HB_CALL_MALLOC, BLOCK, 100);
        kernel.refuses_advice = false;
        if (is_old)
            assert_int_equal(kernel.unmapped_bytes, 4096); /* what it had mapped, no more */
        for (size_t i = 0; i < sizeof raw_ones / sizeof *raw_ones; i++) {
            if (is_old && raw_ones[i])
                continue; /* it cannot be seen there */
            const struct hb_spool *child = spool_of_child(raw_ones[i]);
            if (raw_ones[i])
                assert_true(child->parent == 0 && child->forked_at == 0);
            else
                assert_is_child(child);
        }
    }
}

/* ---- waiting ---- */

static struct hb_spool_ring *full_ring(void)
{
    (void)hb_push(HB_CALL_MALLOC, BLOCK, 100);
    struct hb_spool_ring *ring = &hb_traced.spool->rings[0];
    while (atomic_load(&ring->next) < HB_SPOOL_SLOTS)
        (void)hb_push(HB_CALL_MALLOC, BLOCK, 100);
    return ring;
}

static void *empty_later(void *ring_)
{
    struct hb_spool_ring *ring = ring_;
    while (atomic_load(&control->bell) == 0)
        (void)sched_yield();
    (void)usleep(30000);
    atomic_store(&ring->taken, HB_SPOOL_SLOTS);
    atomic_store(&ring->waits, 0);
    (void)syscall(SYS_futex, &ring->waits, FUTEX_WAKE, 1, NULL, NULL, 0);
    return NULL;
}

/* Asleep, and nothing is lost. */
static void who_finds_its_ring_full_sleeps(void **state)
{
    struct hb_spool_ring *ring = full_ring();
    struct rusage before, after;
    pthread_t thread;
    (void)state;
    assert_int_equal(control->bell, 0);
    assert_int_equal(pthread_create(&thread, NULL, empty_later, ring), 0);
    assert_int_equal(getrusage(RUSAGE_THREAD, &before), 0);
    errno = 77;
    (void)hb_push(HB_CALL_FREE, BLOCK, 0);
    assert_int_equal(errno, 77);
    assert_int_equal(getrusage(RUSAGE_THREAD, &after), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(after.ru_nvcsw > before.ru_nvcsw);
    assert_true(hb_is_recording());
    assert_int_equal(ring->next, HB_SPOOL_SLOTS + 1);
    assert_int_equal(hb_traced.spool->slots[0][0].word & 0xff, HB_CALL_FREE); /* the second lap */
}

static void who_waits_when_it_is_over_goes_on(void **state)
{
    (void)state;
    (void)full_ring();
    atomic_store(&control->over, 1);
    assert_ptr_equal(hb_push(HB_CALL_FREE, BLOCK, 0), BLOCK);
    assert_false(hb_is_recording());
}

/* ---- a sample ---- */

/* -ln of the first output of SplitMix64 (Steele, Lea, Flood 2014) of a seed, as a share of 1, times
 * 2 to the 40th, plus 1; worked out in 40 digits. Among them are those whose logarithm's series is
 * longest (the seeds from 127 on): it is to be exact to a millionth. */
static void bytes_between_draws_are_exponential(void **state)
{
    static const struct {
        uint64_t seed;
        int64_t bytes;
    } cases[] = {
        {1, 624708983215},    {2, 577923403866},   {3, 2392966169535},
        {127, 1529782814248}, {182, 765910103420}, {191, 10660811295},
        {200, 1540202589256}, {259, 578098266},    {322, 1522034535558},
    };
    (void)state;
    control->sample_bytes = DRAWS;
    (void)hb_push(HB_CALL_MALLOC, BLOCK, 100);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hb_me.random = cases[i].seed;
        hb_me.left = 0; /* none was drawn yet */
        assert_true(hb_is_left_out(BLOCK, 0));
        if (llabs(hb_me.left - cases[i].bytes) > (int64_t)(DRAWS / 1000000))
            fail_msg("seed %d: %lld", (int)cases[i].seed, (long long)hb_me.left);
    }
}

static void a_block_with_the_drawn_byte_is_of_the_sample(void **state)
{
    (void)state;
    control->sample_bytes = DRAWS;
    (void)hb_push(HB_CALL_MALLOC, BLOCK, 100);
    uint8_t *count = &hb_traced.spool->sampled[hb_spool_hash((uintptr_t)BLOCK)];
    hb_me.random = 1;
    hb_me.left = 100;
    assert_true(hb_is_left_out(BLOCK, 99));
    assert_true(hb_is_left_out(NULL, 99)); /* no block, no bytes */
    assert_int_equal(hb_me.left, 1);
    assert_false(hb_may_be_sampled(BLOCK));
    assert_false(hb_is_left_out(BLOCK, 1));
    assert_true(hb_may_be_sampled(BLOCK));
    assert_int_equal(*count, 1);
    assert_in_range(hb_me.left, 624708000000, 624710000000); /* the next one: seed 1, above */
    *count = 255;                                            /* no more can be counted: it stays */
    hb_me.left = 5;
    assert_false(hb_is_left_out(BLOCK, SIZE_MAX));
    assert_int_equal(*count, 255);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_process_begins_with_its_first_event, begin, end),
        cmocka_unit_test_setup_teardown(a_process_without_a_file_is_not_recorded, begin, end),
        cmocka_unit_test_setup_teardown(a_child_knows_its_parent, begin, end),
        cmocka_unit_test_setup_teardown(who_finds_its_ring_full_sleeps, begin, end),
        cmocka_unit_test_setup_teardown(who_waits_when_it_is_over_goes_on, begin, end),
        cmocka_unit_test_setup_teardown(bytes_between_draws_are_exponential, begin, end),
        cmocka_unit_test_setup_teardown(a_block_with_the_drawn_byte_is_of_the_sample, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
