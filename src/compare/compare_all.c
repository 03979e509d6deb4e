/* Digests in, differences out: see compare.h.
 * Sessions are grouped by what must be alike; in each group the base meets every other side, or,
 * where a group has one session, the base allocator meets the others. */
#include "compare/compare.h"

#include "base/buf.h"
#include "base/copy.h"
#include "compare/change.h"
#include "compare/pairing.h"
#include "compare/shift.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct comparing {
    const struct hb_compare_options *options;
    struct hb_comparison *out;
    struct hb_pairing pairing;
    size_t *group_of; /* [digest_count]; NO_GROUP: left out */
    bool relative;    /* the two sides in hand: times as ratios to their references */
    struct hb_err *err;
};

#define NO_GROUP SIZE_MAX

static int no_memory(struct comparing *c)
{
    return hb_err_set(c->err, HB_ERR_SYSTEM, "no memory to compare %zu sessions",
                      c->out->digest_count);
}

__attribute__((format(printf, 2, 3))) static void note(struct comparing *c, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    hb_buf_printf(&c->out->notes, "%s\n", text);
}

/* ---- groups ---- */

int hb_compare_check_named(const struct hb_digest *digests, size_t n, struct hb_err *err)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (digests[i].is_named && digests[j].is_named &&
                hb_digest_is_same(&digests[i], &digests[j]))
                return hb_err_set(err, HB_ERR_INCOMPARABLE,
                                  "%s holds the same session as %s: there is nothing to compare",
                                  digests[i].path, digests[j].path);
        }
    }
    return 0;
}

/* The pinned baseline is a copy of a session that may be among the files too. Of the two the one
 * that the user named stays, else the first. */
static bool is_copy(struct comparing *c, size_t i)
{
    const struct hb_digest *digests = c->out->digests;
    for (size_t j = 0; j < c->out->digest_count; j++) {
        const bool goes = digests[j].is_named == digests[i].is_named ? j < i : digests[j].is_named;
        if (j != i && goes && hb_digest_is_same(&digests[i], &digests[j])) {
            note(c, "%s is the same session as %s: left out", digests[i].path, digests[j].path);
            return true;
        }
    }
    return false;
}

static size_t find_group(const struct comparing *c, size_t i)
{
    const struct hb_digest *digests = c->out->digests;
    for (size_t j = 0; j < i; j++) {
        if (c->group_of[j] != NO_GROUP && strcmp(digests[i].key, digests[j].key) == 0)
            return c->group_of[j];
    }
    return NO_GROUP;
}

/* One side may have several workloads, but not two sessions of one: which would it be? */
static int check_side(struct comparing *c, size_t i)
{
    const struct hb_digest *digests = c->out->digests;
    for (size_t j = 0; j < i; j++) {
        if (c->group_of[j] == c->group_of[i] && strcmp(digests[j].label, digests[i].label) == 0)
            return hb_err_set(c->err, HB_ERR_USAGE,
                              "%s and %s are both of %s and both labelled \"%s\"; give them labels "
                              "of their own (LABEL=FILE), or leave the label out",
                              digests[j].path, digests[i].path, digests[i].workload,
                              digests[i].label);
    }
    return 0;
}

static bool is_base_side(const struct comparing *c, const struct hb_digest *digest)
{
    return c->options->base && (strcmp(digest->label, c->options->base) == 0 ||
                                strcmp(digest->path, c->options->base) == 0);
}

/* What is not whole is compared all the same, and noted. */
static void note_gaps(struct comparing *c, const struct hb_digest *digest)
{
    if (digest->partial)
        note(c, "%s is partial: it was cut off, or still runs", digest->path);
    if (digest->doubt[0])
        note(c, "%s: %s", digest->path, digest->doubt);
    for (size_t i = 0; i < digest->count; i++) {
        const struct hb_digest_entry *entry = &digest->entries[i];
        if (entry->failure[0])
            note(c, "%s in %s: %u runs failed, %u did not; the first: %s", entry->label,
                 digest->path, entry->runs_failed, entry->runs_ok, entry->failure);
    }
}

