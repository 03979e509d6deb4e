/* The processes below the keeper: see tree.h. */
#include "program/tree.h"

#include "base/buf.h"
#include "base/quote.h"
#include "host/hostfile.h"
#include "host/proc.h"

#include <linux/kcmp.h>
#include <math.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- who they are ---- */

static int by_pid(const void *a, const void *b)
{
    const struct hb_tree_process *left = a, *right = b;
    return (left->pid > right->pid) - (left->pid < right->pid);
}

struct hb_tree_process *hb_tree_make(struct hb_tree *tree, pid_t pid)
{
    const struct hb_tree_process key = {.pid = pid};
    struct hb_tree_process **found = tfind(&key, &tree->processes, by_pid);
    struct hb_tree_process *process = found ? *found : malloc(sizeof *process);
    if (found && !process->is_over)
        return process;
    if (process) {
        *process = (struct hb_tree_process){.pid = pid, .effect = HB_PROGRAM_EFFECT_UNKNOWN};
        if (!found && !tsearch(process, &tree->processes, by_pid)) {
            free(process);
            process = NULL;
        }
    }
    tree->failed |= !process;
    return process;
}

struct hb_tree_process *hb_tree_known(const struct hb_tree *tree, pid_t pid)
{
    const struct hb_tree_process key = {.pid = pid};
    struct hb_tree_process *const *found = tfind(&key, &tree->processes, by_pid);
    return found && !(*found)->is_over ? *found : NULL;
}

#define KERNELS_NAME 15 /* so many characters of a name the kernel keeps */

/* The name that it was started by: redis-server, not the file that is a link to; a script's own.
 * Where the kernel has cut it, the file's may be the whole. False: gone. */
static bool read_name(pid_t pid, char name[HB_NAME_MAX])
{
    char path[64], file[HB_PATH_MAX];
    struct hb_proc_stat stat;
    if (hb_proc_read_stat(pid, &stat, NULL) != 0)
        return false;
    (void)hb_copy_text(name, HB_NAME_MAX, stat.name);
    if (strlen(stat.name) < KERNELS_NAME)
        return true;
    (void)snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    const ssize_t length = readlink(path, file, sizeof file - 1);
    file[length > 0 ? length : 0] = '\0';
    if (strncmp(hb_path_name(file), stat.name, KERNELS_NAME) == 0) {
        (void)hb_copy_text(name, HB_NAME_MAX, hb_path_name(file));
        hb_hide_controls(name);
    }
    return true;
}

void hb_tree_look(const struct hb_tree *tree, struct hb_tree_process *process)
{
    char name[HB_NAME_MAX];
    if (!read_name(process->pid, name))
        return;
    const enum hb_program_effect effect = hb_effect_of(process->pid, tree->library);
    if (effect == HB_PROGRAM_EFFECT_UNKNOWN && process->looks > 0)
        return; /* on its way out: what was seen before holds */
    HB_COPY(process->name, name);
    process->effect = effect;
    process->looks++;
}

void hb_tree_look_last(const struct hb_tree *tree, struct hb_tree_process *process)
{
    hb_tree_look(tree, process);
    process->looks++;
}

void hb_tree_look_at_all(struct hb_tree *tree, const struct hb_tree_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct hb_tree_process *process = hb_tree_make(tree, list->items[i].pid);
        if (process)
            hb_tree_look_last(tree, process);
    }
}

void hb_tree_forget(struct hb_tree_process *process)
{
    process->effect = HB_PROGRAM_EFFECT_UNKNOWN;
    process->looks = 0;
}

static struct hb_program_kind *kind_of(struct hb_program_result *result,
                                       const struct hb_tree_process *process)
{
    for (size_t i = 0; i < result->kind_count; i++) {
        struct hb_program_kind *kind = &result->kinds[i];
        if (kind->effect == process->effect && strcmp(kind->name, process->name) == 0)
            return kind;
    }
    if (result->kind_count == HB_PROGRAM_KINDS_MAX)
        return NULL;
    struct hb_program_kind *kind = &result->kinds[result->kind_count++];
    *kind = (struct hb_program_kind){.effect = process->effect};
    HB_COPY(kind->name, process->name);
    return kind;
}

void hb_tree_end(struct hb_tree *tree, struct hb_tree_process *process)
{
    if (process->is_over)
        return;
    process->is_over = true;
    /* One look may have come while the loader was at work. */
    if (process->effect == HB_PROGRAM_NOT_LOADED && process->looks < 2)
        process->effect = HB_PROGRAM_EFFECT_UNKNOWN;
    struct hb_program_kind *kind = kind_of(tree->result, process);
    if (kind)
        kind->processes++;
    tree->result->processes++;
    tree->result->in_effect += process->effect == HB_PROGRAM_IN_EFFECT;
    tree->result->effect_unknown += process->effect == HB_PROGRAM_EFFECT_UNKNOWN;
}

static struct hb_tree *closed; /* tdestroy tells its function nothing else */

static void close_one(void *item)
{
    hb_tree_end(closed, item);
    free(item);
}

void hb_tree_close(struct hb_tree *tree)
{
    closed = tree;
    tdestroy(tree->processes, close_one);
    tree->processes = NULL;
}

