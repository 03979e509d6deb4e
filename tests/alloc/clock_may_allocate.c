/* Also: a clock that allocates itself (libfaketime reads a file) is asked without a hang
 * Its clock frees a large block, small ones that it filled and a stream's buffer each time it is
 * asked. What calloc gives is zero all the same. */
#include "promise.h"

#include <time.h>

enum { BLOCKS = 300, ROUNDS = 200 };

static volatile uint64_t now_ns = UINT64_C(1000000000000000);
static __thread int asked;
static int deepest;

static void read_a_file(void)
{
    FILE *file = fopen("/dev/null", "r");
    if (file == NULL)
        return;
    (void)fgetc(file);
    fclose(file);
    for (int i = 0; i < 100; i++) {
        const size_t bytes = 500 + 10 * (size_t)i;
        char *block = calloc(1, bytes);
        CHECK(block != NULL && holds_only(block, bytes, 0));
        memset(block, 0xff, bytes);
        free(block);
    }
    free(malloc(1 << 20));
}

/* Under hakmem's own: 5 ms later whenever it is asked. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    (void)clock;
    if (++asked > deepest)
        deepest = asked;
    if (asked < 1000) /* who asks while it is asked must come to an end */
        read_a_file();
    asked--;
    now_ns += 5000000;
    now->tv_sec = (time_t)(now_ns / 1000000000);
    now->tv_nsec = (long)(now_ns % 1000000000);
    return 0;
}

int main(void)
{
    static char *blocks[BLOCKS];
    alarm(CHILD_LIMIT_S);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < BLOCKS; i++) {
            const size_t bytes = i % 50 == 0 ? 200000u * (1 + (unsigned)i % 7) : 100u + (unsigned)i;
            blocks[i] = realloc(malloc(bytes), bytes * 2);
            CHECK(blocks[i] != NULL);
            blocks[i][0] = blocks[i][bytes * 2 - 1] = (char)i;
        }
        for (int i = 0; i < BLOCKS; i++) {
            const size_t bytes = 500 + (size_t)(i * 7 + round) % 1000;
            char *zero = calloc(1, bytes);
            CHECK(zero != NULL && holds_only(zero, bytes, 0));
            free(zero);
            CHECK(blocks[i][0] == (char)i);
            free(blocks[i]);
        }
    }
    printf("%d deep\n", deepest);
    CHECK(deepest < 10);
    return 0;
}
