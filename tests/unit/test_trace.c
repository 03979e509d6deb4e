/* trace: what is written is what is read, checked against a model of its own; a file that is cut
 * off at any byte, damaged at any byte, or made to deceive is read up to there or refused. */
#include "trace_bytes.h"
#include "unit/temp_folder.h"
#include "unit/trace_text.h"

#include "base/rng.h"
#include "trace/disk.h"
#include "trace/rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <xxhash.h>
#include <zstd.h>

#define EVENTS  40000u /* more than two blocks */
#define THREADS 64u
#define LIVE    500u

static struct temp_folder tmp;

static int setup(void **state)
{
    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    temp_make(&tmp);
    (void)temp_path(&tmp, "a.hbt");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_remove(&tmp);
    return 0;
}

/* ---- a model: events with ids, and the sums, made without the room's help ---- */

static struct {
    struct hb_trace_event events[EVENTS];
    struct hb_trace_totals totals;
    struct {
        uint64_t id, name, size, time_ns;
        uint32_t thread;
    } live[LIVE];
    size_t live_count;
    bool is_ended[THREADS];
} model;

static struct hb_rng rng;

static void model_make(struct hb_trace_event *event, uint64_t *name)
{
    event->id = ++model.totals.made;
    *name = event->id * 16 + 0x7f0000000000; /* an address */
    model.live[model.live_count].id = event->id;
    model.live[model.live_count].name = *name;
    model.live[model.live_count].size = event->size;
    model.live[model.live_count].time_ns = event->time_ns;
    model.live[model.live_count++].thread = event->thread;
    model.totals.live_bytes += event->size;
    model.totals.live_blocks++;
    if (model.totals.live_bytes > model.totals.peak_live_bytes)
        model.totals.peak_live_bytes = model.totals.live_bytes;
}

static uint64_t model_end(struct hb_trace_event *event, uint64_t *name)
{
    const size_t i = (size_t)hb_rng_below(&rng, model.live_count);
    const uint64_t id = model.live[i].id;
    *name = model.live[i].name;
    event->old.size = model.live[i].size;
    event->old.time_ns = model.live[i].time_ns;
    event->old.thread = model.live[i].thread;
    model.totals.live_bytes -= model.live[i].size;
    model.totals.live_blocks--;
    model.live[i] = model.live[--model.live_count];
    return id;
}

static uint32_t model_thread(void)
{
    for (;;) {
        const uint32_t most = model.totals.threads < THREADS ? model.totals.threads + 1 : THREADS;
        const uint32_t thread = (uint32_t)hb_rng_below(&rng, most);
        if (!model.is_ended[thread]) {
            model.totals.threads += thread == model.totals.threads;
            return thread;
        }
    }
}

/* One event into the model; *put is the same with names in place of ids. */
static void model_step(struct hb_trace_event *event, struct hb_trace_event *put)
{
    static const uint8_t makers[] = {HB_CALL_MALLOC, HB_CALL_CALLOC, HB_CALL_POSIX_MEMALIGN,
                                     HB_CALL_NEW, HB_CALL_PVALLOC};
    static const uint8_t enders[] = {HB_CALL_FREE, HB_CALL_DELETE_SIZED,
                                     HB_CALL_DELETE_ARRAY_ALIGNED, HB_CALL_FREE_ALIGNED_SIZED};
    const uint64_t dice = hb_rng_below(&rng, 100);
    uint64_t name = 0, old_name = 0;
    *event = (struct hb_trace_event){.time_ns = model.totals.time_ns + hb_rng_below(&rng, 300)};
    event->thread = model_thread();
    if (dice == 99 && event->thread > 2 && model.totals.threads == THREADS) {
        event->function = HB_CALL_THREAD_END;
        model.is_ended[event->thread] = true;
    } else if (dice >= 96) { /* the allocator says no */
        event->function = dice & 1 ? HB_CALL_MALLOC : HB_CALL_REALLOC;
        event->size = UINT64_MAX - dice;
        event->failed = true;
    } else if (dice >= 94) {
        event->function = HB_CALL_FREE; /* of NULL */
    } else if (dice >= 80 && model.live_count > 1) {
        event->function = HB_CALL_REALLOC;
        event->old_id = model_end(event, &old_name);
        event->size = dice == 80 ? 0 : hb_rng_below(&rng, 1 << 20);
        if (event->size)
            model_make(event, &name);
    } else if (model.live_count == LIVE || (dice < 38 && model.live_count)) {
        event->function = enders[hb_rng_below(&rng, sizeof enders)];
        event->id = model_end(event, &name);
        event->size = hb_trace_functions[event->function].has_size ? event->old.size : 0;
    } else {
        event->function = makers[hb_rng_below(&rng, sizeof makers)];
        event->size = hb_rng_below(&rng, 5000);
        model_make(event, &name);
    }
    if (hb_trace_functions[event->function].has_alignment)
        event->align_log2 = (uint8_t)hb_rng_below(&rng, 21);
    model.totals.events++;
    model.totals.time_ns = event->time_ns;
    *put = *event;
    put->id = name;
    put->old_id = old_name;
}

