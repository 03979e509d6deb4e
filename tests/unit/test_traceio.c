/* traceio: what others recorded, event by event as worked out by hand; what is refused and where;
 * packed files; and back to text. */
#include "unit/temp_folder.h"
#include "unit/trace_text.h"

#include "base/buf.h"
#include "base/rng.h"
#include "traceio/fields.h"
#include "traceio/foreign.h"
#include "traceio/unpack.h"

#include <fcntl.h>
#include <inttypes.h>
#include <minizip/zip.h>
#include <zlib.h>
#include <zstd.h>

/* ---- importing ---- */

static char output[128];

static int import(const char *bytes, size_t size, const struct hb_foreign_request *how,
                  struct hb_foreign_outcome *outcome, struct hb_err *err)
{
    char input[128];
    (void)snprintf(input, sizeof input, "%s", temp_path(&temp_group, "in"));
    (void)snprintf(output, sizeof output, "%s", temp_path(&temp_group, "out.hbt"));
    temp_write(input, bytes, size);
    struct hb_foreign_request request = *how;
    request.input = input;
    request.output = output;
    request.fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    const int status = hb_foreign_import(&request, outcome, err);
    assert_int_equal(close(request.fd), 0); /* it was ours */
    return status;
}

static struct hb_foreign_outcome takes_as(const char *bytes, size_t size, const char *expected,
                                          const struct hb_foreign_request *how)
{
    struct hb_foreign_outcome outcome;
    struct hb_err err = {0};
    struct hb_buf text = {0};
    if (import(bytes, size, how, &outcome, &err) != 0)
        fail_msg("%s", err.message);
    read_events(output, &text);
    assert_string_equal(hb_buf_string(&text), expected);
    hb_buf_free(&text);
    return outcome;
}

static struct hb_foreign_outcome takes(const char *text, const char *expected)
{
    return takes_as(text, strlen(text), expected, &(struct hb_foreign_request){.process = 0});
}

