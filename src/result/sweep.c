/* Sweeps as they are typed: see sweep.h. */
#include "result/sweep.h"

#include "base/buf.h"
#include "base/copy.h"
#include "result/profile_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int hb_sweep_parse(const char *text, struct hb_sweep *sweep, struct hb_err *err)
{
    const char *at = strchr(text, '=');
    const size_t length = at ? (size_t)(at - text) : 0;
    *sweep = (struct hb_sweep){.count = 0};
    (void)snprintf(sweep->name, sizeof sweep->name, "%.*s", (int)length, text);
    if (!length || length >= sizeof sweep->name || !hb_profile_is_word(sweep->name))
        return hb_err_set(err, HB_ERR_USAGE, "--sweep %s: expected NAME=VALUE,VALUE", text);
    bool is_good = true;
    for (bool is_more = true; is_more && is_good;) {
        at++; /* the equals sign, or a comma */
        const size_t size = strcspn(at, ",");
        is_good = sweep->count < HB_POINTS_MAX && size > 0 && size < sizeof sweep->values[0];
        if (is_good)
            (void)snprintf(sweep->values[sweep->count++], sizeof sweep->values[0], "%.*s",
                           (int)size, at);
        at += size;
        is_more = *at == ',';
    }
    if (!is_good || sweep->count < 2)
        return hb_err_set(err, HB_ERR_USAGE,
                          "--sweep %s: expected 2 to %u values, each of 1 to %d "
                          "bytes, with commas between",
                          text, HB_POINTS_MAX, HB_NAME_MAX - 1);
    return 0;
}

/* ---- programs ---- */

/* One program at one point. */
struct filling {
    char brace[HB_NAME_MAX + 2]; /* "{threads}" */
    const char *value;
    size_t found;
    bool failed;
};

/* The text with the value in place of each brace; owned. NULL for NULL, and without memory. */
static char *fill(struct filling *filling, const char *text)
{
    const size_t length = strlen(filling->brace);
    struct hb_buf out = {0};
    if (!text)
        return NULL;
    while (*text) {
        const bool is_brace = strncmp(text, filling->brace, length) == 0;
        filling->found += is_brace;
        if (is_brace)
            hb_buf_text(&out, filling->value);
        else
            hb_buf_char(&out, *text);
        text += is_brace ? length : 1;
    }
    hb_buf_text(&out, "");
    char *filled = hb_buf_take(&out);
    filling->failed |= !filled;
    return filled;
}

static void fill_words(struct filling *filling, const struct hb_words *from, struct hb_words *to)
{
    *to = (struct hb_words){0};
    for (size_t i = 0; i < from->count; i++) {
        char *word = fill(filling, from->items[i]);
        filling->failed |= !word || hb_words_add(to, word) != 0;
        free(word);
    }
}

static bool is_taken(const struct hb_profile_exec *spread, const char *name)
{
    for (size_t i = 0; i < spread->count; i++) {
        if (strcmp(spread->programs[i].name, name) == 0)
            return true;
    }
    return false;
}

/* "make-threads-16". Values that look alike in it are numbered: no file may have a program twice.
 */
static void name_program(const struct hb_profile_exec *spread, const struct hb_sweep *sweep,
                         size_t point, char name[HB_NAME_MAX])
{
    char from[HB_NAME_MAX];
    HB_COPY(from, name);
    (void)snprintf(name, HB_NAME_MAX, "%.30s-%.15s-%.15s", from, sweep->name, sweep->values[point]);
    for (char *c = name; *c; c++) {
        const char one[2] = {*c, '\0'};
        *c = hb_profile_is_word(one) ? *c : '-';
    }
    const size_t length = strnlen(name, HB_NAME_MAX - sizeof "-64");
    for (unsigned i = 2; is_taken(spread, name); i++)
        (void)snprintf(name + length, HB_NAME_MAX - length, "-%u", i);
}

/* Adds the program at that point; everything that is owned is a copy. */
static int add_program(const struct hb_profile_program *from, const struct hb_sweep *sweep,
                       size_t point, struct hb_profile_exec *spread, struct hb_err *err)
{
    struct filling filling = {.value = sweep->values[point]};
    struct hb_profile_program *to = &spread->programs[spread->count];
    *to = *from;
    name_program(spread, sweep, point, to->name);
    spread->count++;
    (void)snprintf(filling.brace, sizeof filling.brace, "{%.60s}", sweep->name);
    fill_words(&filling, &from->command, &to->command);
    fill_words(&filling, &from->server, &to->server);
    fill_words(&filling, &from->needs, &to->needs);
    fill_words(&filling, &from->environment, &to->environment);
    to->ready = fill(&filling, from->ready);
    to->prepare = fill(&filling, from->prepare);
    to->setup = fill(&filling, from->setup);
    to->cleanup = fill(&filling, from->cleanup);
    to->input = fill(&filling, from->input);
    to->cwd = fill(&filling, from->cwd);
    for (size_t i = 0; i < from->metric_count; i++) {
        to->metrics[i].regex = strdup(from->metrics[i].regex);
        filling.failed |= !to->metrics[i].regex;
    }
    if (filling.failed)
        return hb_err_memory(err, NULL);
    if (filling.found)
        return 0;
    return hb_err_set(err, HB_ERR_USAGE, "--sweep %s: %s stands nowhere in the command of %s",
                      sweep->name, filling.brace, from->name);
}

int hb_sweep_programs(const char *text, struct hb_profile *profile, struct hb_err *err)
{
    struct hb_profile_exec *exec = &profile->exec;
    struct hb_sweep sweep;
    if (hb_sweep_parse(text, &sweep, err) != 0)
        return -1;
    if (exec->count * sweep.count > HB_PROFILE_PROGRAMS_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "--sweep %s: %zu programs at %zu points are above %u",
                          text, exec->count, sweep.count, HB_PROFILE_PROGRAMS_MAX);
    struct hb_profile_exec spread = *exec;
    spread.count = 0;
    spread.programs = calloc(exec->count * sweep.count, sizeof *spread.programs);
    if (!spread.programs)
        return hb_err_memory(err, NULL);
    int status = 0;
    for (size_t i = 0; status == 0 && i < exec->count * sweep.count; i++)
        status =
            add_program(&exec->programs[i / sweep.count], &sweep, i % sweep.count, &spread, err);
    hb_profile_exec_free(exec);
    *exec = spread;
    return status;
}