static int make_groups(struct comparing *c)
{
    struct hb_comparison *out = c->out;
    bool found = false;
    if (hb_compare_check_named(out->digests, out->digest_count, c->err) != 0)
        return -1;
    for (size_t i = 0; i < out->digest_count; i++) {
        const struct hb_digest *digest = &out->digests[i];
        c->group_of[i] = NO_GROUP;
        if (is_copy(c, i))
            continue;
        note_gaps(c, digest);
        c->group_of[i] = find_group(c, i);
        if (c->group_of[i] == NO_GROUP) {
            c->group_of[i] = out->group_count++;
            out->groups[c->group_of[i]].base = digest;
        }
        struct hb_group *group = &out->groups[c->group_of[i]];
        group->digest_count++;
        if (check_side(c, i) != 0)
            return -1;
        if (is_base_side(c, digest)) {
            group->base = digest;
            found = true;
        }
    }
    for (size_t g = 0; g < out->group_count; g++)
        out->groups[g].is_within = out->groups[g].digest_count == 1;
    if (c->options->base && !found)
        return hb_err_set(c->err, HB_ERR_USAGE, "--base %s is none of the files or labels",
                          c->options->base);
    return 0;
}

/* ---- who is compared ---- */

bool hb_compare_is_listed(const char *list, const char *label)
{
    for (const char *at = list; at && *at; at += strspn(at, ",")) {
        const size_t length = strcspn(at, ",");
        if (strlen(label) == length && strncmp(at, label, length) == 0)
            return true;
        at += length;
    }
    return !list;
}

int hb_compare_match(const struct hb_digest *digest, const struct hb_digest_entry *like)
{
    const int index = hb_digest_find(digest, like->label);
    if (index < 0 || strcmp(digest->entries[index].via, like->via) != 0 ||
        strcmp(digest->entries[index].environment, like->environment) != 0)
        return -1;
    return index;
}

static const struct hb_digest_entry *entry_at(const struct hb_digest *digest, int index)
{
    return index >= 0 ? &digest->entries[index] : NULL;
}

struct given {
    const struct hb_digest *digests;
    size_t count;
};

static bool is_anywhere(const void *inputs, const char *label)
{
    const struct given *given = inputs;
    for (size_t i = 0; i < given->count; i++) {
        if (hb_digest_find(&given->digests[i], label) >= 0)
            return true;
    }
    return false;
}

int hb_compare_check_known(const char *list, hb_compare_is_known *is_known, const void *inputs,
                           struct hb_err *err)
{
    const char *at = list;
    while (at) { /* a list of nothing has a word that is empty */
        char label[HB_NAME_MAX];
        const size_t length = strcspn(at, ",");
        (void)snprintf(label, sizeof label, "%.*s", (int)length, at);
        if (length >= sizeof label || !is_known(inputs, label))
            return hb_err_set(err, HB_ERR_USAGE,
                              "--allocators: none of the files has an allocator \"%.*s\"",
                              (int)length, at);
        at += length + strspn(at + length, ",");
        at = *at ? at : NULL;
    }
    return 0;
}

int hb_compare_check_listed(const struct hb_digest *digests, size_t n, const char *list,
                            struct hb_err *err)
{
    const struct given given = {digests, n};
    return hb_compare_check_known(list, is_anywhere, &given, err);
}

/* The allocator that times are divided by. Across hosts the reference, else the floor. */
static const struct hb_digest_entry *find_reference(const struct hb_digest *digest,
                                                    const char *name)
{
    if (!name)
        return entry_at(digest, digest->reference >= 0 ? digest->reference : digest->floor);
    if (strcmp(name, "reference") == 0)
        return entry_at(digest, digest->reference);
    if (strcmp(name, "floor") == 0)
        return entry_at(digest, digest->floor);
    return entry_at(digest, hb_digest_find(digest, name));
}

/* ---- differences ---- */

static int append(struct comparing *c, const struct hb_difference *d)
{
    struct hb_comparison *out = c->out;
    struct hb_difference *differences =
        hb_array_grown(out->differences, out->count, &out->capacity, sizeof *differences);
    if (!differences)
        return no_memory(c);
    out->differences = differences;
    out->differences[out->count++] = *d;
    return 0;
}

