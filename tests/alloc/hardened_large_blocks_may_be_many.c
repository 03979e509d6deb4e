/* Also: 20,000 large blocks at a time, each with its guard or without, can be had, and again.
 * Mode: hardened
 * Limit: 120 s */
#include "promise.h"

enum { COUNT = 20000 };

static char *blocks[COUNT];

/* Where the machine allows less, NULL is an answer. */
static int make_many(int count)
{
    int made = 0;
    while (made < count && (blocks[made] = malloc(140000)) != NULL) {
        blocks[made][0] = (char)made;
        made++;
    }
    return made;
}

int main(void)
{
    const int count = (int)part_of(COUNT);
    for (int round = 0; round < 2; round++) {
        const int made = make_many(count);
        if (made < count)
            return skipped("the machine does not give so much address space");
        for (int i = 0; i < made; i++) {
            CHECK(blocks[i][0] == (char)i);
            free(blocks[i]);
        }
    }
    return 0;
}
