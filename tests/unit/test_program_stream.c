/* What a command writes, at its end: whoever could not be ended writes on. read() is this test's
 * own: of a pipe that is never empty. */
#include "program/stream.h"

#include "unit/cmocka.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MANY 100000u /* reads: who has made so many does not end */

static int endless = -1;
static unsigned reads;

ssize_t read(int fd, void *bytes, size_t size)
{
    if (fd != endless)
        return syscall(SYS_read, fd, bytes, size);
    if (++reads > MANY)
        return 0;
    memset(bytes, 'x', size);
    return (ssize_t)size;
}

static void rest_of_a_pipe_is_what_it_holds(void **state)
{
    (void)state;
    struct hb_stream stream;
    char kept[4], digest[33];
    atomic_size_t kept_bytes = 0;
    int writer;
    assert_int_equal(hb_stream_open(&stream, &writer, kept, &kept_bytes, 3), 0);
    const int room = fcntl(stream.fd, F_GETPIPE_SZ);
    assert_int_equal(write(writer, "abcde", 5), 5);
    hb_stream_read_rest(&stream); /* all there is, though the writer lives */
    assert_int_equal(stream.bytes, 5);
    assert_memory_equal(kept, "abc", 3);
    endless = stream.fd;
    hb_stream_read_rest(&stream);
    assert_true(reads < MANY);
    assert_in_range(stream.bytes, 5 + room, 5 + 2 * room);
    hb_stream_finish(&stream, digest);
    assert_int_equal(strlen(digest), 32);
    assert_int_equal(close(writer), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rest_of_a_pipe_is_what_it_holds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