/* ---- listing ---- */

static void add_children(struct hb_tree_list *list, pid_t pid, size_t parent)
{
    static pid_t children[1 << 16]; /* of one process; more are found when these are gone */
    const int count = hb_proc_children(pid, children, sizeof children / sizeof children[0]);
    for (int i = 0; i < count; i++) {
        struct hb_tree_entry *grown =
            hb_array_grown(list->items, list->count, &list->capacity, sizeof *list->items);
        if (!grown)
            return;
        list->items = grown;
        list->items[list->count++] = (struct hb_tree_entry){children[i], parent};
    }
}

void hb_tree_fill(pid_t root, struct hb_tree_list *list)
{
    list->count = 0;
    add_children(list, root, SIZE_MAX);
    for (size_t i = 0; i < list->count; i++)
        add_children(list, list->items[i].pid, i);
}

static char state_of(pid_t pid)
{
    char path[64], text[4096], state[32];
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    return hb_host_text("", path, text, sizeof text) &&
                   hb_host_field(text, "State", ':', state, sizeof state)
               ? state[0]
               : 'X';
}

static bool is_dead(char state)
{
    return state == 'Z' || state == 'X';
}

void hb_tree_name(const struct hb_tree_list *list, struct hb_program_left *left)
{
    for (size_t i = 0; i < list->count; i++) {
        char name[HB_NAME_MAX], padded[sizeof left->names + 4], word[HB_NAME_MAX + 4];
        if (is_dead(state_of(list->items[i].pid)) || !read_name(list->items[i].pid, name))
            continue;
        left->processes++;
        (void)snprintf(padded, sizeof padded, ", %s, ", left->names);
        (void)snprintf(word, sizeof word, ", %s, ", name);
        if (!strstr(padded, word))
            hb_copy_item(left->names, sizeof left->names, name);
    }
}

bool hb_tree_is_stopped(const struct hb_tree_list *list)
{
    size_t stopped = 0;
    for (size_t i = 0; i < list->count; i++) {
        const char state = state_of(list->items[i].pid);
        const bool is_stopped = state == 'T' || state == 't'; /* t: traced */
        if (!is_stopped && !is_dead(state))
            return false;
        stopped += is_stopped;
    }
    return stopped > 0;
}

/* ---- memory ---- */

/* Between vfork and exec a child has its parent's memory, which is there once. */
static bool is_same_memory(pid_t child, const struct hb_proc_smaps *own, pid_t parent,
                           const struct hb_proc_smaps *parents)
{
    return own->rss_bytes == parents->rss_bytes &&
           own->anonymous_bytes == parents->anonymous_bytes &&
           syscall(SYS_kcmp, child, parent, KCMP_VM, 0, 0) <= 0; /* -1: may not be asked */
}

/* Resident memory of who may not be looked at closer; 0 for the dead. */
static double resident_of(pid_t pid)
{
    char path[64], text[256];
    unsigned long pages = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    if (!hb_host_text("", path, text, sizeof text) || sscanf(text, "%*u %lu", &pages) != 1)
        return 0;
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void look_when_new(struct hb_tree *tree, pid_t pid)
{
    char name[HB_NAME_MAX];
    struct hb_tree_process *process = hb_tree_make(tree, pid);
    if (!process || !read_name(pid, name))
        return;
    if (process->looks > 0 && strcmp(name, process->name) != 0)
        hb_tree_forget(process);
    if (process->looks == 0 || process->effect == HB_PROGRAM_NOT_LOADED ||
        process->effect == HB_PROGRAM_UNSET)
        hb_tree_look(tree, process);
}

bool hb_tree_sample(struct hb_tree *tree, const struct hb_tree_list *list,
                    struct hb_program_sample *sample)
{
    struct hb_proc_smaps *smaps = calloc(list->count + 1, sizeof *smaps);
    uint32_t unreadable = 0;
    sample->pss_bytes = sample->rss_bytes = 0;
    sample->processes = 0;
    for (size_t i = 0; smaps && i < list->count; i++) {
        const struct hb_tree_entry *entry = &list->items[i];
        look_when_new(tree, entry->pid);
        if (hb_proc_read_smaps(entry->pid, &smaps[i], NULL) != 0 &&
            hb_proc_read_smaps(entry->pid, &smaps[i], NULL) != 0) { /* it may be at its exec */
            const double resident = resident_of(entry->pid);
            unreadable += resident > 0;
            sample->processes += resident > 0;
            sample->rss_bytes += resident;
            sample->pss_bytes += resident;
            continue;
        }
        sample->processes++;
        if (entry->parent != SIZE_MAX &&
            is_same_memory(entry->pid, &smaps[i], list->items[entry->parent].pid,
                           &smaps[entry->parent]))
            continue;
        sample->rss_bytes += (double)smaps[i].rss_bytes;
        sample->pss_bytes += (double)smaps[i].pss_bytes;
    }
    tree->unreadable = unreadable > tree->unreadable ? unreadable : tree->unreadable;
    tree->failed |= !smaps;
    free(smaps);
    return sample->processes > 0;
}