/* Every chosen figure that both sides have. like: sides and entries set. */
static int compare_entries(struct comparing *c, const struct hb_difference *like)
{
    for (size_t f = 0; f < HB_FIGURE_COUNT; f++) {
        struct hb_difference d = *like;
        if (!c->options->figures[f] || (c->relative && f == HB_FIGURE_ABOVE_FLOOR))
            continue;
        d.figure = f;
        if (hb_pairing_measure(&c->pairing, &d) != 0)
            return no_memory(c);
        if (isnan(d.base_value) && isnan(d.other_value))
            continue;
        if (append(c, &d) != 0)
            return -1;
    }
    return 0;
}

static int compare_within(struct comparing *c, size_t g)
{
    struct hb_group *group = &c->out->groups[g];
    const struct hb_digest *digest = group->base;
    const char *name = c->options->base_allocator;
    int base = digest->reference >= 0 ? digest->reference : 0;
    c->relative = false;
    c->pairing.base_reference = c->pairing.other_reference = NULL;
    if (name)
        base = hb_digest_find(digest, name);
    if (base < 0)
        return hb_err_set(c->err, HB_ERR_USAGE, "%s has no allocator \"%s\"", digest->path, name);
    for (size_t i = 0; i < digest->count; i++) {
        const struct hb_digest_entry *entry = &digest->entries[i];
        const struct hb_difference like = {.group = g,
                                           .base = digest,
                                           .other = digest,
                                           .base_entry = &digest->entries[base],
                                           .other_entry = entry,
                                           .is_paired = digest->paired};
        if ((int)i != base && hb_compare_is_listed(c->options->allocators, entry->label) &&
            compare_entries(c, &like) != 0)
            return -1;
    }
    return 0;
}

static int check_host(struct comparing *c, const struct hb_digest *base,
                      const struct hb_digest *other)
{
    const bool alike = strcmp(base->host.class_key, other->host.class_key) == 0;
    if (alike || c->options->allow_cross_host)
        return 0;
    return hb_err_set(c->err, HB_ERR_INCOMPARABLE,
                      "%s was measured on %s (%u CPUs), %s on %s (%u CPUs): times of other CPUs do "
                      "not compare; --allow-cross-host compares each with its own reference",
                      base->path, base->host.cpu_model[0] ? base->host.cpu_model : "an unknown CPU",
                      base->host.cpu_count, other->path,
                      other->host.cpu_model[0] ? other->host.cpu_model : "an unknown CPU",
                      other->host.cpu_count);
}

static int set_references(struct comparing *c, const struct hb_digest *base,
                          const struct hb_digest *other)
{
    const char *name = c->options->relative_to;
    c->relative = name || strcmp(base->host.class_key, other->host.class_key) != 0;
    c->pairing.base_reference = c->pairing.other_reference = NULL;
    if (!c->relative)
        return 0;
    c->out->is_relative = true;
    c->pairing.base_reference = find_reference(base, name);
    c->pairing.other_reference = find_reference(other, name);
    if (!c->pairing.base_reference || !c->pairing.other_reference)
        return hb_err_set(c->err, HB_ERR_USAGE, "%s has no %s to take its times against",
                          c->pairing.base_reference ? other->path : base->path,
                          name ? name : "reference and no floor");
    if (strcmp(c->pairing.base_reference->label, c->pairing.other_reference->label) != 0)
        return hb_err_set(c->err, HB_ERR_INCOMPARABLE,
                          "the reference of %s is %s, that of %s is %s; choose one that both have "
                          "with --relative-to",
                          base->path, c->pairing.base_reference->label, other->path,
                          c->pairing.other_reference->label);
    return 0;
}

/* What is compared within one session is taken block by block against its reference. */
static int check_relative(const struct comparing *c)
{
    const char *name = c->options->relative_to;
    bool is_across = false;
    if (!name || strcmp(name, "reference") == 0)
        return 0;
    for (size_t g = 0; g < c->out->group_count; g++)
        is_across |= !c->out->groups[g].is_within;
    return is_across ? 0
                     : hb_err_set(c->err, HB_ERR_USAGE,
                                  "--relative-to %s: allocators of one session are compared with "
                                  "its reference; it is for several sessions",
                                  name);
}

