/* `hakbench import`: results of other tools as results of this one: mimalloc-bench's table, the old
 * lab log. Several files of one benchmark become one session.
 * Wires rooms together: result -> judge; computes nothing itself. */
#include "result/import.h"
#include "base/copy.h"
#include "base/log.h"
#include "base/quote.h"
#include "commands/command.h"
#include "session/conclusion.h"
#include "session/inputs.h"
#include "session/naming.h"
#include "session/output.h"
#include "version.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct options {
    const char *benchmark, *workload;
    struct hb_naming naming;
    struct hb_output_options io;
    char *command_line; /* owned */
};

static const struct hb_option own_options[] = {
    {"benchmark", HB_AS_TEXT(struct options, benchmark, "NAME"), .group = 1,
     .help = "Import only this benchmark"},
    {"workload", HB_AS_TEXT(struct options, workload, "NAME"), .group = 1,
     .help = "What was measured, where the file does not say it (a lab log never does)"},
    {0},
};

static const struct hb_usage usage = {
    .groups = {{own_options, 0},
               {hb_options_output, offsetof(struct options, io)},
               {hb_options_naming, offsetof(struct options, naming)}},
    .which = "which file? mimalloc-bench's benchres.csv, or a log of runs",
    .files = offsetof(struct options, io.files),
    .args_doc = "[LABEL=]FILE...",
    .doc =
        "Turns results of other tools into results of this one, which every command reads: "
        "mimalloc-bench's result lines, and logs with lists of \"Run N: 59684554 ops/s\", each "
        "under a line that names its allocator. Several logs become one session; LABEL names the "
        "allocator of a log that does not do so itself. Several benchmarks go to a folder, -o "
        "FOLDER/, a file each.\v"
        "Examples:\n"
        "  hakbench import lab.log -o lab.json\n"
        "  hakbench import --workload random_mixed hakmem.log system.log -o lab.json\n"
        "  hakbench import out/bench/benchres.csv -o bench/\n"
        "  hakbench import --benchmark cfrac benchres.csv -o cfrac.json\n\n"
        "compare, report and export read such files directly when they hold one benchmark.\n\n"
        "Exit status: 0 done, 2 wrong usage or an unreadable file (with --keep-going after the "
        "others were imported).",
};

/* ---- reading ---- */

/* The one list of a log has the name that the user gave the file. */
static void name_list(const struct hb_input *input, struct hb_imported *imported)
{
    if (!input->is_labelled || imported->count != 1 || imported->items[0].allocator_count != 1)
        return;
    struct hb_allocator_entry *entry = &imported->items[0].allocators[0];
    HB_COPY(entry->label, input->label);
    HB_COPY(entry->name, input->label);
}

static int read_input(struct hb_inputs *inputs, size_t index, struct hb_imported *all,
                      struct hb_err *err)
{
    const struct hb_input *input = &inputs->items[index];
    struct hb_imported imported = {0};
    struct hb_err own = {0};
    if (hb_import_read(input->path, &imported, &own) == 0) {
        name_list(input, &imported);
        return hb_import_merge(all, &imported, input->path, err);
    }
    hb_imported_free(&imported);
    return hb_inputs_refuse(inputs, &own, err);
}

static bool is_folder(const char *path)
{
    struct stat st;
    const size_t length = strlen(path);
    return (length > 0 && path[length - 1] == '/') || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

/* HB_EXIT_OK, or HB_EXIT_USAGE when some file was passed over. */
static int read_all(const struct options *options, struct hb_inputs *inputs,
                    struct hb_imported *all, struct hb_err *err)
{
    int status = 0;
    for (size_t i = 0; i < options->io.files.count && status == 0; i++) {
        if (is_folder(options->io.files.names[i]))
            status = hb_err_set(err, HB_ERR_USAGE, "%s: is a folder; expected files to import",
                                options->io.files.names[i]);
    }
    if (status == 0)
        status = hb_inputs_find(options->io.files.names, options->io.files.count,
                                options->io.keep_going, inputs, err);
    for (size_t i = 0; i < inputs->count && status >= 0; i++)
        status = read_input(inputs, i, all, err);
    if (status >= 0 && all->count == 0)
        status = hb_err_set(err, HB_ERR_USAGE, "none of the files could be imported");
    if (status >= 0)
        status = inputs->refused ? HB_EXIT_USAGE : HB_EXIT_OK;
    return status;
}

static int no_benchmark(const char *name, const struct hb_imported *all, struct hb_err *err)
{
    char hint[HB_NAME_MAX + 32];
    const char **known = calloc(all->count + 1, sizeof *known);
    for (size_t i = 0; known && i < all->count; i++)
        known[i] = all->items[i].workload;
    (void)hb_suggest_text(name, known, known ? all->count : 0, hint, sizeof hint);
    free(known);
    return hb_err_set(err, HB_ERR_USAGE, "no benchmark %s in these files%s", hb_quote(name).text,
                      hint);
}

/* Leaves the one that --benchmark names. */
static int choose(const struct options *options, struct hb_imported *all, struct hb_err *err)
{
    size_t found = 0;
    if (!options->benchmark)
        return 0;
    while (found < all->count && strcmp(all->items[found].workload, options->benchmark) != 0)
        found++;
    if (found == all->count)
        return no_benchmark(options->benchmark, all, err);
    const struct hb_session chosen = all->items[found];
    all->items[found] = all->items[0];
    all->items[0] = chosen;
    while (all->count > 1)
        hb_session_free(&all->items[--all->count]);
    return 0;
}

/* Who made the file, and what was measured. */
static int complete(const struct options *options, struct hb_session *session, struct hb_err *err)
{
    HB_COPY(session->tool_version, HB_VERSION);
    HB_COPY(session->tool_commit, HB_COMMIT);
    if (options->workload)
        HB_COPY(session->workload, options->workload);
    if (hb_naming_apply(&options->naming, session, err) != 0)
        return -1;
    session->command_line = options->command_line ? strdup(options->command_line) : NULL;
    return session->command_line ? 0 : hb_err_memory(err, NULL);
}

/* ---- writing ---- */

static int write_session(const struct hb_session *session, const char *path,
                         const struct hb_output_rule *rule, struct hb_err *err)
{
    const struct hb_assess_by by = {0};
    struct hb_assessment assessment;
    if (hb_output_check(path, rule, err) != 0 || hb_assess(session, &by, &assessment, err) != 0)
        return -1;
    const int status = hb_conclusion_json(&assessment, path, err);
    hb_assessment_free(&assessment);
    return status;
}

/* A workload's name as a file's: what no file name should have is a "_". */
static void name_of(const struct hb_session *session, char name[HB_NAME_MAX])
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    (void)hb_copy_text(name, HB_NAME_MAX, session->workload);
    for (char *c = name; *c; c++)
        *c = strchr(good, *c) && !(c == name && *c == '.') ? *c : '_';
}

