/* Scores: any trace that the writer takes is decoded into one that every thread can play to its
 * end, whatever order they run in; and bytes that are no score are refused before anything is
 * played. The first byte says which: 0 to 191 begin a trace of calls, a few bytes each; from 192 on
 * the rest is a score, but for its head. */
#include "fuzz.h"

#include "players.h"
#include "trace/score.h"
#include "trace/writer.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define THREADS 12u
#define LIVE    64u
#define EVENTS  4000u

/* ---- a stage without a worker ---- */

static void join_nobody(struct hb_workload_thread *thread)
{
    (void)thread;
}

static const struct hb_workload_context context = {.join = join_nobody};

static void *zeroed(size_t count, size_t each)
{
    void *memory = calloc(count ? count : 1, each);
    HOLDS(memory != NULL);
    return memory;
}

static void open_stage(struct hb_stage *stage, int fd, const struct hb_score_head *head,
                       uint32_t lanes)
{
    *stage = (struct hb_stage){.context = &context, .fd = fd, .head = *head, .lane_count = lanes};
    stage->player_count = lanes > 1 ? head->threads : 1;
    stage->offset = hb_score_start(head->threads);
    stage->is_recorded_order = lanes == 3;
    stage->players = aligned_alloc(64, stage->player_count * sizeof *stage->players);
    stage->lanes = aligned_alloc(128, lanes * sizeof *stage->lanes);
    HOLDS(stage->players && stage->lanes);
    memset(stage->players, 0, stage->player_count * sizeof *stage->players);
    memset(stage->lanes, 0, lanes * sizeof *stage->lanes);
    stage->farewells = zeroed(head->threads, sizeof *stage->farewells);
    stage->raw = zeroed(HB_SCORE_WORDS_MAX, sizeof *stage->raw);
    stage->parts = zeroed(hb_stage_parts(lanes), sizeof *stage->parts);
    stage->births = lanes > 1 ? zeroed(head->slots, sizeof *stage->births) : NULL;
    stage->slots = zeroed(head->slots, sizeof *stage->slots);
    for (uint32_t i = 0; i < stage->player_count; i++) {
        stage->players[i].stage = stage;
        stage->players[i].is_direct = i == 0;
        stage->players[i].lane = i % lanes;
    }
    for (uint32_t i = 0; i < lanes; i++)
        stage->lanes[i].cast = zeroed(head->threads, sizeof(uint32_t));
}

static void close_stage(struct hb_stage *stage)
{
    for (uint32_t i = 0; i < stage->lane_count; i++)
        free(stage->lanes[i].cast);
    free(stage->players);
    free(stage->lanes);
    free(stage->farewells);
    free(stage->raw);
    free(stage->parts);
    free(stage->births);
    free(stage->slots);
}

/* ---- playing without an allocator ---- */

static uint64_t live;

/* One word. False when it must wait. */
static bool play_word(struct hb_player *player)
{
    struct hb_stage *stage = player->stage;
    const uint64_t word = *player->at;
    const uint32_t kind = hb_score_kind(word), index = hb_score_index(word);
    const uint64_t value = hb_score_value(word);
    const uint32_t plain =
        kind > HB_SCORE_TELLS && kind < HB_SCORE_START ? kind - HB_SCORE_TELLS : kind;
    if (kind == HB_SCORE_WAIT)
        if (stage->players[index].told < value)
            return false;
    if (kind == HB_SCORE_START)
        for (uint32_t i = 0; i < value; i++)
            if (!stage->players[stage->farewells[i]].ended)
                return false;
    player->at += 1 + hb_score_more(hb_score_word(plain, index, (uint32_t)value));
    if (kind == HB_SCORE_START)
        stage->players[index].is_alive = true;
    if (plain >= HB_SCORE_MALLOC && plain <= HB_SCORE_ALIGNED) {
        HOLDS(!stage->slots[index]);
        stage->slots[index] = stage;
        live += plain == HB_SCORE_ALIGNED || value == HB_SCORE_WIDE ? player->at[-1] : value;
    } else if (plain == HB_SCORE_REALLOC) {
        HOLDS(player->at[-1] == 0 || stage->slots[index]);
        stage->slots[index] = stage;
        live += player->at[-2] - player->at[-1];
    } else if (plain == HB_SCORE_FREE) {
        HOLDS(index == 0 || stage->slots[index]);
        stage->slots[index] = NULL;
        live -= value == HB_SCORE_WIDE ? player->at[-1] : value;
    } else if (kind == HB_SCORE_END) {
        player->ended = true;
        player->is_alive = false;
    }
    if (kind >= HB_SCORE_TELLS || kind == HB_SCORE_END)
        player->told = (uint32_t)(player->at - player->part);
    return true;
}

static bool has_words(const struct hb_player *player)
{
    return player->next != HB_PLAYER_NOWHERE && hb_score_kind(*player->at) != HB_SCORE_STOP;
}

/* Threads take turns of a drawn length; somebody can always go on. */
static void play_window(struct hb_stage *stage, uint32_t turn)
{
    for (bool is_left = true; is_left;) {
        const uint32_t first = turn % stage->player_count;
        bool went_on = false;
        is_left = false;
        for (uint32_t i = 0; i < stage->player_count; i++) {
            struct hb_player *player = &stage->players[(i + first) % stage->player_count];
            if (stage->lane_count > 1 && player != stage->players && !player->is_alive &&
                has_words(player)) {
                is_left = true;
                continue;
            }
            for (uint32_t left = 1 + turn % 7; left > 0 && has_words(player); left--) {
                if (!play_word(player))
                    break;
                went_on = true;
            }
            is_left |= has_words(player);
            turn = turn * 5 + 3;
        }
        HOLDS(went_on || !is_left);
    }
}