/* Both have the name, and yet it is not the same measurement: what is another, and what to do. */
static void note_another(struct comparing *c, const struct hb_digest *base,
                         const struct hb_digest *other)
{
    struct hb_buf names = {0};
    for (size_t i = 0; i < base->count; i++) {
        const struct hb_digest_entry *a = &base->entries[i];
        const int index = hb_digest_find(other, a->label);
        const struct hb_digest_entry *b = index < 0 ? NULL : &other->entries[index];
        if (!b || a->role == HB_ROLE_TWIN ||
            !hb_compare_is_listed(c->options->allocators, a->label))
            continue;
        if (strcmp(a->via, b->via) != 0)
            hb_buf_printf(&names, "%s%s", names.size ? ", " : "", a->label);
        else if (strcmp(a->environment, b->environment) != 0)
            note(c, "%s has the environment \"%s\" in %s, \"%s\" in %s: these are two allocators",
                 a->label, a->environment, base->label, b->environment, other->label);
    }
    if (names.size)
        note(c,
             "by dlopen in one, by preload in the other: %s; measure both with the same --via to "
             "compare them",
             hb_buf_string(&names));
    hb_buf_free(&names);
}

static void note_unmatched(struct comparing *c, const struct hb_digest *in,
                           const struct hb_digest *other)
{
    struct hb_buf names = {0};
    for (size_t i = 0; i < in->count; i++) {
        if (hb_digest_find(other, in->entries[i].label) < 0 &&
            hb_compare_is_listed(c->options->allocators, in->entries[i].label))
            hb_buf_printf(&names, "%s%s", names.size ? ", " : "", in->entries[i].label);
    }
    if (names.size)
        note(c, "only in %s: %s", in->label, hb_buf_string(&names));
    hb_buf_free(&names);
}

static int compare_sides(struct comparing *c, size_t g, const struct hb_digest *other)
{
    const struct hb_digest *base = c->out->groups[g].base;
    if (check_host(c, base, other) != 0 || set_references(c, base, other) != 0)
        return -1;
    for (size_t i = 0; i < base->count; i++) {
        const struct hb_digest_entry *entry = &base->entries[i];
        const int match = hb_compare_match(other, entry);
        if (match < 0 || entry->role == HB_ROLE_TWIN ||
            !hb_compare_is_listed(c->options->allocators, entry->label) ||
            entry == c->pairing.base_reference)
            continue;
        const struct hb_difference like = {.group = g,
                                           .base = base,
                                           .other = other,
                                           .base_entry = entry,
                                           .other_entry = &other->entries[match],
                                           .is_control =
                                               hb_shift_is_control(entry, &other->entries[match])};
        if (compare_entries(c, &like) != 0)
            return -1;
    }
    note_another(c, base, other);
    note_unmatched(c, base, other);
    note_unmatched(c, other, base);
    return 0;
}

/* The machine's own shift, out of every time, each allocator by the others. */
static int take_out_machine(struct comparing *c, size_t g, const struct hb_digest *other,
                            size_t first)
{
    struct hb_comparison *out = c->out;
    struct hb_machine *machine = &out->machines[out->machine_count++];
    struct hb_shift_controls controls = {0};
    *machine = (struct hb_machine){.group = g,
                                   .base = out->groups[g].base,
                                   .other = other,
                                   .reference = c->pairing.base_reference};
    machine->ratio = machine->spread = (double)NAN;
    int status = 0;
    if (!c->relative && hb_shift_measure(&c->pairing, machine, &controls) != 0)
        status = no_memory(c);
    for (size_t i = first; status == 0 && i < out->count; i++) {
        struct hb_difference *d = &out->differences[i];
        if (!c->options->no_adjust && !c->relative)
            status = hb_shift_take_out(&c->pairing, &controls, d) == 0 ? 0 : no_memory(c);
        hb_shift_widen_counts(d);
        hb_change_set_margin(c->options->margin_percent, machine, d);
    }
    hb_shift_controls_free(&controls);
    return status;
}

static int compare_across(struct comparing *c, size_t g)
{
    struct hb_comparison *out = c->out;
    for (size_t i = 0; i < out->digest_count; i++) {
        const struct hb_digest *other = &out->digests[i];
        const size_t first = out->count;
        if (c->group_of[i] != g || other == out->groups[g].base)
            continue;
        if (compare_sides(c, g, other) != 0 || take_out_machine(c, g, other, first) != 0)
            return -1;
    }
    return 0;
}

