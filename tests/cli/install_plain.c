/* A user's program that knows nothing of hakmem: the usual names, in C and in C++. It says "plain"
 * and what they gave. Read next: install_test.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
#include <string>
#include <vector>

static size_t words(void)
{
    std::vector<std::string> list(1000, std::string(100, 'x'));
    return list.size();
}
#else
static size_t words(void)
{
    char *word = strdup("a thousand");
    const size_t length = word ? 100 * strlen(word) : 0;
    free(word);
    return length;
}
#endif

int main(void)
{
    void *volatile block = malloc(100000); /* volatile: or the compiler leaves the pair out */
    if (!block)
        return 1;
    free(block);
    printf("plain: %zu\n", words());
    return 0;
}
