/* A recorded program's own allocations: the events of a trace, again and again. One operation is
 * one call that was recorded; what is live at the end of a pass is then freed by the first thread,
 * each block a call more; the end of a thread counts too, and calls nothing. On one thread the
 * calls are in the recorded order. On several each recorded thread is a thread of its own, and a
 * free waits for its malloc. Threads that live to the end of the trace are the worker's own as far
 * as there are some. Each other one is started where it came in the recording, when all have ended
 * that had ended by then, and ends where it ended. Events are words in memory that was filled
 * aside: no parsing, no allocation and, but for waits and threads, no system call. Live bytes are
 * exact. Read next: replay.h, players.h, docs/traces.md. */
#include "players.h"

enum { TRACE = HB_PARAMETER_OWN, TOUCH, ORDER };

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(1000000, 1, 1, 64),
    [TRACE] = {.name = "trace",
               .type = HB_PARAMETER_TRACE,
               .unit = "",
               .help = "a trace's file; operations are then one pass of it, threads as recorded"},
    [TOUCH] = HB_LOOP_TOUCH(HB_TOUCH_FIRST),
    [ORDER] = {.name = "order",
               .type = HB_PARAMETER_CHOICE,
               .max = 1,
               .unit = "",
               .help = "of several threads: free (a free waits for its malloc) or as recorded",
               .choices = (const char *const[]){"free", "recorded", NULL}},
    {0},
};

/* Threads may be ahead of the recorded order, by a window at most. */
static int check(const uint64_t *values, struct hb_allocator_hint *hint, char *message,
                 size_t message_bytes)
{
    struct hb_score_head head;
    if (values[TRACE] == 0)
        return hb_loop_refuse(message, message_bytes,
                              "no trace to replay: --set trace=FILE names one");
    if (!hb_stage_read_head((int)values[TRACE], &head))
        return hb_loop_refuse(message, message_bytes, "descriptor %llu is no decoded trace",
                              (unsigned long long)values[TRACE]);
    const bool is_alone = values[HB_PARAMETER_THREADS] == 1;
    hint->threads = (uint32_t)values[HB_PARAMETER_THREADS] + (is_alone ? 0 : head.together);
    hint->size_max = head.size_max;
    hint->alignment_max = head.alignment_max;
    hint->live_bytes = head.live_bytes_max + 1;
    hint->blocks_max =
        (head.live_blocks_max + (is_alone ? 0 : HB_SCORE_WORDS_MAX)) / hint->threads + 64;
    return 0;
}

/* ---- playing ---- */

/* The value of a word with waiters is above its lowest bit: see hb_workload_context. */
static void tell(struct hb_player *player, const uint64_t *at)
{
    const uint32_t place = (uint32_t)(at - player->part);
    if (atomic_exchange_explicit(&player->told, place << 1, memory_order_acq_rel) & 1)
        player->stage->context->wake(&player->told);
}

static bool await(struct hb_player *player, uint64_t word)
{
    struct hb_player *other = &player->stage->players[hb_score_index(word)];
    for (;;) {
        const uint32_t told = atomic_load_explicit(&other->told, memory_order_acquire) >> 1;
        if (told >= hb_score_value(word))
            return true;
        if (!player->stage->context->wait_while(&other->told, told))
            return false;
    }
}

static void note_end(struct hb_player *player)
{
    if (!player->is_direct && player->stage->lane_count > 1 &&
        atomic_exchange_explicit(&player->ended, 1 << 1, memory_order_acq_rel) & 1)
        player->stage->context->wake(&player->ended);
}

/* Plays so many events, and returns how many were: fewer when there was no memory, or the run is
 * over. What is 0 bytes large may be NULL, and is never touched. */