static void refuses_as(const char *bytes, size_t size, const char *what,
                       const struct hb_foreign_request *how)
{
    struct hb_foreign_outcome outcome;
    struct hb_err err = {0};
    assert_int_equal(import(bytes, size, how, &outcome, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    if (!strstr(err.message, what))
        fail_msg("\"%s\" is not in: %s", what, err.message);
}
#define REFUSES(bytes, what)                                                                       \
    refuses_as(bytes, sizeof(bytes) - 1, what, &(struct hb_foreign_request){.process = 0})
#define REFUSES_STRICTLY(bytes, what)                                                              \
    refuses_as(bytes, sizeof(bytes) - 1, what, &(struct hb_foreign_request){.strict = true})

/* ---- memory_replay ---- */

static void every_call_of_memory_replay(void **state)
{
    (void)state;
    const struct hb_foreign_outcome outcome = takes("100: malloc 0xb48390a0 48\n"
                                                    "200: calloc 0xb48c1100 32 8\n"
                                                    "300:realloc 0x96b90920 0xb48390a0 150\n"
                                                    "400: memalign 0xae42d080 16 104\n"
                                                    "300: free 0xb48c1100\n"
                                                    "300: free 0x0\n"
                                                    "600: thread_done 0x0\n"
                                                    "200: realloc 0x10 0x0 7",
                                                    "0 malloc 1 48\n"
                                                    "1 calloc 2 256\n"
                                                    "2 realloc 3<1 150\n"
                                                    "3 memalign 4 104 ^4\n"
                                                    "2 free 2\n"
                                                    "2 free 0\n"
                                                    "4 thread end\n"
                                                    "1 realloc 5<0 7\n");
    assert_ptr_equal(outcome.format, &hb_format_memory_replay);
    assert_int_equal(outcome.read, 8);
    assert_string_equal(outcome.header.maker, "Android memory_replay, no times");
    assert_int_equal(outcome.header.totals.made, 5);
    assert_int_equal(outcome.header.totals.live_blocks, 3);
    assert_int_equal(outcome.header.totals.live_bytes, 150 + 104 + 7);
    assert_int_equal(outcome.header.totals.peak_live_bytes, 256 + 150 + 104);
}

static void times_of_memory_replay_are_since_the_first(void **state)
{
    (void)state;
    const struct hb_foreign_outcome outcome = takes("1: malloc 0x10 8 5000 5040\r\n"
                                                    "1: realloc 0x20 0x10 9 5100 5200 4\r\n"
                                                    "2: calloc 0x30 2 3 5100 5105\r\n"
                                                    "2: free 0x20 4999 5000 -1\r\n"
                                                    "2: free 0x30 6000 6001 6\r\n"
                                                    "1: thread_done 0x0 7000\r\n",
                                                    "0 malloc 1 8\n"
                                                    "0 realloc 2<1 9 @100\n"
                                                    "1 calloc 3 6\n"
                                                    "1 free 2\n"
                                                    "1 free 3 @1000\n"
                                                    "0 thread end @2000\n");
    assert_int_equal(outcome.counts.backward, 1);
    assert_string_equal(outcome.header.maker, "Android memory_replay");
    REFUSES_STRICTLY("1: malloc 0x10 8 50 51\n1: free 0x10 49 50\n",
                     "in:2: expected a time that is not before the one above");
}

static void calls_of_memory_replay_that_failed(void **state)
{
    (void)state;
    (void)takes("1: malloc 0x0 99\n"
                "1: calloc 0x0 9223372036854775807 16\n"
                "1: malloc 0x10 8\n"
                "1: realloc 0x0 0x10 99\n"
                "1: malloc 0x20 0\n"
                "1: realloc 0x0 0x20 0\n"
                "1: free 0x10\n",
                "0 malloc 0 99 !\n"
                "0 calloc 0 18446744073709551615 !\n"
                "0 malloc 1 8\n"
                "0 realloc 0<1 99 !\n"
                "0 malloc 2 0\n"
                "0 realloc 0<2 0\n"
                "0 free 1\n");
}

static void thread_ids_come_again(void **state)
{
    (void)state;
    (void)takes("7: malloc 0x10 1\n7: thread_done 0x0\n8: free 0x10\n7: malloc 0x10 2\n",
                "0 malloc 1 1\n0 thread end\n1 free 1\n2 malloc 2 2\n");
}

/* Two threads' lines have changed places: the block that was there first is the one that goes. */
static void of_two_blocks_at_one_address_the_oldest_goes(void **state)
{
    (void)state;
    static const char lines[] = "1: malloc 0x10 1\n2: malloc 0x10 2\n1: realloc 0x20 0x10 3\n"
                                "2: free 0x10\n";
    const struct hb_foreign_outcome outcome =
        takes(lines, "0 malloc 1 1\n1 malloc 2 2\n0 realloc 3<1 3\n1 free 2\n");
    assert_int_equal(outcome.counts.shared, 1);
    REFUSES_STRICTLY(lines,
                     "in:2: a block at 0x10: expected a place without a live one, found 1 there");
    struct hb_buf many = {0};
    for (unsigned i = 0; i < 17; i++)
        (void)hb_buf_text(&many, "1: malloc 0x10 1\n");
    refuses_as(many.bytes, many.size, "in:17: a block at 0x10: expected",
               &(struct hb_foreign_request){.process = 0});
    hb_buf_free(&many);
}

static void alignments_are_powers_of_two(void **state)
{
    (void)state;
    (void)takes("1: memalign 0x10 0 1\n1: memalign 0x20 1 1\n1: memalign 0x30 24 1\n"
                "1: memalign 0x40 9223372036854775808 1\n",
                "0 memalign 1 1\n0 memalign 2 1\n0 memalign 3 1 ^5\n0 memalign 4 1 ^63\n");
    REFUSES("1: memalign 0x40 9223372036854775809 1\n", "in:1: expected TID: memalign POINTER");
}

static void broken_memory_replay_is_refused_by_line(void **state)
{
    (void)state;
    static const char good[] = "1: malloc 0x10 1\n";
    static const char *const bad[] = {
        "1: malloc 0x10",
        "1: malloc 0x20 18446744073709551616",
        "1: malloc 0x20 -1",
        "1: malloc 0x10000000000000000 1",
        "1: malloc 0xg 1",
        "1: malloc 0x20 1 5",
        "1: malloc 0x20 1 5 6 7",
        "1: malloc 0x20 1 x",
        "1: malloc 0x20 0x10",
        "1: calloc 0x20 1",
        "1: calloc 0x20 4294967296 4294967296",
        "1: realloc 0x20 0x10",
        "1: memalign 0x20 16",
        "1: free",
        "1: free 0x10 5",
        "1: free 0x10 5 6 7 8",
        "1: thread_done",
        "1: thread_done 0x0 5 6",
        "-1: malloc 0x20 1",
        "2147483648: malloc 0x20 1",
        "1 malloc 0x20 1",
        "1: mallocx 0x20 1",
        "1: munmap 0x20",
        "",
        "hello",
        "1: free 0x20",
        "1: realloc 0x30 0x20 5",
        "1: malloc 0x20 9223372036854775808",
        "1: malloc 0x20 9223372036854775807",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[256];
        const int size = snprintf(text, sizeof text, "%s%s\n%s", good, bad[i], good);
        refuses_as(text, (size_t)size, "/in:2: ", &(struct hb_foreign_request){.process = 0});
    }
    REFUSES("1: malloc 0x10 1\n1: malloc 0x20 1\0\n", "/in:2: expected TID: malloc");
    REFUSES("1: malloc 0x10 1\n\0\n", "/in:2: expected TID: malloc");
    REFUSES("1: free 0x10\n", "in:1: free of 0x10: expected one with a live block");
}

/* ---- logalloc ---- */

/* As its README has them, with two lines more. */
static void every_call_of_logalloc(void **state)
{
    (void)state;
    const struct hb_foreign_outcome outcome =
        takes("18545 18545 malloc(32)=0x7f90495120e0\n"
              "18545 18545 calloc(1,148)=0x7f9049537480\n"
              "18545 18546 realloc(0x7f90495120e0,64)=0x7f9049536680\n"
              "18545 18545 posix_memalign(256,240)=0x7f9049583300\n"
              "18545 18545 jemalloc_stats()\n"
              "18545 18545 free(0x7f9049536680)\n"
              "18545 18545 free(0x0)\n"
              "18545 18545 aligned_alloc(64,128)=0x10\n"
              "18545 18545 memalign(8,5)=0x20\n"
              "18545 18545 valloc(6)=0x30\n"
              "18545 18545 malloc(18446744073709551615)=0x0\n",
              "0 malloc 1 32\n0 calloc 2 148\n1 realloc 3<1 64\n0 posix_memalign 4 240 ^8\n"
              "0 free 3\n0 free 0\n0 aligned_alloc 5 128 ^6\n0 memalign 6 5 ^3\n0 valloc 7 6\n"
              "0 malloc 0 18446744073709551615 !\n");
    assert_ptr_equal(outcome.format, &hb_format_logalloc);
    assert_int_equal(outcome.counts.queries, 1);
    assert_int_equal(outcome.process, 18545);
    assert_int_equal(outcome.header.pid, 18545);
}

static void munged_logalloc_is_the_same(void **state)
{
    (void)state;
    const struct hb_foreign_outcome outcome =
        takes("1 1 malloc(32)=#1\n1 1 calloc(1,148)=#2\n1 1 realloc(#1,64)=#1\n"
              "1 1 posix_memalign(256,240)=#3\n1 1 free(#1)\n1 1 free(#4)\n1 malloc(5)=#1\n",
              "0 malloc 1 32\n0 calloc 2 148\n0 realloc 3<1 64\n0 posix_memalign 4 240 ^8\n"
              "0 free 3\n0 malloc 5 5\n");
    assert_int_equal(outcome.counts.unknown, 1);
    REFUSES_STRICTLY("1 1 malloc(5)=#1\n1 1 free(#4)\n",
                     "in:2: free of 0x4: expected one with a live block");
}

static void one_process_of_a_logalloc_is_taken(void **state)
{
    (void)state;
    static const char lines[] = "5 5 malloc(1)=0x10\n6 6 malloc(2)=0x10\n6 6 free(0x10)\n"
                                "5 5 free(0x10)\n";
    struct hb_foreign_outcome outcome = takes(lines, "0 malloc 1 1\n0 free 1\n");
    assert_int_equal(outcome.counts.others, 2);
    outcome = takes_as(lines, sizeof lines - 1, "0 malloc 1 2\n0 free 1\n",
                       &(struct hb_foreign_request){.process = 6});
    assert_int_equal(outcome.header.pid, 6);
    refuses_as(lines, sizeof lines - 1, "expected calls of malloc's family, found none",
               &(struct hb_foreign_request){.process = 7});
}

/* The block of the reallocation is there, though nobody saw what it was made of. */
static void blocks_from_before_a_logalloc(void **state)
{
    (void)state;
    const struct hb_foreign_outcome outcome =
        takes("5 5 free(0x10)\n5 5 realloc(0x20,9)=0x30\n5 5 free(0x30)\n5 5 realloc(0x40,9)=0x0\n",
              "0 realloc 1<0 9\n0 free 1\n");
    assert_int_equal(outcome.counts.unknown, 3);
}

static void broken_logalloc_is_refused_by_line(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "5 5 malloc(1)",
        "5 5 malloc(1)=",
        "5 5 malloc(1)=10",
        "5 5 malloc(1,2)=0x20",
        "5 5 malloc()=0x20",
        "5 5 malloc(-1)=0x20",
        "5 5 malloc(18446744073709551616)=0x20",
        "5 5 calloc(4294967296,4294967296)=0x20",
        "5 5 free(0x10)=0x20",
        "5 5 free(0x10",
        "5 5 free(0x10) x",
        "5 5 sbrk(1)=0x20",
        "-5 5 malloc(1)=0x20",
        "5 -5 malloc(1)=0x20",
        "5",
        "",
        "5 5 malloc(1)=0x10\t)",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[256];
        const int size = snprintf(text, sizeof text, "5 5 malloc(1)=0x10\n%s\n", bad[i]);
        refuses_as(text, (size_t)size, "/in:2: expected ",
                   &(struct hb_foreign_request){.process = 0});
    }
}

/* ---- heaptrack ---- */

static void raw_heaptrack(void **state)
{
    (void)state;
    const struct hb_foreign_outcome outcome =
        takes("v 10550 3\nx 3b /usr/bin/app\nX ./app --fast\nI 1000 7d09db\nm 1 -\n"
              "m 1 x 5d7ea53f9000 0 848\nt 7bf3f6a3579f 0\n+ 12000 4 5d7ec4ddc570\nc a\nR 5\n"
              "+ 8 e 5d7ec4dee750\n- 5d7ec4dee750\n# peace\n\nc 14\n- 99\n- 5d7ec4ddc570\nA\n",
              "0 malloc 1 73728\n0 malloc 2 8 @10000000\n0 free 2\n0 free 1 @20000000\n");
    assert_ptr_equal(outcome.format, &hb_format_heaptrack);
    assert_int_equal(outcome.counts.unknown, 1);
    assert_string_equal(outcome.header.command, "./app --fast");
    assert_int_equal(outcome.header.totals.peak_live_bytes, 0x12008);
    static const char backward[] = "v 10550 3\nc 5\n+ 5 1 10\nc 4\n- 10\nc 5\n+ 6 1 10\n";
    assert_int_equal(
        takes(backward, "0 malloc 1 5 @5000000\n0 free 1\n0 malloc 2 6\n").counts.backward, 1);
    REFUSES_STRICTLY(backward, "in:4: expected a time that is not before the one above");
    REFUSES_STRICTLY("v 10550 3\n+ 1 1 10\n- 99\n",
                     "in:3: free of 0x99: expected one with a live block");
}

/* Infos 0 (16 bytes) and 1 (32): the newest block of an info is freed first. */
static void interpreted_heaptrack(void **state)
{
    (void)state;
    const struct hb_foreign_outcome outcome =
        takes("v 10000 2\nX ./david\ns main\ni 7fbba99d6229 f\nt 1 0\na 10 1\na 20 1\n"
              "+ 0\n+ 0\n+ 1\n- 0\n+ 0\n- 1\n- 0\n- 0\n",
              "0 malloc 1 16\n0 malloc 2 16\n0 malloc 3 32\n0 free 2\n0 malloc 4 16\n0 free 3\n"
              "0 free 4\n0 free 1\n");
    assert_int_equal(outcome.header.totals.live_blocks, 0);
    assert_string_equal(outcome.header.maker, "heaptrack, interpreted; no threads, blocks alike");
}

static void broken_heaptrack_is_refused_by_line(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "+ 0",
        "- 10 5",
        "+ 10 1",
        "+ 10 1 0",
        "+",
        "-",
        "- ",
        "+ 11111111111111111 1 20",
        "+ g 1 20",
        "+10 1 20",
        "a 10 1",
        "a 10",
        "c",
        "c x",
        "c ffffffffffffffff",
        "v 10550 4",
        "v",
        "q 1",
        "hello",
        "- -1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[256];
        const int size = snprintf(text, sizeof text, "v 10550 3\n+ 1 1 10\n%s\n", bad[i]);
        refuses_as(text, (size_t)size, "/in:3: expected ",
                   &(struct hb_foreign_request){.process = 0});
    }
    REFUSES("v 10550 3\na 10 1\n+ 0\n+ 1\n", "in:4: expected \"+ INFO\" of an allocation info");
    REFUSES("v 10550 3\na 10 1\n+ 0\n- 0\n- 0\n", "in:5: expected \"- INFO\" of an allocation");
    REFUSES("v 10550 3\na 10 1\n+ 10 1 5\n", "in:3: expected lines of an interpreted file");
    refuses_as("+ 1 1 10\n", 9, "in:1: expected \"v HEAPTRACK_VERSION",
               &(struct hb_foreign_request){.format = &hb_format_heaptrack});
}

