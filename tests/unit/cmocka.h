/* cmocka with the headers it wants first. It is used by every unit test and declares nothing of
 * its own.
 * Read next: any tests/unit/test_*.c. */
#ifndef HB_TESTS_UNIT_CMOCKA_H
#define HB_TESTS_UNIT_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