static void write_model_to(const char *path, const char *note)
{
    const struct hb_trace_header header = {
        .maker = "test", .command = "app \"x\" \xc3\xa4", .allocator = "system", .pid = 7};
    struct hb_trace_writer *writer;
    struct hb_err err = {0};
    hb_rng_seed(&rng, 11);
    memset(&model, 0, sizeof model);
    if (hb_trace_create(path, &header, &writer, &err) != 0)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < EVENTS; i++) {
        struct hb_trace_event put;
        model_step(&model.events[i], &put);
        if (hb_trace_put(writer, &put, &err) != 0)
            fail_msg("event %zu: %s", i, err.message);
    }
    if (hb_trace_end(writer, 3, note, &err) != 0)
        fail_msg("%s", err.message);
}

static void write_model(const char *note)
{
    write_model_to(tmp.file, note);
}

static void assert_totals(const struct hb_trace_totals *found)
{
    assert_int_equal(found->events, model.totals.events);
    assert_int_equal(found->made, model.totals.made);
    assert_int_equal(found->threads, model.totals.threads);
    assert_int_equal(found->live_blocks, model.totals.live_blocks);
    assert_int_equal(found->live_bytes, model.totals.live_bytes);
    assert_int_equal(found->peak_live_bytes, model.totals.peak_live_bytes);
    assert_int_equal(found->time_ns, model.totals.time_ns);
}

static void assert_event(const struct hb_trace_event *found, const struct hb_trace_event *expected)
{
    assert_int_equal(found->function, expected->function);
    assert_int_equal(found->time_ns, expected->time_ns);
    assert_int_equal(found->id, expected->id);
    assert_int_equal(found->old_id, expected->old_id);
    assert_int_equal(found->size, expected->size);
    assert_int_equal(found->thread, expected->thread);
    assert_int_equal(found->align_log2, expected->align_log2);
    assert_int_equal(found->failed, expected->failed);
    assert_int_equal(found->old.size, expected->old.size);
    assert_int_equal(found->old.time_ns, expected->old.time_ns);
    assert_int_equal(found->old.thread, expected->old.thread);
}

static int count_bytes(void *self, uint64_t id, const struct hb_trace_birth *birth)
{
    uint64_t *sum = self;
    assert_true(id >= 1 && id <= model.totals.made);
    *sum += birth->size;
    return 0;
}

