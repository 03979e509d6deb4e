/* The exit code that budgets ask for: see budget_exit.h. */
#include "commands/shared/budget_exit.h"

#include "commands/command.h"

#include <stdio.h>

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
        (void)fprintf(stderr, "hakbench: %zu of %zu budgets are not known\n", unknown,
                      passed + unknown);
    if (strict && tally->unheld)
        (void)fprintf(stderr, "hakbench: budgets name %zu allocators that were not measured\n",
                      tally->unheld);
    if (!unknown && !tally->unheld)
        (void)fprintf(stderr, "hakbench: --strict: there is no budget to hold\n");
    return HB_EXIT_INCONCLUSIVE;
}
