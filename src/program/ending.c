/* When and how the tree is ended: see keeper_parts.h. */
#include "program/keeper_parts.h"

#include "base/clock.h"

#include <signal.h>

#define LINGER_NS     UINT64_C(500000000)  /* what ends with the command may do so a little later */
#define DEATH_NS      UINT64_C(5000000000) /* one that is not gone by then stands in the kernel */
#define KILL_EVERY_NS UINT64_C(5000000)
#define LOOK_EVERY_NS UINT64_C(250000000)
#define LOOKS_STILL   4 /* standing so long, nobody will continue it */

static void signal_all(struct hb_keeper *keeper, int signal_number)
{
    hb_tree_fill(getpid(), &keeper->list);
    for (size_t i = 0; i < keeper->list.count; i++)
        (void)kill(keeper->list.items[i].pid, signal_number);
    if (keeper->list.count == 0 && !keeper->is_childless) /* no /proc: the group is all we know */
        (void)kill(-keeper->command_pid, signal_number);
}

static void enter(struct hb_keeper *keeper, enum hb_stage stage, uint64_t for_ns)
{
    keeper->stage = stage;
    keeper->stage_until_ns = hb_clock_monotonic_ns() + for_ns;
}

void hb_ending_kill(struct hb_keeper *keeper)
{
    if (keeper->stage < HB_STAGE_KILLING)
        enter(keeper, HB_STAGE_KILLING, DEATH_NS);
}

/* SIGTERM (SIGKILL where there is no grace), and SIGCONT behind it for whoever stands still. */
static void tell(struct hb_keeper *keeper, bool is_all)
{
    const int told[] = {SIGTERM, SIGCONT};
    if (keeper->command->grace_s <= 0) {
        hb_ending_kill(keeper);
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        if (is_all)
            signal_all(keeper, told[i]);
        else
            (void)kill(keeper->command_pid, told[i]);
    }
    enter(keeper, HB_STAGE_TOLD, (uint64_t)(keeper->command->grace_s * 1e9));
}

void hb_ending_begin(struct hb_keeper *keeper, enum hb_program_end why)
{
    if (keeper->is_command_over || keeper->asked != HB_PROGRAM_EXITED) {
        if (why == HB_PROGRAM_INTERRUPTED) {
            keeper->asked = why;
            hb_ending_kill(keeper);
        }
        return;
    }
    keeper->asked = why;
    hb_tree_fill(getpid(), &keeper->list);
    hb_tree_look_at_all(&keeper->tree, &keeper->list);
    tell(keeper, why != HB_PROGRAM_ENDED);
}

void hb_ending_command_over(struct hb_keeper *keeper)
{
    if (keeper->stage == HB_STAGE_RUNNING ||
        (keeper->stage == HB_STAGE_TOLD && keeper->asked == HB_PROGRAM_ENDED))
        enter(keeper, HB_STAGE_LINGERING, LINGER_NS);
}

/* What is still there outlived the command. */
static void end_rest(struct hb_keeper *keeper)
{
    hb_tree_fill(getpid(), &keeper->list);
    hb_tree_name(&keeper->list, &keeper->ledger->result.left);
    hb_tree_look_at_all(&keeper->tree, &keeper->list);
    tell(keeper, true);
}

static void kill_all(struct hb_keeper *keeper)
{
    signal_all(keeper, SIGKILL);
    if (hb_clock_monotonic_ns() >= keeper->stage_until_ns) {
        keeper->ledger->result.left.stuck =
            keeper->list.count > 0 ? (uint32_t)keeper->list.count : 1;
        keeper->stage = HB_STAGE_GONE;
    }
}

void hb_ending_away(struct hb_keeper *keeper, uint64_t away_ns)
{
    keeper->stage_until_ns += away_ns;
    if (!keeper->is_command_over)
        keeper->away_ns += away_ns;
}

/* When it will have run for too long; UINT64_MAX: never, or it has not begun. */
static uint64_t limit_ns(const struct hb_keeper *keeper)
{
    const uint64_t began_ns = atomic_load(&keeper->ledger->began_ns);
    const double limit_s = keeper->command->timeout_s;
    return limit_s > 0 && began_ns ? began_ns + (uint64_t)(limit_s * 1e9) + keeper->away_ns
                                   : UINT64_MAX;
}

static void look_whether_it_runs(struct hb_keeper *keeper, uint64_t now_ns)
{
    if (now_ns >= limit_ns(keeper)) {
        hb_ending_begin(keeper, HB_PROGRAM_TIMEOUT);
        return;
    }
    if (now_ns < keeper->look_at_ns)
        return;
    keeper->look_at_ns = now_ns + LOOK_EVERY_NS;
    struct hb_tree_entry entry = {keeper->command_pid, SIZE_MAX};
    const struct hb_tree_list command = {&entry, 1, 1};
    bool is_still = keeper->is_traced ? keeper->tracer.is_stopped : hb_tree_is_stopped(&command);
    if (is_still) { /* somebody else in the tree may be about to continue it */
        hb_tree_fill(getpid(), &keeper->list);
        is_still = hb_tree_is_stopped(&keeper->list);
    }
    keeper->stood_still = is_still ? keeper->stood_still + 1 : 0;
    if (keeper->stood_still > LOOKS_STILL)
        hb_ending_begin(keeper, HB_PROGRAM_STOPPED_ITSELF);
}

void hb_ending_now(struct hb_keeper *keeper)
{
    const uint64_t now_ns = hb_clock_monotonic_ns();
    if (keeper->stage == HB_STAGE_RUNNING)
        look_whether_it_runs(keeper, now_ns);
    else if (keeper->is_childless)
        keeper->stage = HB_STAGE_GONE;
    else if (keeper->stage == HB_STAGE_LINGERING && now_ns >= keeper->stage_until_ns)
        end_rest(keeper);
    else if (keeper->stage == HB_STAGE_TOLD && now_ns >= keeper->stage_until_ns)
        hb_ending_kill(keeper);
    if (keeper->stage == HB_STAGE_KILLING)
        kill_all(keeper);
}

uint64_t hb_ending_due_ns(const struct hb_keeper *keeper)
{
    const uint64_t limit = limit_ns(keeper);
    if (keeper->stage == HB_STAGE_KILLING)
        return hb_clock_monotonic_ns() + KILL_EVERY_NS;
    if (keeper->stage != HB_STAGE_RUNNING)
        return keeper->stage_until_ns;
    return limit < keeper->look_at_ns ? limit : keeper->look_at_ns;
}