/* ---- .ops ---- */

/* Opcode, thread, log2 of the alignment, slot and size as a 64-bit machine has them. */
#define OP(opcode, thread, align, slot, size)                                                      \
    opcode "\0\0\0" thread "\0" align "\0" slot "\0\0\0\0\0\0\0" size "\0\0\0\0\0\0\0"
#define MALLOC_0 OP("\0", "\0", "\0", "\0", "\x10")

static void every_call_of_ops(void **state)
{
    (void)state;
    static const char ops[] = MALLOC_0     /* slot 0, 16 bytes */
        OP("\3", "\1", "\6", "\5", "\x20") /* slot 5, 32 bytes at 64 */
        OP("\2", "\0", "\0", "\0", "\x30") /* slot 0 to 48 */
        OP("\1", "\1", "\0", "\0", "\0") OP("\1", "\1", "\0", "\0", "\0")
            OP("\2", "\1", "\0", "\7", "\1") OP("\1", "\2", "\0", "\5", "\0");
    const struct hb_foreign_outcome outcome =
        takes_as(ops, sizeof ops - 1,
                 "0 malloc 1 16\n1 memalign 2 32 ^6\n0 realloc 3<1 48\n1 free 3\n1 realloc 4<0 "
                 "1\n2 free 2\n",
                 &(struct hb_foreign_request){.process = 0});
    assert_ptr_equal(outcome.format, &hb_format_ops);
    assert_int_equal(outcome.counts.unknown, 2);
    (void)takes_as(MALLOC_0, 24, "0 malloc 1 16\n", &(struct hb_foreign_request){.process = 0});
    REFUSES_STRICTLY(MALLOC_0 OP("\1", "\1", "\0", "\7", "\0"),
                     "in: record 2: free of slot 7: expected one with a live block");
}

