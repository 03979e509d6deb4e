/* Also: exit while other threads allocate, resize and free is never taken for a fault.
 * Mode: hardened
 * Limit: 120 s */
#include "hardened.h"

static void *churn(void *number)
{
    uint64_t random = (uint64_t)(uintptr_t)number + 1;
    void *blocks[100] = {NULL};
    for (;;) {
        const uint64_t r = next_random(&random);
        void **place = &blocks[r % 100];
        if (r >> 32 & 1) {
            free(*place);
            *place = NULL;
        }
        const size_t bytes = r >> 40 & 15 ? (r >> 8) % 2000 + 1 : (r >> 8) % 400000 + 1;
        *place = realloc(*place, bytes);
        if (*place != NULL)
            memset(*place, (int)r, bytes);
    }
    return NULL;
}

static void exit_meanwhile(size_t round)
{
    pthread_t thread;
    for (size_t i = 0; i < 3; i++)
        CHECK(pthread_create(&thread, NULL, churn, (void *)(round * 3 + i)) == 0);
    usleep(20000 + (unsigned)round * 1000);
}

static const struct misuse misuses[] = {
    {"no misuse: exit meanwhile", exit_meanwhile, GOES_ON},
};

int main(int count, char **words)
{
    static size_t rounds[40];
    for (size_t i = 0; i < 40; i++)
        rounds[i] = i + 1;
    return TRY_MISUSES(count, words, misuses, rounds);
}
