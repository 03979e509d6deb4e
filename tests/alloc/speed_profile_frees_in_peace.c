/* Also: with HAKMEM_PROFILE=MIXED_TINYV3_C7_SAFE long runs of frees alone do no harm
 * Runs itself again with that profile, which gives nothing back by quiet bytes: blocks are taken,
 * and all freed with no malloc in between, again and again. */
#include "promise.h"

#include <string.h>
#include <unistd.h>

enum { ROUNDS = 3, BLOCKS = 40000 };

int main(int count, char **words)
{
    static void *blocks[BLOCKS];
    (void)count;
    if (!getenv("HAKMEM_PROFILE")) {
        CHECK(setenv("HAKMEM_PROFILE", "MIXED_TINYV3_C7_SAFE", 1) == 0);
        (void)execv("/proc/self/exe", words);
        CHECK(!"it cannot be started again");
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < BLOCKS; i++) {
            CHECK((blocks[i] = malloc(1000)) != NULL);
            memset(blocks[i], round, 16);
        }
        for (int i = 0; i < BLOCKS; i++) {
            CHECK(*(char *)blocks[i] == round);
            free(blocks[i]);
        }
    }
    return 0;
}