static void broken_ops_are_refused_by_record(void **state)
{
    (void)state;
    REFUSES(MALLOC_0 "\0\0\0\0\0", "in: record 2: expected 24 bytes, found 5");
    refuses_as(MALLOC_0 OP("\4", "\0", "\0", "\0", "\0"), 48,
               "in: record 2: expected opcode 0 to 3, found 4",
               &(struct hb_foreign_request){.format = &hb_format_ops});
    refuses_as(MALLOC_0 OP("\3", "\0", "\x40", "\1", "\0"), 48,
               "in: record 2: expected an alignment of 2^0 to 2^63, found 2^64",
               &(struct hb_foreign_request){.format = &hb_format_ops});
    refuses_as(MALLOC_0 "\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\1\0\0\0\0\0\0\0", 48,
               "in: record 2: expected a slot below 2^64 - 1",
               &(struct hb_foreign_request){.format = &hb_format_ops});
    refuses_as(MALLOC_0 "\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 48,
               "in: record 2: a block of 18446744073709551615 bytes; expected",
               &(struct hb_foreign_request){.format = &hb_format_ops});
}

/* ---- files ---- */

static const char plain[] = "1: malloc 0x10 5\n1: free 0x10\n";
static const char plain_events[] = "0 malloc 1 5\n0 free 1\n";

