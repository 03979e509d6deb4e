/* Running gnuplot: see gnuplot.h. */
#include "report/gnuplot.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_THERE 127 /* what a child ends with when there is no such program */

struct files {
    FILE *script, *drawn, *said;
};

void hb_gnuplot_quoted(struct hb_buf *out, const char *text)
{
    hb_buf_char(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            hb_buf_char(out, '\'');
        hb_buf_char(out, *text == '\n' || *text == '\r' ? ' ' : *text);
    }
    hb_buf_char(out, '\'');
}

/* -d: somebody's own settings do not change our pictures. */
static _Noreturn void become_gnuplot(const struct files *files)
{
    static char name[] = "gnuplot", defaults[] = "-d";
    char *const argv[] = {name, defaults, NULL};
    if (dup2(fileno(files->script), STDIN_FILENO) >= 0 &&
        dup2(fileno(files->drawn), STDOUT_FILENO) >= 0 &&
        dup2(fileno(files->said), STDERR_FILENO) >= 0)
        (void)execvp(name, argv);
    _exit(NOT_THERE);
}

/* gnuplot's first words, in one line. */
static void first_words(FILE *said, char *text, size_t text_bytes)
{
    rewind(said);
    const size_t got = fread(text, 1, text_bytes - 1, said);
    text[got] = '\0';
    for (char *c = text; *c; c++)
        *c = *c == '\n' || *c == '\t' ? ' ' : *c;
}

static int judge_end(int status, FILE *said, struct hb_err *err)
{
    char text[400];
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
        return hb_err_set(err, HB_ERR_SYSTEM,
                          "gnuplot is not there, and it draws the pictures: install gnuplot-nox");
    first_words(said, text, sizeof text);
    return hb_err_set(err, HB_ERR_SYSTEM, "gnuplot failed: %s", text);
}

static int run_child(const struct files *files, struct hb_err *err)
{
    int status = 0;
    const pid_t child = fork();
    if (child < 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot start gnuplot");
    if (child == 0)
        become_gnuplot(files);
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot wait for gnuplot");
    }
    return judge_end(status, files->said, err);
}

static int take_drawn(FILE *file, struct hb_buf *drawn, struct hb_err *err)
{
    char bytes[16384];
    size_t got;
    rewind(file);
    while ((got = fread(bytes, 1, sizeof bytes, file)) > 0)
        hb_buf_add(drawn, bytes, got);
    if (ferror(file))
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot read what gnuplot drew");
    return hb_buf_check(drawn, err);
}

static int open_files(struct files *files, const struct hb_buf *script, struct hb_err *err)
{
    files->script = tmpfile();
    files->drawn = tmpfile();
    files->said = tmpfile();
    if (!files->script || !files->drawn || !files->said ||
        fwrite(hb_buf_string(script), 1, script->size, files->script) != script->size ||
        fflush(files->script) != 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "no temporary file for gnuplot");
    rewind(files->script);
    return 0;
}

static void close_file(FILE *file)
{
    if (file)
        (void)fclose(file);
}

int hb_gnuplot_run(const struct hb_buf *script, struct hb_buf *drawn, struct hb_err *err)
{
    struct files files = {0};
    int result = open_files(&files, script, err);
    if (result == 0)
        result = run_child(&files, err);
    if (result == 0)
        result = take_drawn(files.drawn, drawn, err);
    close_file(files.script);
    close_file(files.drawn);
    close_file(files.said);
    return result;
}

int hb_gnuplot_picture(const struct hb_buf *script, const char *name,
                       const struct hb_picture_taker *taker, struct hb_err *err)
{
    struct hb_buf drawn = {0};
    int status = hb_buf_check(script, err);
    if (status == 0)
        status = hb_gnuplot_run(script, &drawn, err);
    if (status == 0)
        status = taker->take(taker->self, name, &drawn, err);
    hb_buf_free(&drawn);
    return status;
}