static inline __attribute__((always_inline)) uint64_t
play(struct hb_player *player, uint64_t events, enum hb_loop_touch touch)
{
    const struct hb_allocator_functions *const functions = player->stage->context->functions;
    void **const slots = player->stage->slots;
    const uint64_t *at = player->at;
    uint64_t live = player->live, done = 0;
    while (done < events) {
        const uint64_t word = *at++;
        const uint32_t kind = hb_score_kind(word), index = hb_score_index(word);
        size_t size = hb_score_value(word), old = 0;
        unsigned char *block;
        if (kind == HB_SCORE_WAIT) {
            if (!await(player, word))
                break;
            continue;
        }
        if (kind == HB_SCORE_END) {
            note_end(player);
            tell(player, at);
            done++;
            continue;
        }
        if (size == HB_SCORE_WIDE)
            size = *at++;
        if ((kind & ~(uint32_t)HB_SCORE_TELLS) == HB_SCORE_FREE) {
            block = slots[index];
            slots[index] = NULL;
            live -= size;
            functions->free(block);
        } else {
            switch (kind & ~(uint32_t)HB_SCORE_TELLS) {
            case HB_SCORE_CALLOC:
                block = functions->calloc(1, size);
                break;
            case HB_SCORE_ALIGNED:
                block = functions->aligned_alloc((size_t)1 << size, *at);
                size = *at++;
                break;
            case HB_SCORE_REALLOC:
                size = *at++;
                old = *at++;
                block = functions->realloc(slots[index], size);
                break;
            default:
                block = functions->malloc(size);
                break;
            }
            if (__builtin_expect(!block && size > 0, 0))
                break;
            if (size > old)
                hb_loop_touch_block(block + old, size - old, (unsigned char)index, touch);
            slots[index] = block;
            live += size - old;
        }
        if (kind >= HB_SCORE_TELLS)
            tell(player, at);
        done++;
    }
    player->at = at;
    player->live = live;
    return done;
}

typedef uint64_t play_function(struct hb_player *player, uint64_t events);
#define PLAY(name, touch)                                                                          \
    static uint64_t name(struct hb_player *player, uint64_t events)                                \
    {                                                                                              \
        return play(player, events, touch);                                                        \
    }
PLAY(play_first, HB_TOUCH_FIRST)
PLAY(play_none, HB_TOUCH_NONE)
PLAY(play_page, HB_TOUCH_PAGE)
PLAY(play_all, HB_TOUCH_ALL)

static play_function *const plays[] = {[HB_TOUCH_FIRST] = play_first,
                                       [HB_TOUCH_NONE] = play_none,
                                       [HB_TOUCH_PAGE] = play_page,
                                       [HB_TOUCH_ALL] = play_all};

/* ---- threads that are started ---- */

static void be(void *opaque);

static bool lock(struct hb_stage *stage)
{
    while (atomic_exchange_explicit(&stage->lock, 1 << 1, memory_order_acquire) >> 1)
        if (!stage->context->wait_while(&stage->lock, 1))
            return false;
    return true;
}

static void unlock(struct hb_stage *stage)
{
    if (atomic_exchange_explicit(&stage->lock, 0, memory_order_release) & 1)
        stage->context->wake(&stage->lock);
}

/* Those that end at the same time as it starts have ended before: as many live as in the recording.
 */
static bool start(struct hb_stage *stage, uint64_t word)
{
    struct hb_player *player = &stage->players[hb_score_index(word)];
    const uint32_t before = hb_score_value(word);
    for (uint32_t i = 0; i < before; i++)
        if (!stage->context->wait_while(&stage->players[stage->farewells[i]].ended, 0))
            return false;
    if (!lock(stage))
        return false;
    for (; stage->joined < before; stage->joined++) {
        struct hb_player *gone = &stage->players[stage->farewells[stage->joined]];
        stage->context->join(&gone->thread);
        gone->is_alive = false;
    }
    player->is_alive = stage->context->start(&player->thread, player->lane, be, player);
    unlock(stage);
    return player->is_alive;
}

/* ---- a player's way through a window ---- */

static bool next_run(struct hb_player *player)
{
    while (hb_score_kind(*player->at) == HB_SCORE_START)
        if (!start(player->stage, *player->at++))
            return false;
    player->next = player->end = HB_PLAYER_NOWHERE;
    if (hb_score_kind(*player->at) != HB_SCORE_RUN)
        return true;
    player->next = hb_score_index(*player->at);
    player->end = player->next + hb_score_value(*player->at++);
    return true;
}

