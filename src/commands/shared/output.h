/* What commands share in reading their arguments and placing their files.
 * Read next: src/commands/rebase.c. */
#ifndef HB_COMMANDS_SHARED_OUTPUT_H
#define HB_COMMANDS_SHARED_OUTPUT_H

#include "base/err.h"
#include "result/model.h"

#include <argp.h>

/* argp_parse with our exit codes: --help and --usage exit with 0, a wrong option with 2 after
 * argp's own message. -1 with *err only when argp itself fails. */
int hb_argp_parse(const struct argp *argp, int argc, char **argv, void *input, struct hb_err *err);

/* The command line as one string, quoted where a shell would need it; owned by the caller. */
char *hb_command_line(int argc, char **argv);

/* Makes the folder (and those above it) when it is not there. HB_ERR_USAGE when it cannot be
 * made or written to. */
int hb_output_folder(const char *path, struct hb_err *err);

/* Takes the folder's lock, so that two sessions do not measure each other. The descriptor stays
 * open for as long as the session runs. -1 naming who has it. */
int hb_output_lock(const char *folder, int *fd, struct hb_err *err);

/* "FOLDER/2026-11-23T11-22-33Z-mixed", a stem of which no .jsonl, .json or .csv is there yet. */
int hb_output_stem(const char *folder, const struct hb_session *session, char *stem,
                   size_t stem_bytes, struct hb_err *err);

#endif
