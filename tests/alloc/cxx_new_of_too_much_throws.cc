// Case 35: new of too much throws std::bad_alloc, in every form that may throw.
// Group: cxx
// Means: out of memory ends the program, or is a null pointer that nobody checks
// glibc: no, libstdc++'s aligned new rounds a size near SIZE_MAX up to 0
#include "cxx_promise.h"

int main()
{
    const size_t huge = too_much();
    const std::align_val_t line{64}, page{4096};
    CHECK(throws_bad_alloc([&] { return ::operator new(huge); }));
    CHECK(throws_bad_alloc([&] { return ::operator new[](huge); }));
    CHECK(throws_bad_alloc([&] { return ::operator new(SIZE_MAX - 8); }));
    CHECK(throws_bad_alloc([&] { return ::operator new(huge, line); }));
    CHECK(throws_bad_alloc([&] { return ::operator new[](huge, line); }));
    CHECK(throws_bad_alloc([&] { return ::operator new(SIZE_MAX - 8, page); }));
    int *number = new int(5);
    HIDDEN(number);
    CHECK(*number == 5);
    delete number;
    return 0;
}
