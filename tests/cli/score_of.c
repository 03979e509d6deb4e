/* Decodes a trace into the score that a worker plays, for workers that are started by hand, and
 * prints what is in it. Usage: score_of TRACE SCORE. Read next: trace/score.h, replay_test.sh. */
#include "trace/score.h"

#include <fcntl.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    struct hb_trace_reader *reader;
    struct hb_score_head head;
    struct hb_err err = {0};
    const int fd = argc == 3 ? open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0600) : -1;
    if (fd < 0)
        return 2;
    if (hb_trace_open(argv[1], &reader, &err) != 0 ||
        hb_score_write(reader, fd, argv[1], &head, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    hb_trace_close(reader);
    (void)printf("events=%llu windows=%llu slots=%llu blocks=%llu bytes=%llu remote=%llu "
                 "threads=%u together=%u\n",
                 (unsigned long long)head.events, (unsigned long long)head.windows,
                 (unsigned long long)head.slots, (unsigned long long)head.live_blocks_max,
                 (unsigned long long)head.live_bytes_max, (unsigned long long)head.remote_frees,
                 head.threads, head.together);
    return 0;
}
