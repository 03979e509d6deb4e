/* Time against peak memory: see exec_report.h. */
#include "report/charts.h"
#include "report/exec_report.h"

void hb_chart_exec(const struct hb_exec_judgement *judgement, const struct hb_exec_target *target,
                   struct hb_doc *doc)
{
    (void)judgement;
    (void)target;
    (void)doc;
}
