/* Command lines: see arguments.h. */
#include "session/arguments.h"

#include "base/buf.h"

#include <string.h>

int hb_argp_parse(const struct argp *argp, int argc, char **argv, void *input, struct hb_err *err)
{
    argp_err_exit_status = 2;
    const error_t failed = argp_parse(argp, argc, argv, 0, NULL, input);
    if (failed)
        return hb_err_errno(err, HB_ERR_USAGE, failed, "cannot read the arguments");
    return 0;
}

error_t hb_argp_files(int key, struct argp_state *state, const char *which, struct hb_files *files)
{
    if (key == ARGP_KEY_NO_ARGS)
        argp_error(state, "%s", which);
    else if (key != ARGP_KEY_ARGS)
        return ARGP_ERR_UNKNOWN;
    files->names = state->argv + state->next;
    files->count = (size_t)(state->argc - state->next);
    return 0;
}

static void add_quoted(struct hb_buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_=,.:/+@% ";
    const size_t safe = strspn(word, plain);
    if (word[0] && !word[safe] && !strchr(word, ' ')) {
        hb_buf_text(out, word);
        return;
    }
    hb_buf_char(out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            hb_buf_text(out, "'\\''");
        else
            hb_buf_char(out, *word);
    }
    hb_buf_char(out, '\'');
}

char *hb_command_line(int argc, char **argv)
{
    struct hb_buf out = {0};
    hb_buf_text(&out, argv[0]); /* "hakbench rebase": ours, two words */
    for (int i = 1; i < argc; i++) {
        hb_buf_char(&out, ' ');
        add_quoted(&out, argv[i]);
    }
    return hb_buf_take(&out);
}
