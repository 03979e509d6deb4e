/* Charts as PNG files: see picture.h. */
#include "report/picture.h"

#include "base/child.h"
#include "report/chart_svg.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_THERE 127 /* what a child ends with when there is no such program */

struct files {
    FILE *svg, *drawn, *said;
};

static _Noreturn void become_drawer(const struct files *files, pid_t parent)
{
    static char name[] = "rsvg-convert", format[] = "--format=png", zoom[] = "--zoom=1.4";
    char *const argv[] = {name, format, zoom, NULL};
    hb_child_end_with(parent);
    if (dup2(fileno(files->svg), STDIN_FILENO) >= 0 &&
        dup2(fileno(files->drawn), STDOUT_FILENO) >= 0 &&
        dup2(fileno(files->said), STDERR_FILENO) >= 0)
        (void)execvp(name, argv);
    _exit(NOT_THERE);
}

/* The drawer's first words, in one line. */
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
        return hb_err_set(
            err, HB_ERR_SYSTEM,
            "rsvg-convert, which draws the pictures, is not there: install librsvg2-bin");
    first_words(said, text, sizeof text);
    return hb_err_set(err, HB_ERR_SYSTEM, "rsvg-convert failed: %s", text);
}

static int run_child(const struct files *files, struct hb_err *err)
{
    int status = 0;
    const pid_t parent = getpid(), child = fork();
    if (child < 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot start rsvg-convert");
    if (child == 0)
        become_drawer(files, parent);
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot wait for rsvg-convert");
    }
    return judge_end(status, files->said, err);
}

static int take_drawn(FILE *file, struct hb_buf *drawn, struct hb_err *err)
{
    char bytes[8192];
    size_t got;
    rewind(file);
    while ((got = fread(bytes, 1, sizeof bytes, file)) > 0)
        hb_buf_add(drawn, bytes, got);
    if (ferror(file))
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot read what rsvg-convert drew");
    return hb_buf_check(drawn, err);
}

static int open_files(struct files *files, const struct hb_buf *svg, struct hb_err *err)
{
    files->svg = tmpfile();
    files->drawn = tmpfile();
    files->said = tmpfile();
    if (!files->svg || !files->drawn || !files->said ||
        fwrite(hb_buf_string(svg), 1, svg->size, files->svg) != svg->size ||
        fflush(files->svg) != 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "no temporary file for a picture");
    rewind(files->svg);
    return 0;
}

static void close_file(FILE *file)
{
    if (file)
        (void)fclose(file);
}

static int draw(const struct hb_buf *svg, struct hb_buf *drawn, struct hb_err *err)
{
    struct files files = {0};
    int result = open_files(&files, svg, err);
    if (result == 0)
        result = run_child(&files, err);
    if (result == 0)
        result = take_drawn(files.drawn, drawn, err);
    close_file(files.svg);
    close_file(files.drawn);
    close_file(files.said);
    return result;
}

/* ---- the pictures of a document ---- */

/* Pictures being drawn. */
struct album {
    const struct hb_picture_taker *taker;
    struct hb_err *err;
    char stem[HB_NAME_MAX + 40]; /* "1-mixed-" */
    int drawn;                   /* -1 after a failure */
};

static void take_picture(struct album *album, const struct hb_chart *chart,
                         const struct hb_chart_line *only, const char *name)
{
    struct hb_buf svg = {0}, drawn = {0};
    if (album->drawn < 0)
        return;
    hb_chart_svg(chart, HB_CHART_ALONE, only, "", &svg);
    const int status = hb_buf_check(&svg, album->err) == 0 && draw(&svg, &drawn, album->err) == 0
                           ? album->taker->take(album->taker->self, name, &drawn, album->err)
                           : -1;
    album->drawn = status == 0 ? album->drawn + 1 : -1;
    hb_buf_free(&svg);
    hb_buf_free(&drawn);
}

/* Letters, digits and a few signs: a name may come from anywhere. */
static void take_chart(struct album *album, const struct hb_chart *chart)
{
    char name[256];
    for (size_t i = 0; i < (chart->is_apart ? chart->line_count : 1); i++) {
        const struct hb_chart_line *only = chart->is_apart ? &chart->lines[i] : NULL;
        char number[24] = "";
        if (only)
            (void)snprintf(number, sizeof number, "-%zu", i + 1);
        (void)snprintf(name, sizeof name, "%s%s%s.png", album->stem, chart->name, number);
        for (char *c = name; *c; c++)
            *c = isalnum((unsigned char)*c) || strchr("._-", *c) ? *c : '_';
        take_picture(album, chart, only, name);
    }
}

int hb_doc_pictures(const struct hb_doc *doc, const struct hb_picture_taker *taker,
                    struct hb_err *err)
{
    struct album album = {.taker = taker, .err = err};
    size_t parts = 0, part = 0, others = 0;
    if (hb_doc_check(doc, err) != 0)
        return -1;
    for (size_t i = 0; i < doc->count; i++)
        parts += doc->blocks[i].kind == HB_BLOCK_PART;
    for (size_t i = 0; i < doc->count; i++) {
        const struct hb_block *block = &doc->blocks[i];
        if (block->kind == HB_BLOCK_PART)
            (void)snprintf(album.stem, sizeof album.stem, "%zu-%s-", ++part, block->more);
        if (block->kind != HB_BLOCK_CHART || !hb_doc_shows(doc, i, HB_VOICE_PAGE))
            continue;
        if (parts && !part) /* of several parts together: numbered behind them */
            (void)snprintf(album.stem, sizeof album.stem, "%zu-", parts + ++others);
        take_chart(&album, block->chart);
    }
    return album.drawn;
}
