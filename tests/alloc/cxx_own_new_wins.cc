// Case 41: the program's own operator new and delete win, for arrays, nothrow and sized too.
// Group: cxx
// Means: what a program counts or pools with its own operator new goes past it, or crashes
#include "promise.h"

#include <new>

static int made, freed;

// Blocks of ours start 16 bytes into malloc's: another delete would not survive them.
void *operator new(size_t size)
{
    made++;
    char *block = static_cast<char *>(malloc(size + 16));
    if (block == nullptr)
        throw std::bad_alloc();
    return block + 16;
}

void operator delete(void *block) noexcept
{
    if (block == nullptr)
        return;
    freed++;
    free(static_cast<char *>(block) - 16);
}

int main()
{
    void *one = ::operator new(10), *many = ::operator new[](20);
    void *quiet = ::operator new(30, std::nothrow), *quiets = ::operator new[](40, std::nothrow);
    CHECK(made == 4);
    ::operator delete(one, size_t(10));
    ::operator delete[](many);
    ::operator delete(quiet, std::nothrow);
    ::operator delete[](quiets, size_t(40));
    CHECK(freed == 4);
    int *numbers = new int[100];
    HIDDEN(numbers);
    delete[] numbers;
    CHECK(made == 5 && freed == 5);
    return 0;
}