static void written_is_read(void **state)
{
    (void)state;
    struct hb_trace_reader *reader;
    struct hb_trace_event event;
    struct hb_err err = {0};
    write_model("a note");
    if (hb_trace_open(tmp.file, &reader, &err) != 0)
        fail_msg("%s", err.message);
    const struct hb_trace_header *header = hb_trace_header_of(reader);
    assert_string_equal(header->command, "app \"x\" \xc3\xa4");
    assert_string_equal(header->end_note, "a note");
    assert_int_equal(header->pid, 7);
    assert_int_equal(header->unseen, 3);
    assert_true(header->is_complete);
    assert_totals(&header->totals);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < EVENTS; i++) {
            if (hb_trace_next(reader, &event, &err) != 1)
                fail_msg("event %zu: %s", i, err.message);
            assert_event(&event, &model.events[i]);
        }
        assert_int_equal(hb_trace_next(reader, &event, &err), 0);
        assert_int_equal(hb_trace_next(reader, &event, &err), 0);
        assert_totals(hb_trace_so_far(reader));
        uint64_t live_bytes = 0;
        assert_int_equal(hb_trace_each_live(reader, count_bytes, &live_bytes), 0);
        assert_int_equal(live_bytes, model.totals.live_bytes);
        assert_int_equal(hb_trace_rewind(reader, &err), 0);
    }
    hb_trace_close(reader);
}

/* ---- cut off and damaged ---- */

static uint8_t *read_file(size_t *size)
{
    FILE *file = fopen(tmp.file, "rb");
    assert_non_null(file);
    uint8_t *bytes = malloc(8 << 20);
    *size = fread(bytes, 1, 8 << 20, file);
    (void)fclose(file);
    return bytes;
}

/* Events that can be read, or -1: refused, with a message. All are the model's. */
static long events_of(const uint8_t *bytes, size_t size, bool *is_complete)
{
    struct hb_trace_reader *reader;
    struct hb_trace_event event;
    struct hb_err err = {0};
    long count = 0;
    int status = -1;
    if (trace_open_bytes(bytes, size, &reader, &err) == 0) {
        const uint64_t promised = hb_trace_header_of(reader)->totals.events;
        *is_complete = hb_trace_header_of(reader)->is_complete;
        while ((status = hb_trace_next(reader, &event, &err)) == 1) {
            assert_true(count < (long)EVENTS);
            assert_event(&event, &model.events[count++]);
        }
        if (status == 0)
            assert_int_equal(promised, count);
        hb_trace_close(reader);
    }
    if (status < 0 && !strstr(err.message, "expected"))
        fail_msg("%s", err.message);
    return status < 0 ? -1 : count;
}

static void cut_off_is_read_to_its_last_block(void **state)
{
    (void)state;
    size_t size, refused = 0;
    long least = 0;
    write_model(NULL);
    uint8_t *bytes = read_file(&size);
    for (size_t cut = 0; cut<size; cut += cut> 2000 && cut + 2000 < size ? 997 : 1) {
        bool is_complete = true;
        const long count = events_of(bytes, cut, &is_complete);
        refused += count < 0;
        if (count < 0)
            continue;
        assert_false(is_complete);
        assert_true(count == (long)EVENTS || count % (long)HB_DISK_EVENTS_MAX == 0);
        assert_true(count >= least);
        least = count;
    }
    assert_int_equal(least, EVENTS); /* the trailer alone is missing */
    assert_true(refused < 600);      /* no header */
    free(bytes);
}

static void damage_is_refused(void **state)
{
    (void)state;
    size_t size;
    write_model(NULL);
    uint8_t *bytes = read_file(&size);
    for (size_t at = 0; at<size; at += at> 2000 && at + 2000 < size ? 997 : 1) {
        bool is_complete;
        const uint8_t was = bytes[at];
        bytes[at] ^= 0x10;
        const long count = events_of(bytes, size, &is_complete);
        /* What is damaged in the end's mark alone makes it a file that was cut off. */
        if (count >= 0)
            assert_true(at + HB_DISK_END_BYTES >= size && !is_complete && count == (long)EVENTS);
        bytes[at] = was;
    }
    free(bytes);
}

