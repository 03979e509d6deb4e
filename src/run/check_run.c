/* Asking for promises: see check_run.h. */
#include "run/check_run.h"

#include "base/quote.h"
#include "base/words.h"
#include "program/program.h"
#include "run/exec_outcome.h"
#include "run/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a promise's program exits with: tests/alloc/promise.h says the same to its writers. */
#define EXIT_HUNG        76
#define EXIT_UNSUPPORTED 77

/* A child that such a program forked hangs when it takes longer: seconds, for a machine that is
 * busy. */
#define CHILD_LIMIT  "CHILD_LIMIT_S=30"
#define LOADING_S    20.0 /* a loader that takes longer hangs */
#define OUTPUT_LIMIT (UINT64_C(64) << 20)
#define KEEP_BYTES   ((size_t)64 << 10)
#define LOOK_S       0.01 /* from one look at the running programs to the next */

/* A question, and the program that answers it. */
struct slot {
    bool is_taken; /* there is a question, not answered yet */
    size_t promise, allocator;
    struct hb_program *program; /* NULL: not started */
    char path[HB_PATH_MAX];
    const char *argv[3], *preload[1];
    struct hb_program_command command;
};

struct walk {
    const struct hb_checking *checking;
    struct hb_session *session;
    struct hb_words *environments; /* [allocators] */
    struct slot *slots;            /* [jobs] */
    size_t jobs, next, done, total;
    bool is_alone; /* the second turn, of what was not kept beside others */
};

/* ---- an end ---- */

/* Of several lines the last says how many, the first one what. */
static void first_line(const struct hb_program_result *result, const char *last, char *text,
                       size_t text_bytes)
{
    const char *from = result->errors.kept_bytes ? result->errors.kept : "";
    const size_t length = strcspn(from, "\n");
    text[0] = '\0';
    if (length && strncmp(from, last, length) != 0)
        (void)snprintf(text, text_bytes, "%.*s ... ", length < 200 ? (int)length : 200, from);
    hb_hide_controls(text);
}

static void set_reason(const struct hb_program_result *result, const char *what, const char *line,
                       const char *said, struct hb_answer *answer)
{
    char first[256], figures[256] = "";
    const struct hb_program_result printed = {.output = result->output};
    first_line(result, line, first, sizeof first);
    if (result->errors.kept_bytes) /* figures are printed, faults are said */
        hb_exec_last_line(&printed, figures, sizeof figures);
    (void)snprintf(answer->reason, sizeof answer->reason, "%.100s%s%.150s%.150s%s%.100s", what,
                   what[0] && said[0] ? ": " : "", first, said, figures[0] ? "; " : "", figures);
}

void hb_check_take_end(const struct hb_program_result *result, struct hb_answer *answer)
{
    static const char skipped[] = "skipped: ";
    char line[256];
    hb_exec_last_line(result, line, sizeof line);
    const char *said =
        strncmp(line, skipped, sizeof skipped - 1) == 0 ? line + sizeof skipped - 1 : line;
    const char *what = result->reason;
    switch (result->end) {
    case HB_PROGRAM_EXITED:
        what = said[0] ? "" : what;
        answer->verdict = result->exit_status == 0                  ? HB_ANSWER_PASS
                          : result->exit_status == EXIT_HUNG        ? HB_ANSWER_HANG
                          : result->exit_status == EXIT_UNSUPPORTED ? HB_ANSWER_UNSUPPORTED
                                                                    : HB_ANSWER_FAIL;
        break;
    case HB_PROGRAM_SIGNALLED: /* SIGKILL too: whose memory grows is ended by the machine */
        answer->verdict = HB_ANSWER_CRASH;
        break;
    case HB_PROGRAM_TIMEOUT:
    case HB_PROGRAM_STOPPED_ITSELF:
        answer->verdict = HB_ANSWER_HANG;
        break;
    default:
        answer->verdict = HB_ANSWER_FAIL;
    }
    if (answer->verdict == HB_ANSWER_PASS)
        answer->reason[0] = '\0';
    else
        set_reason(result, what, line, said, answer);
}

/* ---- one program ---- */

static void describe(const struct walk *walk, struct slot *slot, double timeout_s)
{
    const struct hb_words *environment = &walk->environments[slot->allocator];
    const struct hb_allocator_entry *entry = &walk->session->allocators[slot->allocator];
    slot->argv[0] = slot->path;
    slot->preload[0] = entry->preload_path;
    slot->command = (struct hb_program_command){
        .argv = slot->argv,
        .environment = (const char *const *)environment->items,
        .environment_count = environment->count,
        .preload = slot->preload,
        .preload_count = entry->preload_path[0] ? 1 : 0,
        .timeout_s = timeout_s,
        .output_limit = OUTPUT_LIMIT,
        .keep_bytes = KEEP_BYTES,
        .randomize = true,
        .interrupted = hb_interrupt_signal,
    };
}

/* Runs of a promise, while none breaks it. */
static uint32_t most_runs(const struct walk *walk, size_t promise)
{
    return walk->checking->repeat ? walk->checking->repeat : walk->session->promises[promise].runs;
}