/* All events of the window before this one. False when the run is over. */
static bool play_until(struct hb_player *player, uint32_t until)
{
    play_function *const play_some = plays[player->stage->context->values[TOUCH]];
    while (player->next < until) {
        const uint32_t events = (player->end < until ? player->end : until) - player->next;
        const uint64_t did = play_some(player, events);
        player->next += (uint32_t)did;
        if (did < events || (player->next == player->end && !next_run(player)))
            return false;
    }
    return true;
}

static void be(void *opaque)
{
    struct hb_player *player = opaque;
    struct hb_stage *stage = player->stage;
    struct hb_lane *lane = &stage->lanes[player->lane];
    for (;;) {
        if (!stage->context->wait_while(&player->order, player->seen) ||
            atomic_load_explicit(&stage->is_over, memory_order_acquire))
            return;
        player->seen = (player->seen + 1) & (UINT32_MAX >> 1);
        if (!play_until(player, player->until))
            stage->context->stop();
        const bool has_ended = atomic_load_explicit(&player->ended, memory_order_relaxed) >> 1;
        const uint32_t busy = atomic_fetch_sub_explicit(&lane->busy, 2, memory_order_acq_rel);
        if (busy == 3)
            stage->context->wake(&lane->busy);
        if (has_ended)
            return;
    }
}

static void give_order(struct hb_stage *stage, struct hb_player *player)
{
    const uint32_t order = atomic_load_explicit(&player->order, memory_order_relaxed) >> 1;
    if (atomic_exchange_explicit(&player->order, (order + 1) << 1, memory_order_acq_rel) & 1)
        stage->context->wake(&player->order);
}

/* All events of the lane's players before this one of the window. */
static bool lane_until(struct hb_lane *lane, uint32_t until)
{
    struct hb_stage *stage = lane->stage;
    uint32_t busy = 0;
    for (uint32_t i = 0; i < lane->cast_count; i++)
        busy += stage->players[lane->cast[i]].next < until;
    atomic_store_explicit(&lane->busy, busy << 1, memory_order_relaxed);
    for (uint32_t i = 0; busy > 0 && i < lane->cast_count; i++) {
        struct hb_player *player = &stage->players[lane->cast[i]];
        if (player->next >= until)
            continue;
        player->until = until;
        give_order(stage, player);
    }
    if (lane->direct && !play_until(lane->direct, until))
        return false;
    while ((busy = atomic_load_explicit(&lane->busy, memory_order_acquire) >> 1) > 0)
        if (!stage->context->wait_while(&lane->busy, busy))
            return false;
    return true;
}

/* ---- life ---- */

static uint64_t step(void *opaque, uint64_t operations)
{
    struct hb_lane *lane = opaque;
    struct hb_stage *stage = lane->stage;
    lane->asked += operations;
    const uint64_t until = lane->asked * stage->lane_count;
    while (until - stage->first > stage->window.events)
        if (!lane_until(lane, stage->window.events) || !lane->context->aside(hb_stage_turn, stage))
            return 0;
    return lane_until(lane, (uint32_t)(until - stage->first)) ? operations : 0;
}

static int prepare(void *opaque)
{
    struct hb_lane *lane = opaque;
    return lane->context->aside(hb_stage_turn, lane->stage) ? 0 : -1;
}

/* Each lane plays one of those that live to the end, the first thread on the first lane. */
static void cast(struct hb_stage *stage, const uint32_t *lives_on)
{
    const uint32_t lanes = stage->lane_count > 1 ? stage->lane_count : 1;
    uint32_t lane = 0;
    for (uint32_t i = 0; i < stage->player_count; i++) {
        struct hb_player *player = &stage->players[i];
        player->stage = stage;
        player->is_direct = lane < lanes && (i == 0 || lives_on[i]);
        player->lane = player->is_direct ? lane : i % lanes;
        if (player->is_direct)
            stage->lanes[lane++].direct = player;
    }
}

