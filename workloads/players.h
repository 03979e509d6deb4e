/* Who plays a score, and how a window of it is dealt to them: on one thread all of it is one
 * player's, else each recorded thread's events are its player's, with a wait before each event that
 * needs what another thread does in the same window. Waits are for what was earlier in the
 * recording, so that they cannot go round. All inline, as loop.h.
 * Read next: replay.h (the words), replay.c (playing). */
#ifndef HB_WORKLOADS_PLAYERS_H
#define HB_WORKLOADS_PLAYERS_H

#include "loop.h"
#include "replay.h"

#include <stdatomic.h>
#include <unistd.h>

#define HB_PLAYER_NOWHERE UINT32_MAX

/* One recorded thread, or all of them. Those that live to the end are played by a thread of the
 * worker's own (direct), as far as there are some; each of the others on one that is started for
 * it. Atomics with a wait are as hb_workload_context has them. */
struct hb_player {
    struct hb_stage *stage;
    const uint64_t *part; /* its words of this window */
    const uint64_t *at;   /* the next one */
    uint64_t live;        /* bytes made less bytes freed: others free what it made */
    uint32_t next, end;   /* event of the window that comes next, and where its run ends */
    uint32_t lane;
    bool is_direct;
    /* The loader's: */
    uint32_t first, filled, room; /* words of its part */
    uint32_t last, place;         /* the word of its last event, and where it has come with it */
    bool has_started, has_ended;
    /* Of one on a thread of its own: */
    struct hb_workload_thread thread;
    uint32_t until, seen; /* how far its lane lets it go; orders that it has had */
    bool is_alive;
    _Atomic uint32_t order __attribute__((aligned(64))); /* counts orders */
    _Atomic uint32_t ended;
    _Atomic uint32_t told __attribute__((aligned(64))); /* how far it has come */
} __attribute__((aligned(64)));

/* One of the worker's own threads. */
struct hb_lane {
    struct hb_stage *stage;
    const struct hb_workload_context *context;
    struct hb_player *direct; /* NULL: none */
    uint32_t *cast;           /* players of this window on threads of their own */
    uint32_t cast_count;
    uint64_t asked; /* operations so far */
    _Atomic uint32_t busy __attribute__((aligned(128)));
} __attribute__((aligned(128)));

/* Where a slot's block was made. */
struct hb_birth {
    uint32_t window, thread, word, place;
};

struct hb_stage {
    const struct hb_workload_context *context; /* of the first thread */
    int fd;
    struct hb_score_head head;
    void **slots;
    struct hb_birth *births;   /* [slots]; only of several lanes */
    struct hb_player *players; /* [player_count] */
    struct hb_lane *lanes;     /* [lane_count] */
    uint32_t *farewells;       /* players on threads of their own in the order of their ends */
    uint32_t player_count, lane_count;
    bool is_recorded_order;
    uint64_t *raw, *parts;
    struct hb_score_window window;
    uint64_t first;  /* number of the window's first event, over all passes */
    uint64_t offset; /* of the next window in the file */
    uint64_t number; /* of the next window in this pass */
    uint32_t serial; /* of the window, for births */
    uint32_t ended;  /* of farewells, dealt */
    uint32_t joined; /* of farewells: under the lock */
    _Atomic uint32_t lock;
    _Atomic uint32_t is_over;
};

/* Words that a window's parts need at most: for each of the file's, a wait and an end more; on one
 * thread one end. */
static inline size_t hb_stage_parts(uint32_t lanes)
{
    return lanes > 1 ? 3 * (size_t)HB_SCORE_WORDS_MAX : (size_t)HB_SCORE_WORDS_MAX + 1;
}

/* ---- reading ---- */

static inline bool hb_stage_read(int fd, void *to, size_t bytes, uint64_t offset)
{
    unsigned char *at = to;
    while (bytes > 0) {
        const ssize_t got = pread(fd, at, bytes, (off_t)offset);
        if (got <= 0)
            return false;
        at += got;
        bytes -= (size_t)got;
        offset += (uint64_t)got;
    }
    return true;
}

/* False unless it is one. */
static inline bool hb_stage_read_head(int fd, struct hb_score_head *head)
{
    return hb_stage_read(fd, head, sizeof *head, 0) && head->magic == HB_SCORE_MAGIC &&
           head->threads >= 1 && head->threads <= HB_SCORE_THREADS_MAX && head->slots >= 1 &&
           head->slots <= HB_SCORE_SLOTS_MAX && head->windows >= 1 && head->events >= 1 &&
           head->together >= 1 && head->together <= head->threads;
}

/* ---- looking at a window ---- */

struct hb_look {
    struct hb_stage *stage;
    struct hb_player *player; /* whose run it is */
    uint32_t left;            /* events of the run */
    uint32_t events;
};

