/* Reads a size profile and writes its table to standard output, for workers that are started by
 * hand; with a second word prints what is in it: rows, rows left out, the least and the largest
 * size. Read next: plan/sizes.h, loops_test.sh. */
#include "plan/sizes.h"

#include <stdio.h>

int main(int count, char **words)
{
    struct hb_sizes sizes;
    struct hb_err err = {0};
    if (count < 2)
        return 2;
    if (hb_sizes_read(words[1], &sizes, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    if (count > 2)
        (void)printf("rows=%u left_out=%u size_min=%u size_max=%u\n", sizes.table->count,
                     sizes.left_out, sizes.table->size_min, sizes.table->size_max);
    else
        (void)fwrite(sizes.table, 1, sizes.bytes, stdout);
    hb_sizes_free(&sizes);
    return fflush(stdout) == 0 ? 0 : 1;
}
