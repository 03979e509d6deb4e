/* A profile's programs, as this machine has them: see exec_setup.h. */
#include "run/exec_setup.h"

#include "base/copy.h"
#include "base/quote.h"
#include "program/program.h"
#include "result/file.h"
#include "run/cpus.h"
#include "run/exec_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_DEFAULT "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"

static bool is_program(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISREG(found.st_mode) && access(path, X_OK) == 0;
}

/* Where the program's own commands are looked for: by its environment, the profile's, or ours. */
static const char *folders_of(const struct hb_profile *profile,
                              const struct hb_profile_program *described)
{
    const char *folders = getenv("PATH");
    for (size_t i = 0; i < profile->environment_count; i++) {
        if (strcmp(profile->environment[i].name, "PATH") == 0)
            folders = profile->environment[i].text;
    }
    for (size_t i = 0; i < described->environment.count; i++) {
        if (strncmp(described->environment.items[i], "PATH=", 5) == 0)
            folders = described->environment.items[i] + 5;
    }
    return folders && *folders ? folders : PATH_DEFAULT;
}

/* As execvp finds it. A name in braces is known at its run only. */
static bool find_program(const char *folders, const char *name, char path[HB_PATH_MAX])
{
    if (strchr(name, '/'))
        return hb_copy_path(path, NULL, "%s", name) == 0 && (name[0] == '{' || is_program(path));
    for (const char *at = folders; *at; at += strspn(at, ":")) {
        const size_t length = strcspn(at, ":");
        if (hb_copy_path(path, NULL, "%.*s/%s", (int)length, at, name) == 0 && is_program(path))
            return true;
        at += length;
    }
    path[0] = '\0';
    return false;
}

static void note_missing(struct hb_exec_program *program, const char *folders, const char *name)
{
    char path[HB_PATH_MAX];
    if (find_program(folders, name, path))
        return;
    const size_t used = strlen(program->missing_reason);
    const char *why = "not installed: ";
    struct stat there;
    if (strchr(name, '/') && stat(name, &there) == 0)
        why = S_ISREG(there.st_mode) ? "not executable: " : "no program: ";
    (void)snprintf(program->missing_reason + used, sizeof program->missing_reason - used, "%s%.80s",
                   used ? ", " : why, name);
}

static int setup_program(const struct hb_profile *profile,
                         const struct hb_profile_program *described,
                         struct hb_exec_program *program, struct hb_err *err)
{
    const char *folders = folders_of(profile, described);
    const struct hb_words *own = described->server.count ? &described->server : &described->command;
    HB_COPY(program->name, described->name);
    for (size_t i = 0; i < described->needs.count; i++)
        note_missing(program, folders, described->needs.items[i]);
    if (!described->shell && described->server.count)
        note_missing(program, folders, described->command.items[0]);
    if (described->shell)
        return 0;
    note_missing(program, folders, own->items[0]);
    if (!find_program(folders, own->items[0], program->path) || program->path[0] == '{') {
        program->path[0] = '\0';
        return 0;
    }
    return hb_sha256_file(program->path, program->sha256, err);
}

/* As its run reads it, with a port as good as any. */
static int check_ready(const struct hb_profile_program *described, struct hb_err *err)
{
    const struct hb_exec_scene scene = {.inputs = "/", .port = 1};
    struct hb_words text = {0};
    struct hb_program_ready ready;
    struct hb_err problem = {0};
    if (!described->ready)
        return 0;
    int status =
        hb_exec_scene_text(&scene, described->ready, &text) == 0 ? 0 : hb_err_memory(err, NULL);
    if (status == 0 && hb_program_parse_ready(text.items[0], &ready, &problem) != 0)
        status = hb_err_set(err, HB_ERR_USAGE, "%s: ready %s", described->name, problem.message);
    hb_words_free(&text);
    return status;
}

int hb_setup_programs(struct hb_session *session, struct hb_err *err)
{
    const struct hb_profile_exec *exec = &session->profile->exec;
    size_t missing = 0;
    hb_cpus_note_allowed(&session->host);
    HB_COPY(session->workload, session->profile_name);
    session->programs = calloc(exec->count, sizeof *session->programs);
    if (!session->programs)
        return hb_err_memory(err, NULL);
    for (; session->program_count < exec->count; session->program_count++) {
        struct hb_exec_program *program = &session->programs[session->program_count];
        const struct hb_profile_program *described = &exec->programs[session->program_count];
        if (check_ready(described, err) != 0 ||
            setup_program(session->profile, described, program, err) != 0)
            return -1;
        missing += program->missing_reason[0] != '\0';
    }
    if (missing < exec->count)
        return 0;
    return hb_err_set(err, HB_ERR_USAGE, "%s%s: %s", session->programs[0].name,
                      exec->count > 1 ? ", and every other program of the suite" : "",
                      session->programs[0].missing_reason);
}

void hb_setup_programs_key(const struct hb_session *session, struct hb_buf *out)
{
    cJSON *profile = hb_profile_to_json(session->profile);
    if (!profile || hb_json_print(profile, false, out, NULL) != 0)
        out->failed = true;
    cJSON_Delete(profile);
    for (size_t i = 0; i < session->program_count; i++)
        hb_buf_printf(out, "%s|%s\n", session->programs[i].name, session->programs[i].sha256);
}