static inline struct hb_player *hb_stage_player(struct hb_stage *stage, uint32_t thread)
{
    return &stage->players[stage->lane_count > 1 ? thread : 0];
}

static inline bool hb_look_at_run(struct hb_look *look, uint64_t word)
{
    const uint32_t thread = hb_score_index(word);
    if (look->left > 0 || thread >= look->stage->head.threads)
        return false;
    look->left = hb_score_value(word);
    look->player = hb_stage_player(look->stage, thread);
    look->player->room += 2; /* a wait, where the recorded order is kept */
    return look->stage->lane_count == 1 || look->player->is_direct ||
           (look->player->has_started && !look->player->has_ended);
}

static inline bool hb_look_at_start(struct hb_look *look, uint64_t word)
{
    const uint32_t thread = hb_score_index(word);
    if (look->left > 0 || !look->player || thread == 0 || thread >= look->stage->head.threads)
        return false;
    if (look->stage->lane_count == 1)
        return true;
    struct hb_player *player = hb_stage_player(look->stage, thread);
    if (player->has_started)
        return false;
    player->has_started = true;
    look->player->room++;
    return true;
}

static inline bool hb_look_at_event(struct hb_look *look, uint64_t word)
{
    const uint32_t kind = hb_score_kind(word), index = hb_score_index(word);
    if (look->left == 0)
        return false;
    look->left--;
    look->events++;
    look->player->room += 2 + hb_score_more(word); /* with a wait */
    if (kind == HB_SCORE_END && look->stage->lane_count > 1) {
        const bool is_own =
            look->player == &look->stage->players[index % look->stage->player_count];
        const bool is_first = !look->player->has_ended;
        look->player->has_ended = true;
        return is_own && is_first;
    }
    return kind == HB_SCORE_END ||
           (index < look->stage->head.slots && (index > 0 || kind == HB_SCORE_FREE) &&
            (kind != HB_SCORE_ALIGNED || hb_score_value(word) < 48));
}

/* False when it is no window of this score. Counts the room that each player's part needs. */
static inline bool hb_stage_look(struct hb_stage *stage)
{
    struct hb_look look = {.stage = stage};
    const uint32_t words = stage->window.words;
    for (uint32_t i = 0; i < words; i += 1 + hb_score_more(stage->raw[i])) {
        const uint64_t word = stage->raw[i];
        const uint32_t kind = hb_score_kind(word);
        const bool is_event =
            (kind >= HB_SCORE_MALLOC && kind <= HB_SCORE_FREE) || kind == HB_SCORE_END;
        if (hb_score_more(word) >= words - i ||
            !(is_event                 ? hb_look_at_event(&look, word)
              : kind == HB_SCORE_RUN   ? hb_look_at_run(&look, word)
              : kind == HB_SCORE_START ? hb_look_at_start(&look, word)
                                       : false))
            return false;
    }
    return look.left == 0 && look.events == stage->window.events;
}

/* ---- dealing it ---- */

static inline void hb_player_put(struct hb_player *player, uint64_t word)
{
    player->stage->parts[player->first + player->filled++] = word;
}

/* The player goes on only when the other has come to this place. */
static inline void hb_player_await(struct hb_player *player, uint32_t thread, uint32_t word,
                                   uint32_t place)
{
    uint64_t *maker = &player->stage->parts[word];
    if (hb_score_kind(*maker) <= HB_SCORE_FREE)
        *maker += HB_SCORE_TELLS;
    hb_player_put(player, hb_score_word(HB_SCORE_WAIT, thread, place));
}

static inline void hb_deal_event(struct hb_stage *stage, struct hb_player *player, uint32_t thread,
                                 const uint64_t *words)
{
    const uint32_t kind = hb_score_kind(words[0]), more = hb_score_more(words[0]);
    struct hb_birth *birth =
        stage->births && kind != HB_SCORE_END ? &stage->births[hb_score_index(words[0])] : NULL;
    const bool ends = kind == HB_SCORE_FREE || kind == HB_SCORE_REALLOC;
    if (birth && ends && birth->window == stage->serial && birth->thread != thread)
        hb_player_await(player, birth->thread, birth->word, birth->place);
    player->last = player->first + player->filled;
    for (uint32_t i = 0; i <= more; i++)
        hb_player_put(player, words[i]);
    player->place = player->filled;
    if (birth && kind != HB_SCORE_FREE)
        *birth = (struct hb_birth){stage->serial, thread, player->last, player->place};
    else if (birth)
        birth->window = 0;
    if (kind == HB_SCORE_END && stage->lane_count > 1 && !player->is_direct)
        stage->farewells[stage->ended++] = thread;
}