/* A file that is damaged after it was read once: the block is counted from the first again. */
static void damage_after_a_rewind_has_its_place(void **state)
{
    (void)state;
    struct hb_trace_reader *reader;
    struct hb_trace_event event;
    struct hb_err err = {0};
    size_t size;
    write_model(NULL);
    uint8_t *bytes = read_file(&size);
    assert_int_equal(hb_trace_open(tmp.file, &reader, &err), 0);
    for (size_t i = 0; i < EVENTS; i++)
        assert_int_equal(hb_trace_next(reader, &event, &err), 1);
    FILE *file = fopen(tmp.file, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 1000, SEEK_SET), 0); /* in the first block */
    assert_int_equal(fputc(bytes[1000] ^ 1, file) & 0xff, bytes[1000] ^ 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(hb_trace_rewind(reader, &err), 0);
    assert_int_equal(hb_trace_next(reader, &event, &err), -1);
    if (!strstr(err.message, "block 1 "))
        fail_msg("%s", err.message);
    hb_trace_close(reader);
    free(bytes);
}

/* A write that fails: what is on disk by then is a whole trace that says where it ends. */
static void full_disk_ends_cleanly(void **state)
{
    (void)state;
    size_t size;
    int status;
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {.rlim_cur = 120000, .rlim_max = RLIM_INFINITY};
        const struct hb_trace_header header = {.maker = "test"};
        struct hb_trace_writer *writer;
        struct hb_err err = {0}, end_err = {0};
        hb_rng_seed(&rng, 11);
        memset(&model, 0, sizeof model);
        (void)setrlimit(RLIMIT_FSIZE, &limit);
        status = hb_trace_create(tmp.file, &header, &writer, &err);
        for (size_t i = 0; i < EVENTS && status == 0; i++) {
            struct hb_trace_event put;
            model_step(&model.events[i], &put);
            status = hb_trace_put(writer, &put, &err);
        }
        const bool failed = status && err.kind == HB_ERR_SYSTEM && strstr(err.message, "a.hbt");
        const bool is_told = hb_trace_end(writer, 0, "disk full", &end_err) == -1 &&
                             strstr(end_err.message, "a.hbt: not all of it is on disk");
        _exit(failed && is_told ? 0 : 1);
    }
    write_model_to("/dev/null", NULL); /* fills the model */
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    uint8_t *bytes = read_file(&size);
    bool is_complete = false;
    const long count = events_of(bytes, size, &is_complete);
    assert_true(is_complete);
    assert_int_equal(count, HB_DISK_EVENTS_MAX);
    free(bytes);
}

/* ---- reads that fail ---- */

static unsigned reads_until_failure; /* 0: none fails */

/* In place of the C library's, for all of this program. */
ssize_t pread(int fd, void *to, size_t size, off_t offset)
{
    if (reads_until_failure && --reads_until_failure == 0) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_pread64, fd, to, size, offset);
}

/* Whether all of it was read; *err says why not. */
static bool reads_to_its_end(struct hb_err *err)
{
    struct hb_trace_reader *reader;
    struct hb_trace_event event;
    if (hb_trace_open(tmp.file, &reader, err) != 0)
        return false;
    int status;
    do
        status = hb_trace_next(reader, &event, err);
    while (status == 1);
    hb_trace_close(reader);
    return status == 0;
}

/* Header's prefix and text, trailer's end, prefix and text, and three blocks of two reads each. */
static void each_read_that_fails_is_told(void **state)
{
    unsigned failed = 0;
    (void)state;
    write_model(NULL);
    for (;;) {
        struct hb_err err = {0};
        reads_until_failure = failed + 1;
        if (reads_to_its_end(&err))
            break;
        assert_int_equal(err.kind, HB_ERR_USAGE);
        if (!strstr(err.message, "a.hbt: ") || !strstr(err.message, "cannot read: "))
            fail_msg("read %u: %s", failed + 1, err.message);
        failed++;
    }
    reads_until_failure = 0;
    assert_int_equal(failed, 11);
}

/* ---- a window ---- */

#define WINDOW_LIVE 100u /* blocks: the list of them grows */

/* By two threads: blocks 1 to 100 at 10 ns each, then all but 3 and 50 are freed by the other one,
 * at 2000 ns, and at 3000 ns block 3 becomes 101. */
