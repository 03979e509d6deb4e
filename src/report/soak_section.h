/* Sections of a soak's report that have files of their own.
 * Read next: soak_report.h. */
#ifndef HB_REPORT_SOAK_SECTION_H
#define HB_REPORT_SOAK_SECTION_H

#include "report/section.h"

struct hb_soak_view;

void hb_soak_section_calls(const struct hb_soak_view *view, const struct hb_section *section);
void hb_soak_section_budgets(const struct hb_soak_view *view, const struct hb_section *section);
void hb_soak_section_notes(const struct hb_soak_view *view, const struct hb_section *section);

#endif
