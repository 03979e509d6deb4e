// Case 36: nothrow new of too much is NULL, in every form; of little it works; deleting NULL too.
// Group: cxx
// Means: out of memory that was provided for ends the program
#include "cxx_promise.h"

int main()
{
    const size_t huge = too_much();
    const std::align_val_t line{64};
    CHECK(::operator new(huge, std::nothrow) == nullptr);
    CHECK(::operator new[](huge, std::nothrow) == nullptr);
    CHECK(::operator new(huge, line, std::nothrow) == nullptr);
    CHECK(::operator new[](huge, line, std::nothrow) == nullptr);
    void *one = ::operator new(10, std::nothrow), *many = ::operator new[](10, std::nothrow);
    CHECK(one != nullptr && many != nullptr);
    ::operator delete(one, std::nothrow);
    ::operator delete[](many, std::nothrow);
    ::operator delete(nullptr);
    ::operator delete[](nullptr);
    ::operator delete(nullptr, std::nothrow);
    ::operator delete(nullptr, line);
    return 0;
}