static void write_windowed(void)
{
    const struct hb_trace_header header = {.maker = "test"};
    struct hb_trace_writer *writer;
    struct hb_trace_event event = {.function = HB_CALL_MALLOC};
    assert_int_equal(hb_trace_create(tmp.file, &header, &writer, NULL), 0);
    for (event.id = 1; event.id <= WINDOW_LIVE; event.id++) {
        event.size = event.id;
        event.time_ns = 10 * event.id;
        assert_int_equal(hb_trace_put(writer, &event, NULL), 0);
    }
    event = (struct hb_trace_event){.function = HB_CALL_FREE, .thread = 1, .time_ns = 2000};
    for (event.id = 1; event.id <= WINDOW_LIVE; event.id++) {
        if (event.id != 3 && event.id != 50)
            assert_int_equal(hb_trace_put(writer, &event, NULL), 0);
    }
    event = (struct hb_trace_event){.function = HB_CALL_REALLOC,
                                    .id = WINDOW_LIVE + 1,
                                    .old_id = 3,
                                    .size = 7,
                                    .thread = 1,
                                    .time_ns = 3000};
    assert_int_equal(hb_trace_put(writer, &event, NULL), 0);
    assert_int_equal(hb_trace_end(writer, 0, NULL, NULL), 0);
}

static void cut_to(const struct hb_trace_window *window, struct hb_buf *text, uint64_t *before)
{
    char path[sizeof tmp.file + 8];
    struct hb_trace_reader *reader;
    struct hb_err err = {0};
    (void)snprintf(path, sizeof path, "%s.cut", tmp.file);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const struct hb_trace_output output = {.fd = fd, .name = path};
    assert_int_equal(hb_trace_open(tmp.file, &reader, &err), 0);
    if (hb_trace_cut(reader, window, &output, &err) != 0)
        fail_msg("%s", err.message);
    hb_trace_close(reader);
    assert_int_equal(close(fd), 0);
    read_events(path, text);
    assert_int_equal(hb_trace_open(path, &reader, &err), 0);
    *before = hb_trace_header_of(reader)->before;
    hb_trace_close(reader);
    (void)unlink(path);
}

static void a_window_begins_with_what_was_live(void **state)
{
    struct hb_buf text = {0}, expected = {0};
    uint64_t before;
    (void)state;
    write_windowed();
    cut_to(&(struct hb_trace_window){.from = 2500, .to = UINT64_MAX}, &text, &before);
    assert_string_equal(hb_buf_string(&text),
                        "0 malloc 1 3\n0 malloc 2 50\n1 realloc 3<1 7 @500\n");
    assert_int_equal(before, 2);
    hb_buf_free(&text);
    /* Its first event ends block 1, which was live; the next one is behind it. */
    cut_to(&(struct hb_trace_window){.by_events = true, .from = 101, .to = 102}, &text, &before);
    for (unsigned i = 1; i <= WINDOW_LIVE; i++)
        (void)hb_buf_printf(&expected, "0 malloc %u %u\n", i, i);
    (void)hb_buf_text(&expected, "1 free 1\n");
    assert_string_equal(hb_buf_string(&text), hb_buf_string(&expected));
    assert_int_equal(before, WINDOW_LIVE);
    hb_buf_free(&text);
    hb_buf_free(&expected);
    /* One that makes a block: that was not live before. */
    cut_to(&(struct hb_trace_window){.by_events = true, .from = 2, .to = 3}, &text, &before);
    assert_string_equal(hb_buf_string(&text), "0 malloc 1 1\n0 malloc 2 2\n");
    assert_int_equal(before, 1);
    hb_buf_free(&text);
}

/* ---- what the writer refuses ---- */