static int start(struct walk *walk, struct slot *slot, struct hb_err *err)
{
    const struct hb_checking *checking = walk->checking;
    const struct hb_promise *promise = &walk->session->promises[slot->promise];
    if (hb_copy_path(slot->path, err, "%s/%s", checking->places->promises, promise->name) != 0)
        return -1;
    describe(walk, slot, checking->timeout_s > 0 ? checking->timeout_s : promise->limit_s);
    if (checking->started)
        checking->started(checking->self, walk->session, slot->promise, slot->allocator, walk->done,
                          walk->total);
    return hb_program_start(&slot->command, &slot->program, err);
}

static bool is_any_running(const struct walk *walk)
{
    for (size_t i = 0; i < walk->jobs; i++) {
        if (walk->slots[i].program)
            return true;
    }
    return false;
}

/* A machine that refuses a process while others run (2,000 threads, say) has one when they end: the
 * question waits, and is no error. */
static int wait_for_others(const struct walk *walk, struct hb_err *err)
{
    if (err->kind != HB_ERR_SYSTEM || !is_any_running(walk))
        return -1;
    *err = (struct hb_err){0};
    return 0;
}

static bool is_shortage(int errnum)
{
    return errnum == EAGAIN || errnum == ENOMEM || errnum == EMFILE || errnum == ENFILE;
}

/* Another program may have taken the memory that the machine ended this one for. */
static bool may_be_others_doing(const struct walk *walk)
{
    return walk->checking->jobs > 1 && !walk->is_alone;
}

/* A run that is over; the slot keeps its question when that is to be tried once more. */
static int take(struct walk *walk, struct slot *slot, struct hb_err *err)
{
    const struct hb_promise *promise = &walk->session->promises[slot->promise];
    struct hb_answer *answer = hb_session_answer(walk->session, slot->promise, slot->allocator);
    struct hb_program_result result = {0};
    int status = hb_program_wait(&slot->program, &result, err);
    bool may_wait = true;
    if (status == 0 && result.end == HB_PROGRAM_NOT_STARTED) {
        status = hb_err_set(err, HB_ERR_SYSTEM, "%s: %s", promise->name, result.reason);
        may_wait = is_shortage(result.start_errno);
    }
    if (status == 0) {
        hb_check_take_end(&result, answer);
        if (result.end == HB_PROGRAM_SIGNALLED && result.signal_number == SIGKILL &&
            may_be_others_doing(walk))
            answer->verdict = HB_ANSWER_UNSUPPORTED; /* so it is asked again, however many runs */
        answer->runs++;
        answer->wall_s += result.wall_s > 0 ? result.wall_s : 0;
        slot->is_taken =
            answer->verdict == HB_ANSWER_PASS && answer->runs < most_runs(walk, slot->promise);
        walk->done += !slot->is_taken;
    } else if (may_wait) {
        status = wait_for_others(walk, err);
    }
    hb_program_result_free(&result);
    return status;
}

/* ---- loading ---- */

/* What the loader writes of a library that it goes on without. */
static const char *find_refusal(const struct hb_program_result *result)
{
    return result->errors.kept ? strstr(result->errors.kept, "cannot be preloaded") : NULL;
}

/* Every promise has the same answer where a program that does nothing has none. */
static void answer_all(struct walk *walk, size_t allocator, const struct hb_answer *loading)
{
    for (size_t p = 0; p < walk->session->promise_count; p++) {
        struct hb_answer *answer = hb_session_answer(walk->session, p, allocator);
        *answer = *loading;
        answer->runs = 0;
        (void)snprintf(answer->reason, sizeof answer->reason,
                       "so ends a program that does nothing: %.400s", loading->reason);
    }
}

static int load(struct walk *walk, size_t allocator, struct hb_err *err)
{
    struct hb_allocator_entry *entry = &walk->session->allocators[allocator];
    struct slot slot = {.allocator = allocator};
    struct hb_program_result result = {0};
    struct hb_answer loading = {.verdict = HB_ANSWER_NONE};
    if (entry->missing_reason[0] || !entry->preload_path[0])
        return 0;
    HB_COPY(slot.path, walk->checking->places->worker);
    slot.argv[1] = "--nothing";
    describe(walk, &slot,
             walk->checking->timeout_s > 0 && walk->checking->timeout_s < LOADING_S
                 ? walk->checking->timeout_s
                 : LOADING_S);
    const int status = hb_program_run(&slot.command, &result, err);
    if (status == 0) {
        hb_check_take_end(&result, &loading);
        if (find_refusal(&result))
            (void)snprintf(entry->missing_reason, sizeof entry->missing_reason, "it %.300s",
                           find_refusal(&result));
        else if (loading.verdict != HB_ANSWER_PASS)
            answer_all(walk, allocator, &loading);
    }
    entry->missing_reason[strcspn(entry->missing_reason, "\n")] = '\0';
    hb_program_result_free(&result);
    return status;
}

/* ---- all of them ---- */

/* In the second turn, alone: what was not kept beside others or could not be tried (no memory, no
 * threads), as that may be their doing. Of several runs one loss is enough. */
