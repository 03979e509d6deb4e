/* A command's arguments.
 * Read next: output.h, measure_options.h. */
#ifndef HB_SESSION_ARGUMENTS_H
#define HB_SESSION_ARGUMENTS_H

#include "base/err.h"

#include <argp.h>

/* The arguments that are no options. */
struct hb_files {
    char **names; /* [count], argv's */
    size_t count;
};

/* What a command's parser leaves its last keys to: takes all of the arguments; `which` is the
 * question where there are none. ARGP_ERR_UNKNOWN for any other key. */
error_t hb_argp_files(int key, struct argp_state *state, const char *which, struct hb_files *files);

/* argp_parse with our exit codes: --help and --usage exit with 0, a wrong option with 2 after
 * argp's own message. -1 with *err only when argp itself fails. */
int hb_argp_parse(const struct argp *argp, int argc, char **argv, void *input, struct hb_err *err);

/* The command line as one string, quoted where a shell would need it; owned by the caller. */
char *hb_command_line(int argc, char **argv);

#endif