static size_t gzip(const char *text, size_t size, char *to, size_t room)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)text,
                  .avail_in = (uInt)size,
                  .next_out = (Bytef *)to,
                  .avail_out = (uInt)room};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    (void)deflateEnd(&z);
    return room - z.avail_out;
}

static size_t file_bytes(const char *path, char *to, size_t room)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(to, 1, room, file);
    (void)fclose(file);
    return size;
}

/* A zip of so many files, each with the text. */
static size_t zip(const char *text, size_t size, unsigned files, char *to, size_t room)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s", temp_path(&temp_group, "made.zip"));
    zipFile made = zipOpen64(path, APPEND_STATUS_CREATE);
    assert_non_null(made);
    for (unsigned i = 0; i < files; i++) {
        char name[16];
        const zip_fileinfo info = {.dosDate = 1};
        (void)snprintf(name, sizeof name, "%u.txt", i);
        assert_int_equal(
            zipOpenNewFileInZip64(made, name, &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 6, 0),
            ZIP_OK);
        assert_int_equal(zipWriteInFileInZip(made, text, (unsigned)size), ZIP_OK);
        assert_int_equal(zipCloseFileInZip(made), ZIP_OK);
    }
    assert_int_equal(zipClose(made, NULL), ZIP_OK);
    return file_bytes(path, to, room);
}

static void packed_files_are_unpacked(void **state)
{
    (void)state;
    const struct hb_foreign_request how = {.process = 0};
    char bytes[4096];
    size_t size = gzip(plain, sizeof plain - 1, bytes, sizeof bytes);
    (void)takes_as(bytes, size, plain_events, &how);
    size += gzip(plain, sizeof plain - 1, bytes + size, sizeof bytes - size); /* a second member */
    (void)takes_as(bytes, size, "0 malloc 1 5\n0 free 1\n0 malloc 2 5\n0 free 2\n", &how);
    size = ZSTD_compress(bytes, sizeof bytes, plain, sizeof plain - 1, 3);
    (void)takes_as(bytes, size, plain_events, &how);
    size += ZSTD_compress(bytes + size, sizeof bytes - size, plain, sizeof plain - 1, 3);
    (void)takes_as(bytes, size, "0 malloc 1 5\n0 free 1\n0 malloc 2 5\n0 free 2\n", &how);
    size = zip(plain, sizeof plain - 1, 1, bytes, sizeof bytes);
    (void)takes_as(bytes, size, plain_events, &how);
}

/* Three times what is read at once; and the last line counts. */
static void large_packed_files_are_unpacked_to_their_end(void **state)
{
    (void)state;
    const struct hb_foreign_request how = {.process = 0};
    struct hb_buf text = {0};
    struct hb_rng rng;
    hb_rng_seed(&rng, 3);
    (void)hb_buf_text(&text, "v 10550 3\n+ 5 1 10\n");
    while (text.size < 3u << 20)
        (void)hb_buf_printf(&text, "# %" PRIx64 "\n", hb_rng_next(&rng));
    (void)hb_buf_text(&text, "- 10\n");
    const size_t room = 4u << 20;
    char *bytes = malloc(room);
    assert_non_null(bytes);
    (void)takes_as(bytes, gzip(text.bytes, text.size, bytes, room), "0 malloc 1 5\n0 free 1\n",
                   &how);
    (void)takes_as(bytes, ZSTD_compress(bytes, room, text.bytes, text.size, 1),
                   "0 malloc 1 5\n0 free 1\n", &how);
    (void)takes_as(bytes, zip(text.bytes, text.size, 1, bytes, room), "0 malloc 1 5\n0 free 1\n",
                   &how);
    (void)takes_as(text.bytes, text.size, "0 malloc 1 5\n0 free 1\n", &how);
    hb_buf_free(&text);
    free(bytes);
}

/* It is refused, or says what it said. */
static void is_refused_or_the_same(const char *bytes, size_t size)
{
    struct hb_foreign_outcome outcome;
    struct hb_err err = {0};
    struct hb_buf text = {0};
    if (import(bytes, size, &(struct hb_foreign_request){.process = 0}, &outcome, &err) != 0) {
        assert_int_equal(err.kind, HB_ERR_USAGE);
        return;
    }
    read_events(output, &text);
    assert_string_equal(hb_buf_string(&text), plain_events);
    hb_buf_free(&text);
}

