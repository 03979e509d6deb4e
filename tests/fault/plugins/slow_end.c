/* Its threads sleep three times when they end. It measures well otherwise: what a thread did is
 * counted although nobody can ask it any more. */
#include "broken.h"

#include <time.h>

static void sleep_thrice(void)
{
    const struct timespec pause = {.tv_nsec = 100000};
    for (int i = 0; i < 3; i++)
        (void)nanosleep(&pause, NULL);
}

static int open_slow_end(void *library, const struct hb_allocator_hint *hint,
                         struct hb_allocator_functions *functions, char *message,
                         size_t message_bytes)
{
    const int status = heap_open(library, hint, functions, message, message_bytes);
    functions->thread_exit = sleep_thrice;
    return status;
}

BROKEN_PLUGIN("slow_end", "sleeps whenever a thread ends", open_slow_end);