static void play_all(int fd, const struct hb_score_head *head, uint32_t lanes, uint32_t turn)
{
    struct hb_stage stage;
    open_stage(&stage, fd, head, lanes);
    for (int pass = 0; pass < 2; pass++) {
        live = 0;
        for (uint64_t i = 0; i < head->windows; i++) {
            HOLDS(hb_stage_turn(&stage) == NULL);
            play_window(&stage, turn);
        }
        HOLDS(live == 0);
        for (uint64_t i = 0; i < head->slots; i++)
            HOLDS(!stage.slots[i]);
    }
    close_stage(&stage);
}

/* ---- a trace of the bytes ---- */

struct taken {
    struct hb_trace_writer *writer;
    uint64_t names[LIVE], made;
    uint32_t threads, count;
    bool ended[THREADS];
};

static void take_call(struct taken *taken, const uint8_t *bytes)
{
    static const uint8_t makers[] = {HB_CALL_MALLOC, HB_CALL_CALLOC, HB_CALL_ALIGNED_ALLOC,
                                     HB_CALL_VALLOC};
    const uint32_t drawn = bytes[1] % (taken->threads < THREADS ? taken->threads + 1 : THREADS);
    const uint64_t size = bytes[2] < 250 ? bytes[2] : UINT64_C(1) << (bytes[2] - 250 + 30);
    struct hb_trace_event event = {.thread = drawn, .size = size, .time_ns = taken->made};
    uint64_t *name = taken->count ? &taken->names[bytes[3] % taken->count] : NULL;
    if (taken->ended[drawn])
        return;
    switch (bytes[0] % 8) {
    case 0:
    case 1:
    case 2:
    case 3:
        event.function = makers[bytes[0] / 8 % sizeof makers];
        event.align_log2 = hb_trace_functions[event.function].has_alignment ? bytes[3] % 20 : 0;
        event.id = taken->count < LIVE && bytes[3] < 250 ? ++taken->made : 0;
        event.failed = event.id == 0 && size > 0;
        if (event.id)
            taken->names[taken->count++] = event.id;
        break;
    case 4:
        event.function = HB_CALL_REALLOC;
        event.old_id = name ? *name : 0;
        event.id = name ? ++taken->made : 0;
        event.failed = event.id == 0 && size > 0;
        if (name)
            *name = event.id;
        break;
    case 5:
        event.function = HB_CALL_THREAD_END;
        event.size = 0;
        if (drawn == 0)
            return;
        taken->ended[drawn] = true;
        break;
    default:
        event.function = HB_CALL_FREE;
        event.size = 0;
        event.id = name ? *name : 0;
        if (name)
            *name = taken->names[--taken->count];
        break;
    }
    if (drawn == taken->threads)
        taken->threads++;
    HOLDS(hb_trace_put(taken->writer, &event, NULL) == 0);
}

static void decode_trace(const uint8_t *data, size_t size)
{
    const struct hb_trace_header header = {.maker = "fuzz"};
    struct taken taken = {.threads = 0};
    struct hb_trace_reader *reader;
    struct hb_score_head head;
    struct hb_err err = {0};
    char path[64];
    const int trace = memfd_create("trace", MFD_CLOEXEC), fd = memfd_create("score", MFD_CLOEXEC);
    HOLDS(hb_trace_create_fd(trace, "fuzz.hbt", &header, &taken.writer, &err) == 0);
    for (size_t i = 1; i + 4 <= size && i < EVENTS * 4; i += 4)
        take_call(&taken, data + i);
    HOLDS(hb_trace_end(taken.writer, 0, NULL, &err) == 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", trace);
    HOLDS(hb_trace_open(path, &reader, &err) == 0);
    if (hb_score_write(reader, fd, "fuzz.hbt", &head, &err) == 0) {
        HOLDS(head.live_bytes_max == hb_trace_header_of(reader)->totals.peak_live_bytes);
        for (uint32_t lanes = 1; lanes <= 3; lanes++)
            play_all(fd, &head, lanes, data[0]);
    } else {
        check_refusal(&err);
    }
    hb_trace_close(reader);
    (void)close(trace);
    (void)close(fd);
}

/* ---- bytes that are no score ---- */

static void take_score(const uint8_t *data, size_t size)
{
    const struct hb_score_head head = {.magic = HB_SCORE_MAGIC,
                                       .windows = 2,
                                       .events = 10,
                                       .slots = 5,
                                       .threads = 4,
                                       .together = 2};
    struct hb_score_head read;
    const int fd = memfd_create("score", MFD_CLOEXEC);
    HOLDS(pwrite(fd, &head, sizeof head, 0) == (ssize_t)sizeof head);
    HOLDS(pwrite(fd, data + 1, size - 1, (off_t)hb_score_start(head.threads)) ==
          (ssize_t)(size - 1));
    HOLDS(hb_stage_read_head(fd, &read));
    for (uint32_t lanes = 1; lanes <= 3; lanes++) {
        struct hb_stage stage;
        open_stage(&stage, fd, &head, lanes);
        for (int i = 0; i < 6; i++)
            if (hb_stage_turn(&stage) != NULL)
                break;
        close_stage(&stage);
    }
    (void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    if (data[0] < 192)
        decode_trace(data, size);
    else
        take_score(data, size);
    return 0;
}
