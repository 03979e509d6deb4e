/* Everything a command needs before the fork: its words, its clean environment, a folder of its own
 * with links to libraries that LD_PRELOAD could not name, and the file it reads.
 * Read next: launch.h (what the child does with it). */
#ifndef HB_PROGRAM_PREPARE_H
#define HB_PROGRAM_PREPARE_H

#include "program/program.h"

struct hb_prepared {
    char file[HB_PATH_MAX];   /* to execute; without a slash it is searched for in PATH */
    char stage[HB_PATH_MAX];  /* a temporary folder of the run, "" when it needs none */
    char folder[HB_PATH_MAX]; /* to work in */
    char **argv, **envp;      /* ended by NULL */
    void *words;              /* a mapping that holds them and their texts */
    size_t words_bytes;
    int input; /* open, close-on-exec */
};

/* Fills *prepared. -1 with a message, nothing left: no memory, no temporary folder, no such input
 * or library (HB_ERR_USAGE). */
int hb_prepare(const struct hb_program_command *command, struct hb_prepared *prepared,
               struct hb_err *err);

/* Frees and closes; the stage stays (its owner is the keeper). */
void hb_prepared_free(struct hb_prepared *prepared);

/* Removes a folder with all that is in it, staying on its file system. "" is nothing. */
void hb_prepare_remove(const char *stage);

/* Pure. True for NAME=VALUE that a command keeps of the harness's environment. */
bool hb_prepare_is_kept(const char *name_value);

#endif