static int fill_stage(const struct hb_workload_context *context, struct hb_stage *stage)
{
    const uint32_t threads = stage->head.threads, lanes = context->thread_count;
    const uint64_t lives_bytes = (uint64_t)threads * sizeof(uint32_t);
    uint32_t *lives_on = context->reserve(lives_bytes);
    stage->lane_count = lanes;
    stage->player_count = lanes > 1 ? threads : 1;
    stage->slots = context->reserve(stage->head.slots * sizeof *stage->slots);
    stage->players = context->reserve(stage->player_count * sizeof *stage->players);
    stage->lanes = context->reserve(lanes * sizeof *stage->lanes);
    stage->farewells = context->reserve(lives_bytes);
    stage->raw = context->reserve(HB_SCORE_WORDS_MAX * sizeof *stage->raw);
    stage->parts = context->reserve(hb_stage_parts(lanes) * sizeof *stage->parts);
    if (lanes > 1)
        stage->births = context->reserve(stage->head.slots * sizeof *stage->births);
    if (!lives_on || !stage->slots || !stage->players || !stage->lanes || !stage->farewells ||
        !stage->raw || !stage->parts || (lanes > 1 && !stage->births))
        return -1;
    if (!hb_stage_read(stage->fd, lives_on, lives_bytes, sizeof stage->head))
        return -1;
    for (uint32_t i = 0; i < lanes; i++) {
        stage->lanes[i].cast = context->reserve(lives_bytes);
        if (!stage->lanes[i].cast)
            return -1;
    }
    cast(stage, lives_on);
    return 0;
}

static int setup_shared(const struct hb_workload_context *context, void **out, char *message,
                        size_t message_bytes)
{
    struct hb_stage *stage = context->reserve(sizeof *stage);
    *out = stage;
    if (!stage)
        return hb_loop_refuse(message, message_bytes, "no memory to play a trace");
    stage->context = context;
    stage->fd = (int)context->values[TRACE];
    stage->is_recorded_order = context->values[ORDER] != 0;
    if (!hb_stage_read_head(stage->fd, &stage->head))
        return hb_loop_refuse(message, message_bytes, "the decoded trace cannot be read back");
    stage->offset = hb_score_start(stage->head.threads);
    if (fill_stage(context, stage) != 0)
        return hb_loop_refuse(message, message_bytes,
                              "no memory for %llu blocks at a time of %u threads",
                              (unsigned long long)stage->head.slots, stage->head.threads);
    return 0;
}

static int setup(const struct hb_workload_context *context, void **out, char *message,
                 size_t message_bytes)
{
    struct hb_stage *stage = context->shared;
    struct hb_lane *lane = &stage->lanes[context->thread_index];
    (void)message;
    (void)message_bytes;
    lane->stage = stage;
    lane->context = context;
    *out = lane;
    return 0;
}

/* Of the lane's players, which stand still. One thread's may be below 0: all add up. */
static uint64_t live_bytes(const void *opaque)
{
    const struct hb_lane *lane = opaque;
    const struct hb_stage *stage = lane->stage;
    uint64_t live = 0;
    for (uint32_t i = 0; i < stage->player_count; i++)
        if (&stage->lanes[stage->players[i].lane] == lane)
            live += stage->players[i].live;
    return live;
}

/* Threads stand still, or have ended; what is live is freed on the first of the worker's. */
static void finish(void *opaque)
{
    struct hb_lane *lane = opaque;
    struct hb_stage *stage = lane->stage;
    atomic_store_explicit(&stage->is_over, 1, memory_order_release);
    for (uint32_t i = 0; i < stage->player_count; i++) {
        struct hb_player *player = &stage->players[i];
        if (&stage->lanes[player->lane] != lane || !player->is_alive)
            continue;
        give_order(stage, player);
        lane->context->join(&player->thread);
    }
    if (lane == stage->lanes)
        hb_loop_release(lane->context->functions, stage->slots, stage->head.slots);
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    .abi_version = HB_WORKLOAD_ABI,
    .struct_bytes = sizeof(struct hb_workload),
    .name = "replay",
    .summary = "the calls of a trace again, on one thread or as many as were recorded",
    .stands_for = "the program that was recorded: its sizes, lifetimes and threads, to the call",
    .cannot_show = "what the program did between its calls: its own work, its caches, its waiting",
    .source = "a trace of yours: hakbench trace record; docs/traces.md",
    .parameters = parameters,
    .check = check,
    .setup_shared = setup_shared,
    .setup = setup,
    .prepare = prepare,
    .step = step,
    .live_bytes = live_bytes,
    .finish = finish,
    .starts_threads = true,
};
