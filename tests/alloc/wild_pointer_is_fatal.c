/* Case 51: freeing a wild or non-canonical address ends the program with one line.
 * Group: misuse
 * Means: free of garbage corrupts the heap silently, or faults without a word
 * glibc: no, it follows the address and ends by SIGSEGV */
#include "misuse.h"

static uintptr_t address;

static void free_wild(void)
{
    free_hidden((void *)address); // NOLINT
}

int main(void)
{
    static const uintptr_t wild[] = {0x10,
                                     0x123450,
                                     0x5550000000,
                                     UINT64_C(0x00007FFFFFFFFFF0),
                                     UINT64_C(0x0123456789ABCDE0),
                                     UINT64_C(0xDEADBEEFDEADBEE0),
                                     UINT64_C(0xFFFFFFFFFFFFFFF0)};
    for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++) {
        char name[40];
        address = wild[i];
        snprintf(name, sizeof name, "%#lx", (unsigned long)address);
        must_abort(name, free_wild);
    }
    return 0;
}
