/* The three files of a session that is being measured: the journal it lives in until it is whole,
 * the CSV that grows beside it, and the JSON that takes the journal's place.
 * Read next: src/commands/rebase.c, src/commands/soak.c. */
#ifndef HB_SESSION_SESSION_FILES_H
#define HB_SESSION_SESSION_FILES_H

#include "base/buf.h"
#include "result/csv.h"
#include "result/journal.h"
#include "session/measure_options.h"

struct hb_session_files {
    bool of_epochs; /* rows are epochs, not jobs; set before anything else */
    int lock;       /* of the results folder; -1 */
    int machine;    /* lock of the machine; -1 */
    struct hb_journal *journal;
    struct hb_csv_writer *csv;
    char folder[HB_PATH_MAX];
    char json_path[HB_PATH_MAX], csv_path[HB_PATH_MAX], journal_path[HB_PATH_MAX]; /* "-": stdout */
};

void hb_session_files_init(struct hb_session_files *files, bool of_epochs);

/* Makes the results folder, takes its lock and the machine's, and opens journal and CSV of a new
 * session; refuses whatever could not be written at the end. */
int hb_session_files_create(struct hb_session_files *files,
                            const struct hb_measure_options *measure,
                            const struct hb_session *session, struct hb_err *err);

/* Takes up the session of a journal ("FOLDER/STEM.jsonl", as --resume names it): paths, lock and
 * journal. Fills *session. */
int hb_session_files_resume(struct hb_session_files *files,
                            const struct hb_measure_options *measure, const char *journal,
                            struct hb_session *session, struct hb_err *err);

/* Then, once the caller has found that it may go on: tells on stderr what is another machine,
 * kernel or container than the session began on. */
int hb_session_files_tell_differences(struct hb_session *session, struct hb_err *err);

/* Then: the CSV anew, with the rows so far. What is at the paths of CSV and JSON must be this
 * session's, or --force. */
int hb_session_files_resume_csv(struct hb_session_files *files,
                                const struct hb_measure_options *measure,
                                const struct hb_session *session, struct hb_err *err);

/* True when JSON or CSV go to standard output: nothing else may then be printed there. */
bool hb_session_files_take_stdout(const struct hb_session_files *files);

/* Closes the CSV; an error at close is told. */
int hb_session_files_close_csv(struct hb_session_files *files, struct hb_err *err);

enum hb_result_moment {
    HB_RESULT_ON_THE_WAY = 0, /* more will follow: not for standard output */
    HB_RESULT_CUT_OFF,        /* nothing will follow, but it may be gone on with */
    HB_RESULT_WHOLE,          /* the journal has served */
};

/* Puts the JSON in place, or on standard output; a whole one takes the journal's place. */
int hb_session_files_result(struct hb_session_files *files, const struct hb_buf *json,
                            enum hb_result_moment moment, struct hb_err *err);

/* Closes what is open; a journal that was not finished stays. */
void hb_session_files_free(struct hb_session_files *files);

#endif