static bool is_wanted(const struct walk *walk, size_t promise, size_t allocator)
{
    const struct hb_answer *answer = hb_session_answer(walk->session, promise, allocator);
    if (walk->session->allocators[allocator].missing_reason[0])
        return false;
    if (!walk->is_alone)
        return answer->verdict == HB_ANSWER_NONE;
    return answer->runs && (answer->verdict == HB_ANSWER_UNSUPPORTED ||
                            (hb_answer_is_broken(answer) && most_runs(walk, promise) == 1));
}

/* The next question, into a slot that is free. False: there is none. */
static bool take_next(struct walk *walk, struct slot *slot)
{
    const size_t allocators = walk->session->allocator_count;
    for (; walk->next < walk->session->promise_count * allocators; walk->next++) {
        slot->promise = walk->next / allocators;
        slot->allocator = walk->next % allocators;
        if (!is_wanted(walk, slot->promise, slot->allocator))
            continue;
        walk->next++;
        return true;
    }
    return false;
}

/* Gives the slot a question, if there is one, and starts its program. */
static int fill(struct walk *walk, struct slot *slot, struct hb_err *err)
{
    slot->is_taken = slot->is_taken || take_next(walk, slot);
    return !slot->is_taken || start(walk, slot, err) == 0 ? 0 : wait_for_others(walk, err);
}

/* Starts what there is room for, and looks at what runs. *running: so many. */
static int turn_slots(struct walk *walk, size_t *running, struct hb_err *err)
{
    *running = 0;
    for (size_t i = 0; i < walk->jobs; i++) {
        struct slot *slot = &walk->slots[i];
        bool ended = false;
        if (!slot->program && fill(walk, slot, err) != 0)
            return -1;
        if (!slot->program)
            continue;
        ++*running;
        if (hb_program_pause(slot->program, LOOK_S, &ended, err) != 0)
            return -1;
        if (!ended)
            continue;
        if (take(walk, slot, err) != 0)
            return -1;
    }
    return 0;
}

static int walk_through(struct walk *walk, struct hb_err *err)
{
    size_t running = 1;
    int status = 0;
    walk->next = walk->done = walk->total = 0;
    for (size_t p = 0; p < walk->session->promise_count; p++) {
        for (size_t a = 0; a < walk->session->allocator_count; a++)
            walk->total += is_wanted(walk, p, a);
    }
    while (status == 0 && running)
        status = turn_slots(walk, &running, err);
    for (size_t i = 0; i < walk->jobs; i++) {
        struct hb_program_result result = {0};
        struct hb_err ignored = {0};
        if (!walk->slots[i].program)
            continue;
        hb_program_stop(walk->slots[i].program);
        (void)hb_program_wait(&walk->slots[i].program, &result, &ignored);
        hb_program_result_free(&result);
    }
    return status;
}

/* What an answer was beside others is kept in what is said of a promise that is kept alone. */
static int ask_again_alone(struct walk *walk, struct hb_err *err)
{
    struct hb_session *session = walk->session;
    const size_t count = session->promise_count * session->allocator_count;
    struct hb_answer *before = malloc((count + 1) * sizeof *before);
    if (!before)
        return hb_err_memory(err, NULL);
    memcpy(before, session->answers, count * sizeof *before);
    walk->is_alone = true;
    walk->jobs = 1;
    const int status = walk_through(walk, err);
    for (size_t i = 0; i < count; i++) {
        struct hb_answer *answer = &session->answers[i];
        if (before[i].verdict != HB_ANSWER_PASS && answer->verdict == HB_ANSWER_PASS)
            (void)snprintf(answer->reason, sizeof answer->reason,
                           "kept alone; beside other programs: %s: %.400s",
                           hb_answer_names[before[i].verdict], before[i].reason);
    }
    free(before);
    return status;
}

static int set_up(struct walk *walk, struct hb_err *err)
{
    const struct hb_session *session = walk->session;
    walk->slots = calloc(walk->jobs, sizeof *walk->slots);
    walk->environments = calloc(session->allocator_count + 1, sizeof *walk->environments);
    if (!walk->slots || !walk->environments)
        return hb_err_memory(err, NULL);
    for (size_t a = 0; a < session->allocator_count; a++) {
        if (hb_words_split(&walk->environments[a], session->allocators[a].environment, err) != 0)
            return -1;
        if (hb_words_add(&walk->environments[a], CHILD_LIMIT) != 0)
            return hb_err_memory(err, NULL);
    }
    return 0;
}

int hb_check_ask(const struct hb_checking *checking, struct hb_session *session, struct hb_err *err)
{
    struct walk walk = {.checking = checking, .session = session, .jobs = checking->jobs};
    int status = set_up(&walk, err);
    for (size_t a = 0; status == 0 && a < session->allocator_count; a++)
        status = load(&walk, a, err);
    if (status == 0)
        status = walk_through(&walk, err);
    if (status == 0 && checking->jobs > 1)
        status = ask_again_alone(&walk, err);
    for (size_t a = 0; walk.environments && a < session->allocator_count; a++)
        hb_words_free(&walk.environments[a]);
    free(walk.environments);
    free(walk.slots);
    return status;
}
