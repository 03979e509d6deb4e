/* The three files of a session that is being measured: the journal it lives in until it is whole,
 * the CSV that grows beside it, and the JSON that takes the journal's place.
 * Read next: src/commands/rebase.c, src/commands/soak.c. */
#ifndef HB_SESSION_SESSION_FILES_H
#define HB_SESSION_SESSION_FILES_H

#include "report/document.h"
#include "result/csv.h"
#include "result/file.h"
#include "result/journal.h"
#include "session/measuring.h"

struct hb_session_files {
    enum hb_session_kind kind; /* of a soak a row is an epoch, else a job */
    bool is_ab;                /* two allocators, without a twin, and no number of blocks */
    int lock;                  /* of the results folder; -1 */
    int machine;               /* lock of the machine; -1 */
    struct hb_journal *journal;
    struct hb_csv_writer *csv;
    char folder[HB_PATH_MAX];
    char json_path[HB_PATH_MAX], csv_path[HB_PATH_MAX], journal_path[HB_PATH_MAX]; /* "-": stdout */
    bool is_new, owns_csv;  /* not gone on with; whose rows no option named a place for */
    bool force;             /* the user's word: whatever is at json_path may be written over */
    struct hb_file_id json; /* what was at json_path when it was looked at or written */
};

/* What an initialiser begins with. */
#define HB_SESSION_FILES(kind_) .kind = (kind_), .lock = -1, .machine = -1

/* What --resume refuses. */
#define HB_RESUME_CHANGES_NOTHING                                                                  \
    "--resume takes its plan from the file: no other option may change it"

/* Whether the files that options name could be made, for who makes none: a dry run. HB_ERR_USAGE.
 */
int hb_session_files_check(const struct hb_measure_options *measure, struct hb_err *err);

/* From here on an interruption is noted, and no longer the end: the files are not left half made.
 * Waits for a quiet machine where --wait-quiet asks for it, takes the machine's lock and that of
 * the results folder, which is made, and opens journal and CSV; refuses whatever could not be
 * written at the end. With --resume FOLDER/STEM.jsonl that session is taken up and fills *session.
 * What is another machine, kernel or container than it began on is said, and how much is there
 * already. The CSV begins anew, with the rows so far; what is at the paths of CSV and JSON must be
 * this session's, or
 * --force. HB_ERR_USAGE when it is of another kind, or of files that changed.
 * 0; an exit status with which the command ends, as hb_quiet_wait says; -1. */
int hb_session_files_open(struct hb_session_files *files, const struct hb_measure_options *measure,
                          const struct hb_places *places, struct hb_session *session,
                          struct hb_err *err);

/* Prints the report and frees it: on stderr when JSON or CSV have standard output. */
int hb_session_files_print(const struct hb_session_files *files, struct hb_doc *doc,
                           struct hb_err *err);

/* Says what is kept of a session that was cut off, and how to go on with it. Of one that was
 * interrupted before anything was measured no file stays. */
void hb_session_files_say_kept(struct hb_session_files *files, const struct hb_session *session);

/* Says where the result is: by one name where both files share it, which fits a screen. */
void hb_session_files_say(const struct hb_session_files *files);

/* Closes the CSV; an error at close is an error. */
int hb_session_files_close_csv(struct hb_session_files *files, struct hb_err *err);

enum hb_result_moment {
    HB_RESULT_ON_THE_WAY = 0, /* more will follow: not for standard output */
    HB_RESULT_CUT_OFF,        /* nothing will follow, but it may be gone on with */
    HB_RESULT_WHOLE,          /* the journal has served */
};

/* Puts the JSON in place, or on standard output; a whole one takes the journal's place. Where it
 * could not be written, or somebody's file came to its place meanwhile, the journal stays. */
int hb_session_files_result(struct hb_session_files *files, const struct hb_buf *json,
                            enum hb_result_moment moment, struct hb_err *err);

/* What is at the JSON's path now is this session's: a process of its own wrote it. */
void hb_session_files_own_result(struct hb_session_files *files);

/* Closes what is open; a journal that was not finished stays. */
void hb_session_files_free(struct hb_session_files *files);

#endif
