/* The processes below the keeper: who they are, what memory they have, and whether the allocator is
 * in effect in them. Every orphan comes to the keeper, so that its descendants are all there are.
 * Read next: effect.h, keeper_loop.c. */
#ifndef HB_PROGRAM_TREE_H
#define HB_PROGRAM_TREE_H

#include "program/effect.h"
#include "program/program.h"

/* A list that grows, for the caller to free(items). */
struct hb_tree_list {
    struct hb_tree_entry {
        pid_t pid;
        size_t parent; /* index in the list; SIZE_MAX for the keeper's own children */
    } * items;
    size_t count, capacity;
};

struct hb_tree_process {
    pid_t pid;
    char name[HB_NAME_MAX];
    enum hb_program_effect effect;
    unsigned looks;      /* at what it runs now */
    bool is_writer;      /* images.h */
    bool is_over;        /* a pid may be another's after that */
    uint64_t last_break; /* calls.h */
};

struct hb_tree {
    void *processes; /* by pid, of <search.h> */
    const struct hb_effect_library *library;
    struct hb_program_result *result; /* kinds and their sums go there */
    bool failed;                      /* no memory for one */
    uint32_t unwaited;                /* processes whose parents ignore SIGCHLD */
    uint32_t unreadable;              /* most processes in one sample whose share is not readable */
};

/* The process of this pid, made when it is new (or the pid is another's by now); NULL without
 * memory. */
struct hb_tree_process *hb_tree_make(struct hb_tree *tree, pid_t pid);

/* The one that was made and is not over, or NULL. */
struct hb_tree_process *hb_tree_known(const struct hb_tree *tree, pid_t pid);

/* Reads its name and the effect anew. */
void hb_tree_look(const struct hb_tree *tree, struct hb_tree_process *process);

/* The same when there will be no later look: it is about to end. */
void hb_tree_look_last(const struct hb_tree *tree, struct hb_tree_process *process);

/* Of all in the list that are known: before they are ended. */
void hb_tree_look_at_all(struct hb_tree *tree, const struct hb_tree_list *list);

/* It runs another program: what was seen holds no longer. */
void hb_tree_forget(struct hb_tree_process *process);

/* It has ended: counted among its kind. */
void hb_tree_end(struct hb_tree *tree, struct hb_tree_process *process);

/* All that are not yet over are; frees all. */
void hb_tree_close(struct hb_tree *tree);

/* All descendants of this process, parents before children. */
void hb_tree_fill(pid_t root, struct hb_tree_list *list);

/* Memory of them all, each looked at when it is new or runs another program. At least one living
 * process: true. at_s is the caller's. */
bool hb_tree_sample(struct hb_tree *tree, const struct hb_tree_list *list,
                    struct hb_program_sample *sample);

/* Names of those that live, each once, and their number. */
void hb_tree_name(const struct hb_tree_list *list, struct hb_program_left *left);

/* True when there is one, and all of them are stopped (SIGSTOP and the like). */
bool hb_tree_is_stopped(const struct hb_tree_list *list);

#endif
