/* Case 42: what strdup, getline, asprintf, open_memstream and realpath give can be freed.
 * Group: sizes
 * Means: what the C library hands out (getline, asprintf) cannot be freed: a crash */
#include "promise.h"

int main(void)
{
    char *copy = strdup("a string that the library copied");
    CHECK(copy != NULL);
    free(copy);

    char *line = NULL, *formatted = NULL, *memory = NULL;
    size_t line_bytes = 0, memory_bytes = 0;
    FILE *file = fopen("/proc/self/maps", "r");
    CHECK(file != NULL);
    while (getline(&line, &line_bytes, file) > 0)
        CHECK(line != NULL);
    free(line);
    fclose(file);

    CHECK(asprintf(&formatted, "%0500d", 42) == 500);
    free(formatted);

    FILE *stream = open_memstream(&memory, &memory_bytes);
    CHECK(stream != NULL);
    for (int i = 0; i < 20000; i++)
        fprintf(stream, "%d,", i);
    fclose(stream);
    CHECK(memory != NULL && strlen(memory) == memory_bytes);
    free(memory);

    char *path = realpath("/proc/self/../self/exe", NULL);
    CHECK(path != NULL);
    free(path);
    return 0;
}
