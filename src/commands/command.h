/* One command: a name, a line about it and a function. Each file of this folder is one command;
 * the Makefile gathers them. Commands only wire rooms together.
 * Read next: src/main.c, rebase.c. */
#ifndef HB_COMMANDS_COMMAND_H
#define HB_COMMANDS_COMMAND_H

#include "base/err.h"

struct hb_command {
    const char *name;
    const char *summary; /* one line for `hakbench --help` */

    /* argv[0] is "hakbench NAME". Returns the exit code, or -1 with *err set. */
    int (*run)(int argc, char **argv, struct hb_err *err);
};

/* What a command's file ends with: its `run`. */
#define HB_COMMAND_RUN(name_, summary_)                                                            \
    const struct hb_command hb_command_##name_ = {.name = #name_, .summary = (summary_), .run = run}

#define HB_COMMAND(name) extern const struct hb_command hb_command_##name;
#include "commands.inc"
#undef HB_COMMAND

#endif
