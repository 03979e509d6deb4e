/* What the files of profile.h share: what names may look like, a profile with nothing but defaults,
 * and what reads one: the text at hand and the pieces it is made of. Every function that returns an
 * int gives 0, or -1 with a message that has file, line and column.
 * Read next: profile_json.c. */
#ifndef HB_RESULT_PROFILE_PARTS_H
#define HB_RESULT_PROFILE_PARTS_H

#include "base/json/json_fields.h"
#include "result/profile.h"

#define HB_PROFILE_WORD_HELP "letters, digits and _ . + - (\"working_set\")"
#define HB_PROFILE_LABEL_HELP                                                                      \
    "\"allocator\" or \"allocator:variant\", of letters, digits and _ . + -"

bool hb_profile_is_word(const char *text);          /* "random_mixed" */
bool hb_profile_is_label(const char *text);         /* "hakmem", "hakmem:lean" */
bool hb_profile_is_variable_text(const char *text); /* nothing that separates variables */

/* 0, or -1 when text is longer than room; then room is "". */
int hb_profile_copy(char *room, size_t room_bytes, const char *text);

/* Every default, and the name and path. -1 when there is no memory or the name is too long; the
 * profile is then zeroed. */
int hb_profile_init(struct hb_profile *profile, const char *path, struct hb_err *err);

/* What is different in a profile of programs. */
void hb_profile_init_exec(struct hb_profile *profile);
void hb_profile_exec_free(struct hb_profile_exec *exec);

/* ---- reading ---- */

struct hb_profile_reader {
    struct hb_json_source source;
    struct hb_profile *profile;
    struct hb_err *err;
    bool as_used; /* of a result: see hb_profile_from_json */
};

#define HB_PROFILE_FAULT(r, node, at, ...)                                                         \
    hb_json_fault(&(r)->source, (node), HB_JSON_AT_##at, (r)->err, __VA_ARGS__)

unsigned long hb_profile_key_line(const struct hb_profile_reader *r, const cJSON *node);

/* Every key of object is one of known[0..count), unless it is a result's. */
int hb_profile_check_keys(const struct hb_profile_reader *r, const cJSON *object,
                          const char *const *known, size_t count);

int hb_profile_read_label(const struct hb_profile_reader *r, const cJSON *node,
                          char label[HB_NAME_MAX]);

/* The members that are lists. */
int hb_profile_read_allocators(struct hb_profile_reader *r, const cJSON *node);
int hb_profile_read_milestones(struct hb_profile_reader *r, const cJSON *node);
int hb_profile_read_parameters(struct hb_profile_reader *r, const cJSON *node);
int hb_profile_read_environment(struct hb_profile_reader *r, const cJSON *node);
int hb_profile_read_variants(struct hb_profile_reader *r, const cJSON *node);
int hb_profile_read_budgets(struct hb_profile_reader *r, const cJSON *node); /* after allocators */
int hb_profile_read_soak_budgets(struct hb_profile_reader *r, const cJSON *node,
                                 struct hb_profile_budget **budgets, size_t *count);

/* The members that only a profile of programs has, in both directions (profile_exec.c). */
int hb_profile_read_programs(struct hb_profile_reader *r, const cJSON *node);
int hb_profile_read_weights(struct hb_profile_reader *r, const cJSON *node);
void hb_profile_put_programs(struct hb_json_writer *writer, cJSON *root,
                             const struct hb_profile *profile);
void hb_profile_put_weights(struct hb_json_writer *writer, cJSON *root,
                            const struct hb_profile *profile);

#endif
