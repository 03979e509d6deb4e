/* Islands in seas: each tide allocates `sea` blocks and then frees them, but every island_every-th
 * is an island, which lives until so many younger ones are there. Each tide has sizes of another
 * doubling of the range, so that what one leaves between the islands fits few of the next. One
 * operation is one malloc or one free. Live bytes are exact. */
#include "kit.h"

enum { ISLANDS = HB_KIT_OWN, ISLAND_EVERY };

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(20000000, 1, 1, 64),
    HB_KIT_COUNT("sea", 20000, 1, HB_LOOP_SLOTS_LIMIT, "blocks", "blocks of a tide"),
    HB_KIT_SIZE_ROWS(16, 2047, HB_TOUCH_FIRST),
    [ISLANDS] = HB_KIT_COUNT("islands", 10000, 1, HB_LOOP_SLOTS_LIMIT, "blocks",
                             "long-lived blocks: the oldest goes when a new one comes"),
    [ISLAND_EVERY] = HB_KIT_COUNT("island_every", 50, 1, HB_LOOP_SLOTS_LIMIT, "blocks",
                                  "every so many-th block is an island"),
    {0},
};

struct state {
    struct hb_kit kit; /* islands lie in the slots behind the sea */
    uint64_t at, since_island, island, tide;
    bool ebbs;
};

HB_KIT_CHECK(values[ISLANDS])
HB_KIT_SETUP(struct state, values[ISLANDS])

/* One operation of the flood: a block, or the island goes whose place a new one takes. */
static bool flood(struct state *state)
{
    struct hb_kit *kit = &state->kit;
    const bool is_island = state->since_island + 1 == kit->values[ISLAND_EVERY];
    const uint64_t slot = is_island ? kit->slot_count + state->island : state->at;
    if (kit->slots[slot]) {
        hb_kit_free(kit, slot);
        return true;
    }
    if (!hb_kit_malloc(kit, slot, hb_kit_size_in(kit, state->tide % hb_kit_bands(kit))))
        return false;
    state->since_island = is_island ? 0 : state->since_island + 1;
    state->island = (state->island + is_island) % kit->values[ISLANDS];
    state->at++;
    return true;
}

static uint64_t step(void *opaque, uint64_t operations)
{
    struct state *state = opaque;
    for (uint64_t done = 0; done < operations;) {
        if (state->at == state->kit.slot_count) {
            state->at = 0;
            state->tide += state->ebbs;
            state->ebbs = !state->ebbs;
        }
        if (!state->ebbs) {
            if (!flood(state))
                return done;
            done++;
        } else if (state->kit.slots[state->at++]) {
            hb_kit_free(&state->kit, state->at - 1);
            done++;
        }
    }
    return operations;
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    HB_KIT_WORKLOAD,
    .name = "fragment",
    .summary = "long-lived islands in short-lived seas, each tide of another size",
    .stands_for = "servers whose few long-lived blocks lie among requests: resident over live",
    .cannot_show = "speed alone: look at resident memory, and at a soak's ratio to live bytes",
    .source = "Robson 1971 and 1974 (bounds); Wilson, Johnstone, Neely, Boles 1995 (death times)",
    .parameters = parameters,
    .check = check,
    .setup = setup,
    .step = step,
};
