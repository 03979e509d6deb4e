/* What a run of a program is made of: folders, texts of its profile with what stands in braces
 * filled in, an environment, and the command that they give. Runs nothing.
 * Read next: exec_run.c, exec_server.c (who runs it), src/program/program.h. */
#ifndef HB_RUN_EXEC_SCENE_H
#define HB_RUN_EXEC_SCENE_H

#include "program/program.h"
#include "result/model.h"
#include "run/catalog.h"

#define HB_EXEC_TALLY "tally" /* a folder in a place's root, for what callgrind writes */

/* Where programs of a session run: a folder that is removed with it, or, when it was killed, by the
 * next session below the same TMPDIR, which knows it by a mark and removes no more than sessions
 * make there. In the folder of a run, which is fresh for each and has always the same name, nothing
 * of the run before is left. */
struct hb_exec_place {
    char root[HB_PATH_MAX]; /* "" when it is not there */
    int lock;               /* held while the session lives */
    char folder[HB_PATH_MAX];
    char nothing[HB_PATH_MAX]; /* a program that does nothing: hakbench-worker */
    char clock[HB_PATH_MAX];   /* for LD_PRELOAD, behind the allocator: hakbench-clock.so */
    bool looks_once;           /* see exec_session.h */
};
int hb_exec_place_open(const struct hb_places *places, struct hb_exec_place *place,
                       struct hb_err *err);
void hb_exec_place_close(struct hb_exec_place *place);

/* Makes the folder anew, empty. */
int hb_exec_fresh_folder(const char *path, struct hb_err *err);

/* What is the same for all commands of a run. */
struct hb_exec_scene {
    const struct hb_exec_place *place;
    const struct hb_session *session;
    const struct hb_profile_program *described;
    const struct hb_allocator_entry *entry;
    const char *folder;
    char inputs[HB_PATH_MAX];
    unsigned port;                      /* of a server: free a moment ago */
    struct hb_words plain, environment; /* without the allocator's, and with them */
    struct hb_words words;              /* of the command */
    struct hb_words input;              /* one, where there is any */
    const char *preload[2];
};

/* Of the run's program and allocator. Close it also after -1. */
int hb_exec_scene_open(const struct hb_exec_place *place, const struct hb_session *session,
                       const struct hb_exec_run *run, struct hb_exec_scene *scene,
                       struct hb_err *err);
void hb_exec_scene_close(struct hb_exec_scene *scene);

/* Adds a text of the profile as one word, braces filled in. -1 without memory. */
int hb_exec_scene_text(const struct hb_exec_scene *scene, const char *text, struct hb_words *to);

/* A script for the shell that is no part of what is measured: on the C library's malloc. */
struct hb_program_command hb_exec_scene_script(const struct hb_exec_scene *scene,
                                               const char *const *argv, const char *folder);

/* The command with these words under the run's allocator; it points into the scene and room. */
int hb_exec_scene_command(struct hb_exec_scene *scene, const struct hb_words *words,
                          const struct hb_exec_run *run, struct hb_words *room,
                          struct hb_program_command *command);

#endif
