/* A profile with every default, as a session owns it.
 * Read next: test_profile.c. */
#ifndef HB_TESTS_UNIT_MADE_PROFILE_H
#define HB_TESTS_UNIT_MADE_PROFILE_H

#include "unit/cmocka.h"

#include "result/profile_parts.h"

#include <stdlib.h>

static inline struct hb_profile *made_profile(void)
{
    struct hb_profile *profile = malloc(sizeof *profile);
    assert_non_null(profile);
    assert_int_equal(hb_profile_init(profile, "made.json", NULL), 0);
    return profile;
}

#endif
