/* What names in a profile may look like, and a profile with nothing but defaults: shared by the
 * files of profile.h.
 * Pure but for hb_profile_init, which allocates. */
#ifndef HB_RESULT_PROFILE_DEFAULTS_H
#define HB_RESULT_PROFILE_DEFAULTS_H

#include "result/profile.h"

/* What holds where a profile says nothing, but for its lists. */
extern const struct hb_profile hb_profile_default;

#define HB_PROFILE_WORD_HELP "letters, digits and _ . + - (\"working_set\")"
#define HB_PROFILE_LABEL_HELP                                                                      \
    "\"allocator\" or \"allocator:variant\", of letters, digits and _ . + -"
#define HB_PROFILE_VARIABLE_HELP                                                                   \
    "the name of an environment variable (letters, digits, _) other than LD_PRELOAD, "             \
    "LD_LIBRARY_PATH and LD_AUDIT"

bool hb_profile_is_word(const char *text);          /* "random_mixed" */
bool hb_profile_is_label(const char *text);         /* "hakmem", "hakmem:lean" */
bool hb_profile_is_variable(const char *text);      /* "HAKMEM_MODE", never LD_PRELOAD */
bool hb_profile_is_variable_text(const char *text); /* nothing that separates variables */

void hb_profile_budgets_free(struct hb_profile_budget *budgets, size_t count);

/* 0, or -1 when text is longer than room; then room is "". */
int hb_profile_copy(char *room, size_t room_bytes, const char *text);

/* Every default, and the name and path. -1 when there is no memory or the name is too long; the
 * profile is then zeroed. */
int hb_profile_init(struct hb_profile *profile, const char *path, struct hb_err *err);

#endif
