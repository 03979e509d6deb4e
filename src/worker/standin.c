/* Memory for the workload while its blocks are checked: headers and what lies behind them, carved
 * one after the other from one mapping, so that all can be walked; reused by room. See check.h. */
#include "worker/check.h"

#include <pthread.h>

#define UNIT    ((size_t)64)
#define CLASSES 192u
#define HEADER  UNIT /* its last word points to it: so does the one before any memory */

_Static_assert(sizeof(struct hb_worker_standin) + sizeof(void *) <= HEADER, "header and pointer");

static struct {
    unsigned char *memory;
    size_t bytes;
    _Atomic size_t used;
    bool is_shared;
    struct {
        pthread_mutex_t lock;
        struct hb_worker_standin *unused;
    } __attribute__((aligned(64))) rooms[CLASSES];
} arena;

void hb_worker_standins_open(bool is_shared, unsigned char *memory, size_t memory_bytes)
{
    arena.is_shared = is_shared;
    arena.memory = memory;
    arena.bytes = memory_bytes;
    for (size_t i = 0; i < CLASSES; i++)
        (void)pthread_mutex_init(&arena.rooms[i].lock, NULL);
}

static void lock(size_t class)
{
    if (arena.is_shared)
        (void)pthread_mutex_lock(&arena.rooms[class].lock);
}

static void unlock(size_t class)
{
    if (arena.is_shared)
        (void)pthread_mutex_unlock(&arena.rooms[class].lock);
}

bool hb_worker_standins_hold(const unsigned char *address)
{
    return address >= arena.memory && address < arena.memory + arena.bytes;
}

/* Rooms of 1 to 8 units, then four to each doubling. */
static size_t class_of(size_t bytes, size_t *room)
{
    const size_t units = bytes ? (bytes - 1) / UNIT + 1 : 1;
    if (units <= 8) {
        *room = units * UNIT;
        return units - 1;
    }
    const unsigned shift = 61 - (unsigned)__builtin_clzll(units - 1);
    const size_t steps = ((units - 1) >> shift) + 1; /* 5 to 8 */
    *room = (steps << shift) * UNIT;
    return 8 + (shift - 1) * 4 + (steps - 5);
}

static struct hb_worker_standin *carve(size_t room)
{
    const size_t bytes = HEADER + room;
    const size_t at = atomic_fetch_add(&arena.used, bytes);
    if (at > arena.bytes || bytes > arena.bytes - at)
        return NULL;
    struct hb_worker_standin *standin = (void *)(arena.memory + at);
    standin->room = room;
    return standin;
}

struct hb_worker_standin *hb_worker_standin_take(size_t size, size_t alignment, void **memory)
{
    const size_t extra = alignment > UNIT ? alignment : 0;
    size_t room;
    if (size > arena.bytes || extra > arena.bytes)
        return NULL;
    const size_t class = class_of(size + extra, &room);
    lock(class);
    struct hb_worker_standin *standin = arena.rooms[class].unused;
    if (standin)
        arena.rooms[class].unused = standin->next;
    unlock(class);
    if (!standin)
        standin = carve(room);
    if (!standin)
        return NULL;
    uintptr_t place = (uintptr_t)standin + HEADER;
    if (extra)
        place = (place + extra - 1) & ~(uintptr_t)(extra - 1);
    *memory = (void *)place;
    ((struct hb_worker_standin **)place)[-1] = standin;
    return standin;
}

struct hb_worker_standin *hb_worker_standin_of(void *memory)
{
    return ((struct hb_worker_standin **)memory)[-1];
}

void hb_worker_standin_drop(struct hb_worker_standin *standin)
{
    size_t room;
    const size_t class = class_of(standin->room, &room);
    standin->block = NULL;
    lock(class);
    standin->next = arena.rooms[class].unused;
    arena.rooms[class].unused = standin;
    unlock(class);
}

const struct hb_worker_standin *hb_worker_standin_at(const unsigned char *block, size_t size)
{
    const size_t bytes = size ? size : 1;
    const size_t used = atomic_load(&arena.used);
    for (size_t at = 0; at < used && at < arena.bytes;) {
        const struct hb_worker_standin *standin = (const void *)(arena.memory + at);
        if (standin->room == 0) /* another thread is just carving it */
            break;
        if (standin->block && block < standin->block + (standin->size ? standin->size : 1) &&
            standin->block < block + bytes)
            return standin;
        at += HEADER + standin->room;
    }
    return NULL;
}