/* In the recorded order a run waits for the one before. */
static inline struct hb_player *hb_deal_run(struct hb_stage *stage, struct hb_player *before,
                                            uint64_t word, uint32_t event)
{
    const uint32_t thread = hb_score_index(word);
    struct hb_player *player = hb_stage_player(stage, thread);
    if (stage->lane_count == 1)
        return player;
    hb_player_put(player, hb_score_word(HB_SCORE_RUN, event, hb_score_value(word)));
    if (stage->is_recorded_order && before && before != player && hb_score_value(word) > 0)
        hb_player_await(player, (uint32_t)(before - stage->players), before->last, before->place);
    return player;
}

static inline void hb_deal_words(struct hb_stage *stage)
{
    struct hb_player *player = NULL, *before = NULL;
    uint32_t event = 0, thread = 0;
    for (uint32_t i = 0; i < stage->window.words; i += 1 + hb_score_more(stage->raw[i])) {
        const uint64_t word = stage->raw[i];
        if (hb_score_kind(word) == HB_SCORE_RUN) {
            player = hb_deal_run(stage, before, word, event);
            event += hb_score_value(word);
            thread = hb_score_index(word);
        } else if (hb_score_kind(word) != HB_SCORE_START) {
            hb_deal_event(stage, player, thread, &stage->raw[i]);
            before = player;
        } else if (stage->lane_count > 1 && !stage->players[hb_score_index(word)].is_direct) {
            hb_player_put(player,
                          hb_score_word(HB_SCORE_START, hb_score_index(word), stage->ended));
        }
    }
}

/* Where the player begins: at its first run. */
static inline void hb_player_open(struct hb_player *player)
{
    player->part = player->at = player->stage->parts + player->first;
    player->next = player->end = HB_PLAYER_NOWHERE;
    if (player->filled == 0)
        return;
    hb_player_put(player, hb_score_word(HB_SCORE_STOP, 0, 0));
    if (player->stage->lane_count == 1) {
        player->next = 0;
        player->end = player->stage->window.events;
        return;
    }
    player->next = hb_score_index(*player->at);
    player->end = player->next + hb_score_value(*player->at++);
}

static inline void hb_stage_deal(struct hb_stage *stage)
{
    uint32_t room = 0;
    for (uint32_t i = 0; i < stage->lane_count; i++)
        stage->lanes[i].cast_count = 0;
    for (uint32_t i = 0; i < stage->player_count; i++) {
        struct hb_player *player = &stage->players[i];
        player->first = room;
        player->filled = 0;
        player->last = HB_PLAYER_NOWHERE;
        atomic_store_explicit(&player->told, 0, memory_order_relaxed);
        room += player->room ? player->room + 1 : 0;
    }
    stage->serial++;
    hb_deal_words(stage);
    for (uint32_t i = 0; i < stage->player_count; i++) {
        struct hb_player *player = &stage->players[i];
        struct hb_lane *lane = &stage->lanes[player->lane];
        hb_player_open(player);
        if (player->next != HB_PLAYER_NOWHERE && !player->is_direct)
            lane->cast[lane->cast_count++] = i;
    }
}

/* ---- the next window ---- */

/* Every thread that was started for a player of the pass has come to its end. */
static inline void hb_stage_new_pass(struct hb_stage *stage)
{
    for (; stage->joined < stage->ended; stage->joined++) {
        struct hb_player *player = &stage->players[stage->farewells[stage->joined]];
        stage->context->join(&player->thread);
        player->is_alive = false;
    }
    stage->joined = stage->ended = 0;
    for (uint32_t i = 0; i < stage->player_count; i++) {
        stage->players[i].has_started = stage->players[i].has_ended = false;
        atomic_store_explicit(&stage->players[i].ended, 0, memory_order_relaxed);
    }
    stage->number = 0;
    stage->offset = hb_score_start(stage->head.threads);
}

/* Puts the next window before the players: the body of an aside. NULL, or what is wrong. */
static inline const char *hb_stage_turn(void *opaque)
{
    struct hb_stage *stage = opaque;
    stage->first += stage->window.events;
    if (stage->number == stage->head.windows)
        hb_stage_new_pass(stage);
    for (uint32_t i = 0; i < stage->player_count; i++)
        stage->players[i].room = 0;
    if (!hb_stage_read(stage->fd, &stage->window, sizeof stage->window, stage->offset) ||
        stage->window.words > HB_SCORE_WORDS_MAX || stage->window.events == 0 ||
        !hb_stage_read(stage->fd, stage->raw, stage->window.words * sizeof *stage->raw,
                       stage->offset + sizeof stage->window) ||
        !hb_stage_look(stage))
        return "the decoded trace cannot be read back: is its disk still there?";
    stage->offset += sizeof stage->window + stage->window.words * sizeof *stage->raw;
    stage->number++;
    hb_stage_deal(stage);
    return NULL;
}

#endif
