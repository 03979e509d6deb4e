/* What a reader must know of the machine before he believes a table: quota, limits, neighbours,
 * what it refused, runs that did not have their CPUs.
 * Read next: src/judge/disturbed.h. */
#ifndef HB_REPORT_MACHINE_NOTES_H
#define HB_REPORT_MACHINE_NOTES_H

#include "report/section.h"
#include "result/model.h"

/* A line each for what there is; nothing on a quiet machine. */
void hb_machine_notes(const struct hb_section *notes, const struct hb_session *session);

#endif
