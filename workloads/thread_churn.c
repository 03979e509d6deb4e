/* Threads that live for `life` operations each: the next one finds the blocks of those before it,
 * frees them, leaves its own behind and ends. The loop of each is random_mixed's. One operation is
 * one malloc or one free; what starting a thread costs is in them, the floor's as well. Live bytes
 * are exact. A share of operations ends its last thread early: a timed one of a soak is a life. */
#include "kit.h"

enum { LIFE = HB_KIT_OWN };

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(2000000, 1, 1, 64),
    HB_KIT_COUNT("working_set", 400, 1, HB_LOOP_SLOTS_LIMIT, "slots",
                 "slots of each line of threads; half of them hold a block on average"),
    HB_KIT_SIZE_ROWS(16, 1039, HB_TOUCH_FIRST),
    [LIFE] = HB_KIT_COUNT("life", 1000, 1, UINT64_C(1000000000), "operations",
                          "operations of a thread before it ends and the next one is started"),
    {0},
};

struct life {
    struct hb_kit *kit;
    uint64_t operations, done;
};

/* Two threads of each line may hold blocks: one works, and its parent, who frees them in the end.
 */
static int check(const uint64_t *values, struct hb_allocator_hint *hint, char *message,
                 size_t message_bytes)
{
    hint->threads *= 2;
    return hb_kit_check(values, hint, message, message_bytes);
}

HB_KIT_SETUP(struct hb_kit, 0)

static void live(void *opaque)
{
    struct life *life = opaque;
    life->done = hb_kit_mix(life->kit, life->operations, hb_kit_malloc);
}

static uint64_t step(void *opaque, uint64_t operations)
{
    struct life life = {.kit = opaque};
    const uint64_t whole = life.kit->values[LIFE];
    for (uint64_t done = 0; done < operations; done += life.done) {
        life.operations = operations - done < whole ? operations - done : whole;
        life.done = 0;
        if (!life.kit->context->run(live, &life) || life.done < life.operations)
            return done + life.done;
    }
    return operations;
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    HB_KIT_WORKLOAD,
    .name = "thread_churn",
    .summary = "short threads, one after another, that leave blocks behind for the next",
    .stands_for =
        "a thread for every request or task: what becomes of the caches of those that end",
    .cannot_show = "the allocator alone: starting and ending threads is most of a short life",
    .source = "Larson, Krishnan 1998: the server that starts a thread for every round",
    .parameters = parameters,
    .check = check,
    .setup = setup,
    .prepare = hb_kit_prepare,
    .step = step,
    .starts_threads = true,
};
