/* Result files as one table: read, judged, and made into a document with what soaks and checks say
 * under it. Read next: src/compare/standings.h; src/commands/table.c, suite.c (the users). */
#ifndef HB_SUITE_STANDING_FILES_H
#define HB_SUITE_STANDING_FILES_H

#include "compare/standings.h"
#include "report/document.h"
#include "session/inputs.h"

/* Zeroed is valid to free. Not to be moved once it was read. */
struct hb_standing_files {
    struct hb_standing_file {
        char label[HB_NAME_MAX];
        struct hb_session session;
        struct hb_assessment assessment;
    } * *items; /* [count]; owned */
    size_t count;
    struct hb_standings standings;
};

/* Reads all inputs and makes the table. -1: as hb_inputs_read and hb_standings_make say. */
int hb_standing_files_read(struct hb_inputs *inputs, const struct hb_standing_options *options,
                           struct hb_standing_files *files, struct hb_err *err);
void hb_standing_files_free(struct hb_standing_files *files);

/* The table, then a line for each soak and check; on a page all sessions as well. */
int hb_standing_files_report(const struct hb_standing_files *files, bool worst_first,
                             struct hb_doc *doc, struct hb_err *err);

/* The document as a page. */
int hb_standing_files_page(const struct hb_standing_files *files, const struct hb_doc *doc,
                           const char *tool, struct hb_buf *out, struct hb_err *err);

#endif