static void put_is_refused(struct hb_trace_writer *writer, struct hb_trace_event event,
                           const char *expected)
{
    struct hb_err err = {0};
    const uint64_t events = hb_trace_written(writer)->events;
    assert_int_equal(hb_trace_put(writer, &event, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    if (!strstr(err.message, expected))
        fail_msg("%s: wanted %s", err.message, expected);
    assert_int_equal(hb_trace_written(writer)->events, events);
}

static void writer_refuses_what_a_reader_would(void **state)
{
    (void)state;
    struct hb_trace_writer *writer;
    struct hb_err err = {0};
    const struct hb_trace_header header = {.maker = "test"};
    const struct hb_trace_event make = {
        .function = HB_CALL_MALLOC, .id = 99, .size = 5, .time_ns = 7};
    const struct hb_trace_event end = {.function = HB_CALL_THREAD_END, .thread = 1, .time_ns = 7};
    struct hb_trace_birth birth;
    assert_int_equal(hb_trace_create(tmp.file, &header, &writer, &err), 0);
    assert_int_equal(hb_trace_put(writer, &make, &err), 0);
    assert_int_equal(hb_trace_put(writer, &end, &err), 0);
    assert_true(hb_trace_is_live(writer, 99, &birth) && birth.size == 5);
    assert_false(hb_trace_is_live(writer, 98, NULL));
#define EVENT(...) ((struct hb_trace_event){.time_ns = 7, __VA_ARGS__})
    put_is_refused(writer, EVENT(.function = HB_CALL_MALLOC, .id = 99), "not live");
    put_is_refused(writer, EVENT(.function = HB_CALL_FREE, .id = 98), "one that is live");
    put_is_refused(writer, EVENT(.function = HB_CALL_REALLOC, .old_id = 98, .id = 3), "is live");
    put_is_refused(writer, EVENT(.function = HB_CALL_FREE, .thread = 1), "thread 1 has ended");
    put_is_refused(writer, EVENT(.function = HB_CALL_FREE, .thread = 3), "the 2 so far");
    put_is_refused(writer, EVENT(.function = HB_CALLS), "function");
    put_is_refused(writer, EVENT(.function = HB_CALL_MEMALIGN, .align_log2 = 64, .id = 3), "2^63");
    put_is_refused(writer, EVENT(.function = HB_CALL_MALLOC, .id = 3, .size = UINT64_MAX), "bytes");
    put_is_refused(writer, EVENT(.function = HB_CALL_MALLOC, .id = 3, .size = INT64_MAX), "sum");
    put_is_refused(writer, (struct hb_trace_event){.function = HB_CALL_FREE, .time_ns = 6}, "7");
    assert_int_equal(hb_trace_end(writer, 0, NULL, &err), 0);
    assert_int_equal(hb_trace_create("/nowhere/at/all", &header, &writer, &err), -1);
    assert_null(writer);
}

/* ---- hostile files: blocks that are whole, of events that cannot be ---- */

struct column_bytes {
    const char *bytes[HB_COLUMNS];
    size_t size[HB_COLUMNS];
};

/* A trace of one block with these columns, which claims these sums. */
static size_t hostile(uint8_t *to, const struct column_bytes *columns, uint32_t events,
                      struct hb_disk_head head, uint32_t claimed_raw)
{
    const struct hb_trace_header header = {.maker = "hostile"};
    struct hb_buf text = {0};
    uint8_t raw[4096];
    size_t raw_bytes = HB_COLUMNS_HEAD_BYTES;
    assert_int_equal(hb_disk_header_text(&header, &text, NULL), 0);
    memcpy(to, HB_DISK_MAGIC, 8);
    hb_disk_put_u32(to + 8, HB_TRACE_VERSION);
    hb_disk_put_u32(to + 12, (uint32_t)text.size);
    hb_disk_put_u64(to + 16, XXH64(text.bytes, text.size, 0));
    memcpy(to + HB_DISK_PREFIX_BYTES, text.bytes, text.size);
    uint8_t *block = to + HB_DISK_PREFIX_BYTES + text.size;
    hb_buf_free(&text);
    for (size_t i = 0; i < HB_COLUMNS; i++) {
        hb_disk_put_u32(raw + 4 * i, (uint32_t)columns->size[i]);
        memcpy(raw + raw_bytes, columns->bytes[i], columns->size[i]);
        raw_bytes += columns->size[i];
    }
    head.events = events;
    head.raw_bytes = claimed_raw ? claimed_raw : (uint32_t)raw_bytes;
    head.packed_bytes =
        (uint32_t)ZSTD_compress(block + HB_DISK_HEAD_BYTES, 4096, raw, raw_bytes, 1);
    hb_disk_head_write(&head, block);
    hb_disk_put_u64(block + HB_DISK_HEAD_SUMMED,
                    hb_disk_checksum(block, block + HB_DISK_HEAD_BYTES, head.packed_bytes));
    return (size_t)(block - to) + HB_DISK_HEAD_BYTES + head.packed_bytes;
}

#define M "\x01" /* malloc */
#define F "\x05" /* free */

static void hostile_blocks_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *expected;
        uint32_t events;
        const char *what, *thread, *size, *old, *alignment, *time;
        uint32_t claimed_raw;
    } cases[] = {
        {"", 2, M F, "", "\x08", "\x01", "", "\x01\x01", 0},
        {"made 1 blocks ago", 1, F, "", "", "\x01", "", "\x01", 0},
        {"event 3 .*one that is live", 3, M F F, "", "\x08", "\x01\x01", "", "\x01\x01\x01", 0},
        {"made 3 blocks ago", 2, M F, "", "\x08", "\x03", "", "\x01\x01", 0},
        {"function 63", 1, "\x3f", "", "", "", "", "\x01", 0},
        {"thread 1; expected at most 0", 1, "\x81", "\x01", "\x08", "", "", "\x01", 0},
        {"thread 4294967295", 1, "\x81", "\xff\xff\xff\xff\x0f", "\x08", "", "", "\x01", 0},
        {"column of threads", 1, "\x81", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "\x08", "", "",
         "\x01", 0},
        {"a block of 9223372036854775808 bytes", 1, M, "",
         "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "", "", "\x01", 0},
        {"a sum below 2.63", 2, M M, "", "\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x01", "", "",
         "\x01\x01", 0},
        {"column of sizes", 1, M, "", "\x80", "", "", "\x01", 0},
        {"column of times", 1, M, "", "\x01", "", "", "", 0},
        {"column of old blocks", 1, F, "", "", "", "", "\x01", 0},
        {"column of alignments", 1, "\x0a", "", "\x01", "", "", "\x01", 0},
        {"alignment of 2.64", 1, "\x0a", "", "\x01", "", "\x40", "\x01", 0},
        {"thread 0 has ended", 2, "\x00" M, "", "\x01", "", "", "\x01\x01", 0},
        {"no mark of it", 2, M "\x45", "", "\x08", "\x01", "", "\x01\x01", 0},
        {"time below 2.64", 2, M M, "", "\x01\x01", "", "",
         "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01", 0},
        {"column 2 has 1 bytes too many", 1, M, "", "\x01\x01", "", "", "\x01", 0},
        {"one of 2 bytes first", 2, M, "", "\x01\x01", "", "", "\x01", 0},
        {"ends with", 1, M, "", "\x01", "", "", "\x01", 0},
        {"a zstd frame of [0-9]+ bytes; expected 35", 1, M, "", "\x01", "", "", "\x01", 35},
        {"zstd frame of 26 bytes: ", 1, M, "", "\x01", "", "", "\x01", 26},
    };
    static uint8_t bytes[16384];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *texts[HB_COLUMNS] = {cases[i].what, cases[i].thread,    cases[i].size,
                                         cases[i].old,  cases[i].alignment, cases[i].time};
        struct column_bytes columns;
        for (size_t k = 0; k < HB_COLUMNS; k++) {
            columns.bytes[k] = texts[k];
            columns.size[k] = strlen(texts[k]);
        }
        if (cases[i].what[0] == '\0') /* a thread's end, and what follows it */
            columns.size[HB_COLUMN_WHAT] = cases[i].events;
        struct hb_disk_head head = {
            .after = {.made = 1, .threads = 1, .time_ns = 2, .peak_live_bytes = 8}};
        const size_t size = hostile(bytes, &columns, cases[i].events, head, cases[i].claimed_raw);
        struct hb_trace_reader *reader = NULL;
        struct hb_trace_event event;
        struct hb_err err = {0};
        int status = trace_open_bytes(bytes, size, &reader, &err);
        for (int got = status == 0; got == 1 && status == 0;)
            status = (got = hb_trace_next(reader, &event, &err)) < 0 ? -1 : 0;
        hb_trace_close(reader);
        regex_t pattern;
        assert_int_equal(regcomp(&pattern, cases[i].expected, REG_EXTENDED | REG_NOSUB), 0);
        if ((status == 0) != !cases[i].expected[0] || regexec(&pattern, err.message, 0, NULL, 0))
            fail_msg("case %zu: \"%s\"; wanted %s", i, err.message, cases[i].expected);
        regfree(&pattern);
    }
}

