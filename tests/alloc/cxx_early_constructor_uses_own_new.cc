// Also: a library's new[] and delete[], before main and after it, come down to the program's own.
// Group: cxx
// Means: libraries' new[] goes past the program's own operator new: two heaps, or a crash
// Needs: early_new
#include "promise.h"

#include <new>

extern "C" bool early_new_has_numbers();

alignas(16) static char arena[1 << 20];
static size_t used;

void *operator new(size_t size)
{
    char *block = arena + used;
    used += (size + 15) & ~size_t{15};
    CHECK(used <= sizeof arena);
    return block;
}

void operator delete(void *block) noexcept
{
    const char *at = static_cast<char *>(block);
    if (at == nullptr || (at >= arena && at < arena + sizeof arena))
        return;
    static const char text[] = "the program's delete got a block that its new did not make\n";
    (void)!write(2, text, sizeof text - 1);
    _exit(1);
}

int main()
{
    CHECK(early_new_has_numbers());
    CHECK(used > 0);
    return 0;
}
