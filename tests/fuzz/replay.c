/* Runs a fuzzer's entry point over files, without libFuzzer: `replay FILE...`.
 * gcc builds it with any fuzz_*.c, so that a corpus is a test wherever there is a C compiler. */
#include "fuzz.h"

#include <stdio.h>

#define BYTES_MAX ((size_t)1 << 20)

static int run(const char *path)
{
    uint8_t *bytes = malloc(BYTES_MAX);
    FILE *file = fopen(path, "rb");
    if (!bytes || !file) {
        perror(path);
        free(bytes);
        return 1;
    }
    const size_t size = fread(bytes, 1, BYTES_MAX, file);
    (void)fclose(file);
    uint8_t *exact = malloc(size ? size : 1); /* so that a sanitizer sees one byte too many */
    if (exact) {
        memcpy(exact, bytes, size);
        (void)LLVMFuzzerTestOneInput(exact, size);
    }
    free(exact);
    free(bytes);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= run(argv[i]);
    (void)printf("%d inputs replayed\n", argc - 1);
    return failed;
}