/* "FOLDER/alloc-test1.json", "FOLDER/alloc-test1-2.json": the second session of that name. */
static int file_of(const struct hb_imported *all, size_t index, const char *folder,
                   char path[HB_PATH_MAX], struct hb_err *err)
{
    char own[HB_NAME_MAX], other[HB_NAME_MAX], suffix[24] = "";
    size_t before = 0;
    name_of(&all->items[index], own);
    for (size_t i = 0; i < index; i++) {
        name_of(&all->items[i], other);
        before += strcmp(own, other) == 0;
    }
    if (before)
        (void)snprintf(suffix, sizeof suffix, "-%zu", before + 1);
    return hb_copy_path(path, err, "%s/%s%s.json", folder, own, suffix);
}

static int write_folder(const struct hb_imported *all, const char *folder,
                        const struct hb_output_rule *rule, struct hb_err *err)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "cannot make the folder %s", folder);
    for (size_t i = 0; i < all->count; i++) {
        char path[HB_PATH_MAX];
        if (file_of(all, i, folder, path, err) != 0 ||
            write_session(&all->items[i], path, rule, err) != 0)
            return -1;
        hb_say("%s", path);
    }
    return 0;
}

static int write_all(const struct options *options, const struct hb_inputs *inputs,
                     const struct hb_imported *all, struct hb_err *err)
{
    const struct hb_output_rule rule = {.force = options->io.force, .inputs = inputs};
    const char *output = options->io.output ? options->io.output : "-";
    if (is_folder(output))
        return write_folder(all, output, &rule, err);
    if (all->count == 1)
        return write_session(&all->items[0], output, &rule, err);
    return hb_err_set(
        err, HB_ERR_USAGE,
        "%zu benchmarks (%s, %s, ...) and one output: -o FOLDER/ makes a file of each, "
        "--benchmark NAME takes one",
        all->count, all->items[0].workload, all->items[1].workload);
}

/* Everything but the reading. */
static int process(const struct options *options, const struct hb_inputs *inputs,
                   struct hb_imported *all, struct hb_err *err)
{
    if (choose(options, all, err) != 0)
        return -1;
    if (options->workload && all->count > 1)
        return hb_err_set(err, HB_ERR_USAGE, "--workload names one benchmark, and there are %zu",
                          all->count);
    for (size_t i = 0; i < all->count; i++) {
        if (complete(options, &all->items[i], err) != 0)
            return -1;
    }
    return write_all(options, inputs, all, err);
}

static int import(const struct options *options, struct hb_err *err)
{
    struct hb_inputs inputs = {0};
    struct hb_imported all = {0};
    int status = read_all(options, &inputs, &all, err);
    if (status >= 0 && process(options, &inputs, &all, err) != 0)
        status = -1;
    hb_inputs_free(&inputs);
    hb_imported_free(&all);
    return status;
}

static int run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {.command_line = hb_command_line(argc, argv)};
    int status = hb_options_parse(&usage, argc, argv, &options, err);
    if (status == 0 && options.workload &&
        (!options.workload[0] || strlen(options.workload) >= HB_NAME_MAX))
        status = hb_err_set(err, HB_ERR_USAGE, "--workload: expected a name of 1 to %d bytes",
                            HB_NAME_MAX - 1);
    if (status == 0)
        status = import(&options, err);
    free(options.command_line);
    return status;
}

HB_COMMAND_RUN(import, "results of mimalloc-bench and logs of runs, as sessions");
