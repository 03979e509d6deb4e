/* The exit code that budgets ask for: see budget_exit.h. */
#include "session/budget_exit.h"

#include "base/exit.h"
#include "base/log.h"

int hb_budget_exit_code(const struct hb_budget_tally *tally, bool strict)
{
    const size_t passed = tally->count[HB_BUDGET_PASS], unknown = tally->count[HB_BUDGET_UNKNOWN];
    if (tally->count[HB_BUDGET_FAIL])
        return HB_EXIT_GATE;
    if (passed && !(strict && (unknown || tally->unheld)))
        return HB_EXIT_OK;
    if (!unknown && !strict)
        return HB_EXIT_OK;
    if (unknown)
        hb_say("%zu of %zu budgets are not known", unknown, passed + unknown);
    if (strict && tally->unheld)
        hb_say("budgets name %zu allocators that were not measured", tally->unheld);
    if (!unknown && !tally->unheld)
        hb_say("--strict: there is no budget");
    return HB_EXIT_INCONCLUSIVE;
}
