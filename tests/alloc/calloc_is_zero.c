/* Case 6: calloc's memory is zero after dirty reuse and after a purge, at every size.
 * Group: sizes
 * Means: programs that rely on zeroed memory read what others left there */
#include "promise.h"

#include <malloc.h>
#include <pthread.h>

static void check_zero(size_t bytes)
{
    unsigned char *block = calloc(1, bytes);
    CHECK(block != NULL);
    CHECK(holds_only(block, bytes, 0));
    memset(block, 0xA5, bytes);
    free(block);
}

static void dirty(size_t bytes, int count)
{
    void *blocks[64];
    for (int i = 0; i < count; i++) {
        blocks[i] = malloc(bytes);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 0xFF, malloc_usable_size(blocks[i]));
    }
    for (int i = 0; i < count; i++)
        free(blocks[i]);
}

static int count_for(size_t bytes)
{
    return bytes < 100000 ? 64 : 3;
}

/* What is dirty, and others. */
static int more_than(int count)
{
    return count + count / 10 + 2;
}

static void check_size(size_t bytes)
{
    dirty(bytes, count_for(bytes));
    for (int i = 0; i < more_than(count_for(bytes)); i++)
        check_zero(bytes);
}

/* Given back to the system or not, as the allocator likes: zero it is. */
static void check_after_purge(size_t bytes)
{
    dirty(bytes, count_for(bytes));
    malloc_trim(0);
    for (int i = 0; i < more_than(count_for(bytes)); i++)
        check_zero(bytes);
}

/* Memory that blocks of one size left half used serves another: a thread's end hands it on. */
static void *use_half(void *random)
{
    unsigned *state = random;
    unsigned char *blocks[24];
    const size_t bytes = 4096 + (size_t)rand_r(state) % 126976;
    const int count = rand_r(state) % 24 + 1, used = rand_r(state) % 24;
    for (int i = 0; i < count; i++) {
        blocks[i] = calloc(1, bytes);
        CHECK(blocks[i] != NULL);
        CHECK(holds_only(blocks[i], bytes, 0));
    }
    for (int i = 0; i < count && i < used; i++)
        memset(blocks[i], 0xFF, malloc_usable_size(blocks[i]));
    for (int i = 0; i < count; i++)
        free(blocks[i]);
    return NULL;
}

static void check_half_used(void)
{
    unsigned state = 1;
    for (int i = 0; i < 400; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, use_half, &state) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
}

int main(void)
{
    check_half_used();
    for (size_t bytes = 1; bytes <= 5000; bytes += 1 + bytes / 40)
        check_size(bytes);
    for (size_t bytes = 4096; bytes <= 8u << 20; bytes += bytes / 8 + 1) {
        check_size(bytes - 1);
        check_size(bytes);
        check_size(bytes + 1);
    }
    for (size_t bytes = 8; bytes <= 8u << 20; bytes += bytes / 4 + 8)
        check_after_purge(bytes);
    return 0;
}
