/* What commands share in reading their arguments and placing their files.
 * Read next: src/commands/rebase.c. */
#ifndef HB_COMMANDS_SHARED_OUTPUT_H
#define HB_COMMANDS_SHARED_OUTPUT_H

#include "base/buf.h"
#include "base/err.h"
#include "commands/shared/inputs.h"
#include "report/picture.h"
#include "result/model.h"

#include <argp.h>
#include <stdbool.h>

/* argp_parse with our exit codes: --help and --usage exit with 0, a wrong option with 2 after
 * argp's own message. -1 with *err only when argp itself fails. */
int hb_argp_parse(const struct argp *argp, int argc, char **argv, void *input, struct hb_err *err);

/* The command line as one string, quoted where a shell would need it; owned by the caller. */
char *hb_command_line(int argc, char **argv);

/* What an output must not take the place of, the same for every command: an input never, another
 * file with something in it only by --force. Zeroed: no inputs, no --force. */
struct hb_output_rule {
    bool force;
    const struct hb_inputs *inputs; /* may be NULL */
    const char *const *others; /* [other_count]: paths of more of them; NULLs are passed over */
    size_t other_count;
};

/* The help text of --force where nothing else is said of it. */
#define HB_OUTPUT_FORCE_HELP                                                                       \
    "Write over a file that is there already (over one that is read: never)"

/* Says before anything is computed whether the path may be written: by the rule, and by the machine
 * (hb_file_check_output). Inputs are told by what they are, not by name: links do not hide them.
 * NULL and "-", standard output, are fine. HB_ERR_USAGE. */
int hb_output_check(const char *path, const struct hb_output_rule *rule, struct hb_err *err);

/* Writes all of it: to standard output (NULL, "-"), or in the file's place at once. What main
 * cannot write to standard output it tells itself. */
int hb_output_write(const char *path, const struct hb_buf *out, struct hb_err *err);

/* Takes pictures into a folder, by the rule. */
struct hb_output_album {
    const char *folder;
    struct hb_output_rule rule;
};
struct hb_picture_taker hb_output_taker(struct hb_output_album *album);

/* Makes the folder (and those above it) when it is not there. HB_ERR_USAGE when it cannot be
 * made or written to. */
int hb_output_folder(const char *path, struct hb_err *err);

/* Takes the folder's lock, so that two sessions do not measure each other. The descriptor stays
 * open for as long as the session runs. -1 naming who has it, or that what is there is no lock of
 * ours: nothing in it is changed then. Where there can be no lock that is told, and *fd may be -1.
 */
int hb_output_lock(const char *folder, int *fd, struct hb_err *err);

/* "FOLDER/2026-11-23T11-22-33Z-mixed", a stem of which no .jsonl, .json or .csv is there yet. */
int hb_output_stem(const char *folder, const struct hb_session *session, char *stem,
                   size_t stem_bytes, struct hb_err *err);

#endif
