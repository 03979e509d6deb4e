// Case 38: an array whose size overflows throws std::bad_alloc, or what derives from it.
// Group: cxx
// Means: new T[n] of a huge n gives a block too small for it: a heap overflow to exploit
#include "cxx_promise.h"

struct Wide {
    char bytes[1 << 16];
};

int main()
{
    size_t count = too_much(), just = SIZE_MAX / sizeof(Wide) + 1;
    HIDDEN(just);
    CHECK(throws_bad_alloc([&] { return new int[count]; }));
    CHECK(throws_bad_alloc([&] { return new Wide[count]; }));
    CHECK(throws_bad_alloc([&] { return new Wide[just]; }));
    CHECK(throws_bad_alloc([&] { return new Wide[just + 1]; }));
    Wide *few = new Wide[3];
    HIDDEN(few);
    delete[] few;
    return 0;
}
