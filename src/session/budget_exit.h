/* The exit code that budgets ask for, of every command that holds some.
 * Read next: src/judge/budget.h, docs/method.md, "Exit codes". */
#ifndef HB_SESSION_BUDGET_EXIT_H
#define HB_SESSION_BUDGET_EXIT_H

#include "judge/budget.h"

#include <stdbool.h>

/* What --help says of --strict. */
#define HB_BUDGET_STRICT_HELP "Exit with 4 when a budget is not known, or there is none"

/* HB_EXIT_GATE when one failed. HB_EXIT_INCONCLUSIVE when none of those there are could be told;
 * with strict already when one could not, names an allocator that was not measured, or when there
 * is none at all. Else HB_EXIT_OK. What is open is told on stderr. */
int hb_budget_exit_code(const struct hb_budget_tally *tally, bool strict);

#endif