/* ---- names ---- */

/* Also one beyond every name that a block was made with. */
static void renamed_block_has_its_new_name(void **state)
{
    (void)state;
    const struct hb_trace_header header = {.maker = "names"};
    struct hb_trace_writer *writer;
    struct hb_trace_event event = {.id = 5, .size = 1, .function = HB_CALL_MALLOC};
    struct hb_err err = {0};
    assert_int_equal(hb_trace_create("/dev/null", &header, &writer, &err), 0);
    assert_int_equal(hb_trace_put(writer, &event, &err), 0);
    hb_trace_rename(writer, 5, 9);
    event.id = 9;
    assert_int_equal(hb_trace_put(writer, &event, &err), -1);
    assert_non_null(strstr(err.message, "makes block 9; expected one that is not live"));
    event.id = 5;
    assert_int_equal(hb_trace_put(writer, &event, NULL), 0);
    event = (struct hb_trace_event){.id = 9, .function = HB_CALL_FREE};
    assert_int_equal(hb_trace_put(writer, &event, NULL), 0);
    assert_int_equal(hb_trace_end(writer, 0, NULL, NULL), 0);
}

/* ---- an event before its time ---- */

static void blocks_from_before_come_first(void **state)
{
    (void)state;
    struct hb_trace_header header = {.maker = "test", .before = 2};
    for (uint64_t late = 0; late < 2; late++) {
        struct hb_trace_writer *writer;
        struct hb_trace_reader *reader;
        struct hb_trace_event event = {.function = HB_CALL_MALLOC, .size = 3};
        struct hb_err err = {0};
        assert_int_equal(hb_trace_create(tmp.file, &header, &writer, &err), 0);
        for (event.id = 1; event.id <= 2; event.id++) {
            event.time_ns = event.id == 2 ? late : 0;
            assert_int_equal(hb_trace_put(writer, &event, &err), 0);
        }
        assert_int_equal(hb_trace_end(writer, 0, NULL, &err), 0);
        assert_int_equal(hb_trace_open(tmp.file, &reader, &err), 0);
        assert_int_equal(hb_trace_next(reader, &event, &err), 1);
        assert_int_equal(hb_trace_next(reader, &event, &err), late ? -1 : 1);
        hb_trace_close(reader);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(written_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(cut_off_is_read_to_its_last_block, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_after_a_rewind_has_its_place, setup, teardown),
        cmocka_unit_test_setup_teardown(full_disk_ends_cleanly, setup, teardown),
        cmocka_unit_test_setup_teardown(each_read_that_fails_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_window_begins_with_what_was_live, setup, teardown),
        cmocka_unit_test_setup_teardown(writer_refuses_what_a_reader_would, setup, teardown),
        cmocka_unit_test(hostile_blocks_are_refused),
        cmocka_unit_test(renamed_block_has_its_new_name),
        cmocka_unit_test_setup_teardown(blocks_from_before_come_first, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