/* Cut anywhere, and with any byte changed. */
static void damaged_packed_files(void **state)
{
    (void)state;
    const struct hb_foreign_request how = {.process = 0};
    char made[3][4096];
    const size_t sizes[3] = {gzip(plain, sizeof plain - 1, made[0], sizeof made[0]),
                             ZSTD_compress(made[1], sizeof made[1], plain, sizeof plain - 1, 3),
                             zip(plain, sizeof plain - 1, 1, made[2], sizeof made[2])};
    made[1][4] |= 4; /* the frame's head says that a checksum follows, which is not there */
    refuses_as(made[1], sizes[1], "the file ends inside its zstd data", &how);
    made[1][4] &= ~4;
    for (unsigned kind = 0; kind < 3; kind++) {
        for (size_t cut = 1; cut < sizes[kind]; cut++)
            is_refused_or_the_same(made[kind], cut);
        for (size_t at = 0; at < sizes[kind] && kind != 1; at++) {
            made[kind][at] ^= 0x41;
            is_refused_or_the_same(made[kind], sizes[kind]);
            made[kind][at] ^= 0x41;
        }
    }
    refuses_as(made[0], sizes[0] - 1, "the file ends inside its gzip data, after 30 bytes", &how);
    refuses_as(made[1], sizes[1] - 1, "the file ends inside its zstd data", &how);
    refuses_as(made[2], sizes[2] - 9, "expected a whole zip file", &how);
    made[0][10] = made[2][30 + 5] = 7; /* the block behind the head: there is no type 3 */
    refuses_as(made[0], sizes[0], "the gzip data is damaged after 0 bytes", &how);
    refuses_as(made[2], sizes[2], "the zip data is damaged after 0 bytes", &how);
    made[1][6] |= 6;
    refuses_as(made[1], sizes[1], "the zstd data is damaged after 0 bytes", &how);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    const struct hb_foreign_request how = {.process = 0};
    char bytes[4096];
    const size_t two = zip(plain, sizeof plain - 1, 2, bytes, sizeof bytes);
    refuses_as(bytes, two, "expected a zip of one file, found 2", &how);
    const size_t none = zip(plain, sizeof plain - 1, 0, bytes, sizeof bytes);
    refuses_as(bytes, none, "expected a whole zip file", &how);
    const size_t empty = gzip("", 0, bytes, sizeof bytes);
    refuses_as(bytes, empty, "is empty", &how);
    REFUSES("", "is empty");
    REFUSES("\xfd"
            "7zXZ\0\0\0",
            "found one of xz: unpack it first");
    REFUSES("BZh91AY", "found one of bzip2");
    REFUSES("hbtrace\n\0\0\0\0", "is a trace of hakbench's own already");
    REFUSES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\76\0\1\0\0\0", "is no trace that is read");
    REFUSES("hello, world\n", "is no trace that is read: those are heaptrack's");
    struct hb_foreign_outcome outcome;
    struct hb_err err = {0};
    const struct hb_foreign_request nothing = {.input = "/nonexistent/x", .output = output};
    assert_int_equal(hb_foreign_import(&nothing, &outcome, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
}

static void lines_are_not_endless(void **state)
{
    (void)state;
    struct hb_buf text = {0};
    (void)hb_buf_text(&text, "v 10550 3\n+ 5 1 10\n#");
    while (text.size < 3u << 20)
        (void)hb_buf_text(&text, "0123456789abcdef");
    refuses_as(text.bytes, text.size, "in:3: the line is longer than 1048576 bytes",
               &(struct hb_foreign_request){.process = 0});
    text.bytes[20 + (1u << 20)] = '\n'; /* the third line has one byte too many with its # */
    refuses_as(text.bytes, text.size, "in:3: the line is longer",
               &(struct hb_foreign_request){.process = 0});
    text.bytes[18 + (1u << 20)] = '\n';
    text.size = 19 + (1u << 20);
    (void)takes_as(text.bytes, text.size, "0 malloc 1 5\n",
                   &(struct hb_foreign_request){.process = 0});
    hb_buf_free(&text);
}

/* 300 MiB of comments in 40 kB. */
static void packed_bombs_are_refused(void **state)
{
    (void)state;
    struct hb_buf bomb = {0};
    const size_t chunk_bytes = 1u << 20;
    char *chunk = malloc(chunk_bytes), *packed = malloc(chunk_bytes);
    assert_true(chunk && packed);
    size_t size = ZSTD_compress(packed, chunk_bytes, "v 10550 3\n+ 5 1 10\n", 19, 1);
    (void)hb_buf_add(&bomb, packed, size);
    memset(chunk, '#', chunk_bytes);
    chunk[chunk_bytes / 2 - 1] = chunk[chunk_bytes - 1] = '\n';
    size = ZSTD_compress(packed, chunk_bytes, chunk, chunk_bytes, 1);
    for (unsigned i = 0; i < 300; i++)
        (void)hb_buf_add(&bomb, packed, size);
    assert_in_range(bomb.size, 1, 200000);
    refuses_as(bomb.bytes, bomb.size, "as of no trace; unpack it first if it is one",
               &(struct hb_foreign_request){.process = 0});
    hb_buf_free(&bomb);
    free(chunk);
    free(packed);
}

static void more_threads_than_any_machine_has(void **state)
{
    (void)state;
    struct hb_buf text = {0};
    for (unsigned i = 0; i <= HB_INTAKE_THREADS_MAX; i++)
        (void)hb_buf_printf(&text, "%u: free 0x0\n", i);
    refuses_as(text.bytes, text.size, "in:65537: thread 65536 is one of more than 65536",
               &(struct hb_foreign_request){.process = 0});
    hb_buf_free(&text);
}

/* ---- numbers ---- */

/* Against a list that is searched from its front. */
static void numbers_are_found_oldest_first(void **state)
{
    (void)state;
    enum { STEPS = 60000, KEYS = 3000 };
    static struct {
        uint64_t key, value;
    } list[STEPS];
    size_t count = 0;
    struct hb_numbers numbers = {0};
    struct hb_rng rng;
    hb_rng_seed(&rng, 20);
    assert_int_equal(hb_numbers_take(&numbers, 5), 0);
    for (uint64_t step = 1; step <= STEPS; step++) {
        const uint64_t key = hb_rng_below(&rng, KEYS) << 4;
        size_t at = 0;
        while (at < count && list[at].key != key)
            at++;
        const uint64_t expected = at < count ? list[at].value : 0;
        assert_int_equal(hb_numbers_find(&numbers, key), expected);
        if (hb_rng_below(&rng, 5) < (step < STEPS / 2 ? 3 : 2)) {
            assert_int_equal(hb_numbers_add(&numbers, key, step), 0);
            list[count].key = key;
            list[count++].value = step;
        } else {
            assert_int_equal(hb_numbers_take(&numbers, key), expected);
            if (expected)
                memmove(&list[at], &list[at + 1], (--count - at) * sizeof *list);
        }
        assert_int_equal(numbers.count, count);
    }
    hb_numbers_free(&numbers);
}

/* ---- back to text ---- */

static char *exported(const char *path, bool no_times, struct hb_replay_losses *losses)
{
    struct hb_trace_reader *reader;
    struct hb_err err = {0};
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    if (hb_trace_open(path, &reader, &err) != 0 ||
        hb_replay_export(reader, no_times, to, losses, &err) != 0)
        fail_msg("%s", err.message);
    hb_trace_close(reader);
    assert_int_equal(fclose(to), 0);
    return text;
}

static void put(struct hb_trace_writer *writer, struct hb_trace_event event)
{
    struct hb_err err = {0};
    if (hb_trace_put(writer, &event, &err) != 0)
        fail_msg("%s", err.message);
}

static void a_trace_is_written_as_text(void **state)
{
    (void)state;
    struct hb_err err = {0};
    struct hb_trace_writer *writer;
    const struct hb_trace_header header = {.maker = "test"};
    char path[128];
    (void)snprintf(path, sizeof path, "%s", temp_path(&temp_group, "made.hbt"));
    assert_int_equal(hb_trace_create(path, &header, &writer, &err), 0);
    put(writer, (struct hb_trace_event){.id = 1, .size = 16, .function = HB_CALL_MALLOC});
    put(writer, (struct hb_trace_event){
                    .id = 2, .size = 64, .function = HB_CALL_CALLOC, .thread = 1, .time_ns = 5});
    put(writer,
        (struct hb_trace_event){
            .id = 3, .size = 9, .align_log2 = 6, .function = HB_CALL_POSIX_MEMALIGN, .time_ns = 5});
    put(writer, (struct hb_trace_event){
                    .id = 4, .old_id = 1, .size = 17, .function = HB_CALL_REALLOC, .time_ns = 7});
    put(writer,
        (struct hb_trace_event){.id = 2, .size = 64, .function = HB_CALL_FREE_SIZED, .time_ns = 7});
    put(writer, (struct hb_trace_event){.size = 99, .function = HB_CALL_MALLOC, .time_ns = 8});
    put(writer, (struct hb_trace_event){.id = 5, .size = 8, .function = HB_CALL_NEW, .time_ns = 8});
    put(writer, (struct hb_trace_event){.id = 5, .function = HB_CALL_DELETE, .time_ns = 9});
    put(writer, (struct hb_trace_event){.old_id = 4, .function = HB_CALL_REALLOC, .time_ns = 9});
    put(writer,
        (struct hb_trace_event){.function = HB_CALL_THREAD_END, .thread = 1, .time_ns = 10});
    assert_int_equal(hb_trace_end(writer, 0, NULL, &err), 0);

    struct hb_replay_losses losses;
    char *text = exported(path, false, &losses);
    assert_string_equal(text, "1: malloc 0x10 16 1 1\n"
                              "2: calloc 0x20 1 64 6 6\n"
                              "1: memalign 0x30 64 9 6 6\n"
                              "1: realloc 0x40 0x10 17 8 8\n"
                              "1: free 0x20 8 8\n"
                              "1: malloc 0x50 8 9 9\n"
                              "1: free 0x50 10 10\n"
                              "1: realloc 0x0 0x40 0 10 10\n"
                              "2: thread_done 0x0 11\n");
    assert_int_equal(losses.failed, 1);
    assert_int_equal(losses.functions, 4); /* posix_memalign, free_sized, new, delete */
    assert_int_equal(losses.sizes, 1);
    (void)takes(text, "0 malloc 1 16\n"
                      "1 calloc 2 64 @5\n"
                      "0 memalign 3 9 ^6\n"
                      "0 realloc 4<1 17 @7\n"
                      "0 free 2\n"
                      "0 malloc 5 8 @8\n"
                      "0 free 5 @9\n"
                      "0 realloc 0<4 0\n"
                      "1 thread end @10\n");
    free(text);
    text = exported(path, true, &losses);
    assert_non_null(strstr(text, "1: free 0x20\n"));
    free(text);
}

/* One line at random; addresses and threads are few, so that they come again. */
static void add_random_line(struct hb_buf *text, struct hb_rng *rng, bool *live)
{
    const unsigned address = 1 + (unsigned)hb_rng_below(rng, 50);
    const unsigned thread = (unsigned)hb_rng_below(rng, 6), size = (unsigned)hb_rng_below(rng, 999);
    const unsigned other = 1 + (unsigned)hb_rng_below(rng, 50);
    if (live[address] && !live[other] && hb_rng_below(rng, 3) == 0) {
        (void)hb_buf_printf(text, "%u: realloc 0x%x00 0x%x00 %u\n", thread, other, address, size);
        live[other] = true;
    } else if (live[address]) {
        (void)hb_buf_printf(text, "%u: free 0x%x00\n", thread, address);
    } else if (hb_rng_below(rng, 20) == 0) {
        (void)hb_buf_printf(text, "%u: thread_done 0x0\n", thread);
        return;
    } else {
        (void)hb_buf_printf(text, "%u: %s 0x%x00 %s%u\n", thread,
                            (const char *[]){"malloc", "calloc", "memalign"}[size % 3], address,
                            (const char *[]){"", "1 ", "32 "}[size % 3], size);
        live[address] = true;
        return;
    }
    live[address] = false;
}

static void text_comes_back_as_the_same_events(void **state)
{
    (void)state;
    bool live[51] = {false};
    struct hb_rng rng;
    struct hb_buf text = {0}, first = {0};
    struct hb_foreign_outcome outcome;
    struct hb_err err = {0};
    struct hb_replay_losses losses;
    hb_rng_seed(&rng, 7);
    for (unsigned i = 0; i < 40000; i++) /* three blocks of the file */
        add_random_line(&text, &rng, live);
    if (import(text.bytes, text.size, &(struct hb_foreign_request){.process = 0}, &outcome, &err))
        fail_msg("%s", err.message);
    assert_int_equal(outcome.header.totals.events, 40000);
    read_events(output, &first);
    char *back = exported(output, false, &losses);
    assert_int_equal(losses.functions + losses.failed + losses.sizes, 0);
    (void)takes_as(back, strlen(back), first.bytes, &(struct hb_foreign_request){.process = 0});
    free(back);
    hb_buf_free(&text);
    hb_buf_free(&first);
}

static void fields_are_taken_from_the_left(void **state)
{
    (void)state;
    uint64_t value = 7;
    uint8_t log2;
    const char *at = "18446744073709551615x";
    assert_true(hb_field_decimal(&at, &value) && value == UINT64_MAX && *at == 'x');
    at = "18446744073709551616";
    assert_false(hb_field_decimal(&at, &value));
    assert_string_equal(at, "18446744073709551616");
    at = "00Ff ";
    assert_true(hb_field_hex(&at, &value) && value == 255 && *at == ' ');
    at = "11111111111111111";
    assert_false(hb_field_hex(&at, &value));
    at = "@`G";
    assert_false(hb_field_hex(&at, &value));
    assert_true(hb_field_align_log2(0, &log2) && log2 == 0);
    assert_true(hb_field_align_log2(1, &log2) && log2 == 0);
    assert_true(hb_field_align_log2(16, &log2) && log2 == 4);
    assert_true(hb_field_align_log2(17, &log2) && log2 == 5);
    assert_false(hb_field_align_log2(UINT64_MAX, &log2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_of_memory_replay),
        cmocka_unit_test(times_of_memory_replay_are_since_the_first),
        cmocka_unit_test(calls_of_memory_replay_that_failed),
        cmocka_unit_test(thread_ids_come_again),
        cmocka_unit_test(of_two_blocks_at_one_address_the_oldest_goes),
        cmocka_unit_test(alignments_are_powers_of_two),
        cmocka_unit_test(broken_memory_replay_is_refused_by_line),
        cmocka_unit_test(every_call_of_logalloc),
        cmocka_unit_test(munged_logalloc_is_the_same),
        cmocka_unit_test(one_process_of_a_logalloc_is_taken),
        cmocka_unit_test(blocks_from_before_a_logalloc),
        cmocka_unit_test(broken_logalloc_is_refused_by_line),
        cmocka_unit_test(raw_heaptrack),
        cmocka_unit_test(interpreted_heaptrack),
        cmocka_unit_test(broken_heaptrack_is_refused_by_line),
        cmocka_unit_test(every_call_of_ops),
        cmocka_unit_test(broken_ops_are_refused_by_record),
        cmocka_unit_test(packed_files_are_unpacked),
        cmocka_unit_test(large_packed_files_are_unpacked_to_their_end),
        cmocka_unit_test(damaged_packed_files),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(lines_are_not_endless),
        cmocka_unit_test(packed_bombs_are_refused),
        cmocka_unit_test(more_threads_than_any_machine_has),
        cmocka_unit_test(numbers_are_found_oldest_first),
        cmocka_unit_test(a_trace_is_written_as_text),
        cmocka_unit_test(text_comes_back_as_the_same_events),
        cmocka_unit_test(fields_are_taken_from_the_left),
    };
    return cmocka_run_group_tests(tests, temp_group_make, temp_group_remove);
}
