/* Prints garbage on stdout and stderr, constantly: bytes of every value, forged result lines, no
 * line ends. It measures well otherwise. */
#include "broken.h"

#include <stdio.h>
#include <unistd.h>

static void print(void)
{
    static unsigned char bytes[512];
    static const char forged[] = "allocator=noisy operations=1 elapsed_ns=1\nerror\tforged\t0\n";
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i + heap_calls);
    memcpy(bytes + 100, forged, sizeof forged - 1);
    if (write(1, bytes, sizeof bytes) < 0 || write(2, bytes, sizeof bytes) < 0)
        return; /* a closed pipe is the test's business */
}

static void *noisy_malloc(size_t size)
{
    if (heap_calls++ % 4096 == 0)
        print();
    return heap_malloc(size);
}

static int open_noisy(void *library, const struct hb_allocator_hint *hint,
                      struct hb_allocator_functions *functions, char *message, size_t message_bytes)
{
    const int status = heap_open(library, hint, functions, message, message_bytes);
    print();
    functions->malloc = noisy_malloc;
    return status;
}

BROKEN_PLUGIN("noisy", "garbage on stdout and stderr", open_noisy);
