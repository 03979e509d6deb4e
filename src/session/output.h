/* Where a command puts what it has: on standard output or in a file, over nothing that is read.
 * Read next: src/commands/rebase.c. */
#ifndef HB_SESSION_OUTPUT_H
#define HB_SESSION_OUTPUT_H

#include "base/buf.h"
#include "base/err.h"
#include "report/picture.h"
#include "report/screen.h"
#include "result/model.h"
#include "session/inputs.h"
#include "session/options.h"

#include <stdbool.h>

/* What an output must not take the place of, the same for every command: an input never, another
 * file with something in it only by --force. Zeroed: no inputs, no --force. */
struct hb_output_rule {
    bool force;
    const struct hb_inputs *inputs; /* may be NULL */
    const char *const *others; /* [other_count]: paths of more of them; NULLs are passed over */
    size_t other_count;
};

/* What --help says of --force. */
#define HB_OUTPUT_FORCE_HELP "Overwrite a file that exists (never one that is read)"

/* The options of commands that read results and write something of them. */
struct hb_output_options {
    struct hb_files files;
    const char *output; /* NULL or "-": standard output */
    bool force, keep_going;
};
extern const struct hb_option hb_options_output[];

/* hb_inputs_find of the files, then hb_output_check of the output, by the options. */
int hb_output_find_inputs(const struct hb_output_options *options, struct hb_inputs *inputs,
                          struct hb_err *err);

/* What text is written for: Markdown, the terminal, or where an option names the output (NULL: none
 * does), a file that has no colours. */
struct hb_screen hb_output_screen(const char *path, bool markdown);

/* Whether this option (NULL: not given) names standard output. */
bool hb_output_is_stdout(const char *path);

/* Says before anything is computed whether the path may be written: by the rule, and by the machine
 * (hb_file_check_output). Inputs are known by what they are, not by name: links do not hide them.
 * NULL and "-", standard output, are fine. HB_ERR_USAGE. */
int hb_output_check(const char *path, const struct hb_output_rule *rule, struct hb_err *err);

/* Writes all of it: to standard output (NULL, "-"), or in the file's place at once. main
 * itself says what it cannot write to standard output. */
int hb_output_write(const char *path, const struct hb_buf *out, struct hb_err *err);

/* Takes pictures into a folder, by the rule. */
struct hb_output_album {
    const char *folder;
    struct hb_output_rule rule;
};
struct hb_picture_taker hb_output_taker(struct hb_output_album *album);

#endif