/* ---- verdicts ---- */

static int judge_all(struct comparing *c)
{
    struct hb_comparison *out = c->out;
    char text[128];
    if (hb_change_correct(out) != 0)
        return no_memory(c);
    if (hb_change_too_few(out, text, sizeof text))
        note(c, "%s", text);
    for (size_t i = 0; i < out->count; i++) {
        struct hb_difference *d = &out->differences[i];
        if (d->base == d->other)
            hb_change_set_margin(c->options->margin_percent, NULL, d);
        hb_change_judge(c->options->no_adjust, d);
    }
    return 0;
}

/* ---- means over workloads ---- */

static struct hb_mean_ratio *find_mean(struct hb_comparison *out, const char *side,
                                       const char *allocator)
{
    for (size_t i = 0; i < out->mean_count; i++) {
        if (strcmp(out->means[i].side, side) == 0 &&
            strcmp(out->means[i].allocator, allocator) == 0)
            return &out->means[i];
    }
    struct hb_mean_ratio *mean = &out->means[out->mean_count++];
    *mean = (struct hb_mean_ratio){.ratio = 1};
    HB_COPY(mean->side, side);
    HB_COPY(mean->allocator, allocator);
    return mean;
}

/* Of one session each the side is "", so that files of several workloads add up. ratio holds
 * the product until the end. */
static int make_means(struct comparing *c)
{
    struct hb_comparison *out = c->out;
    out->means = calloc(out->count + 1, sizeof *out->means);
    if (!out->means)
        return no_memory(c);
    for (size_t i = 0; i < out->count; i++) {
        const struct hb_difference *d = &out->differences[i];
        if (d->figure != HB_METRIC_THROUGHPUT || !hb_change_is_counted(d) || !d->is_ratio ||
            !(d->estimate > 0))
            continue;
        struct hb_mean_ratio *mean =
            find_mean(out, d->base == d->other ? "" : d->other->label, d->other_entry->label);
        mean->ratio *= d->estimate; /* few workloads: the product stays in range */
        mean->workloads++;
    }
    size_t kept = 0;
    for (size_t i = 0; i < out->mean_count; i++) {
        out->means[i].ratio = pow(out->means[i].ratio, 1.0 / (double)out->means[i].workloads);
        if (out->means[i].workloads > 1)
            out->means[kept++] = out->means[i];
    }
    out->mean_count = kept;
    return 0;
}

/* ---- the whole ---- */

static int open_all(struct comparing *c)
{
    const size_t n = c->out->digest_count;
    c->group_of = calloc(n + 1, sizeof *c->group_of);
    c->out->groups = calloc(n + 1, sizeof *c->out->groups);
    c->out->machines = calloc(n + 1, sizeof *c->out->machines);
    if (!c->group_of || !c->out->groups || !c->out->machines)
        return no_memory(c);
    return 0;
}

int hb_compare(const struct hb_digest *digests, size_t n, const struct hb_compare_options *options,
               struct hb_comparison *comparison, struct hb_err *err)
{
    struct comparing c = {.options = options, .out = comparison, .err = err};
    *comparison = (struct hb_comparison){.options = options, .digests = digests, .digest_count = n};
    int status = open_all(&c);
    if (status == 0)
        status = hb_compare_check_listed(digests, n, options->allocators, err);
    if (status == 0)
        status = make_groups(&c);
    if (status == 0)
        status = check_relative(&c);
    for (size_t g = 0; status == 0 && g < comparison->group_count; g++) {
        struct hb_group *group = &comparison->groups[g];
        group->first = comparison->count;
        status = group->is_within ? compare_within(&c, g) : compare_across(&c, g);
        group->count = comparison->count - group->first;
    }
    if (status == 0)
        status = judge_all(&c);
    if (status == 0)
        status = make_means(&c);
    if (status == 0)
        status = hb_buf_check(&comparison->notes, err);
    hb_pairing_free(&c.pairing);
    free(c.group_of);
    return status;
}

void hb_comparison_free(struct hb_comparison *comparison)
{
    free(comparison->groups);
    free(comparison->differences);
    free(comparison->machines);
    free(comparison->means);
    hb_buf_free(&comparison->notes);
    *comparison = (struct hb_comparison){0};
}
