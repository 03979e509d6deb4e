/* A locale whose decimal point is a comma, installed or made of Debian's sources (package locales).
 */
#ifndef HB_TESTS_UNIT_COMMA_LOCALE_H
#define HB_TESTS_UNIT_COMMA_LOCALE_H

#include "unit/temp_folder.h"

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* False: there is none, and none can be made. */
static inline bool comma_locale_set(void)
{
    static const char *const installed[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE"};
    for (size_t i = 0; i < sizeof installed / sizeof *installed; i++) {
        if (setlocale(LC_ALL, installed[i]))
            return true;
    }
    struct temp_folder folder;
    char command[512];
    temp_make(&folder);
    (void)snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 '%s' 2>/dev/null",
                   temp_path(&folder, "de_DE.UTF-8"));
    const bool is_made = system(command) == 0 && setenv("LOCPATH", folder.path, 1) == 0 &&
                         setlocale(LC_ALL, "de_DE.UTF-8"); /* and stays, mapped */
    (void)snprintf(command, sizeof command, "rm -rf '%s'", temp_path(&folder, "de_DE.UTF-8"));
    assert_int_equal(system(command), 0);
    temp_remove(&folder);
    return is_made;
}

#endif
