// Also: a program whose operator new calls malloc is not told off, whichever it replaced.
// Mode: hardened
#include "cxx_promise.h"

#include <new>
#include <string>
#include <vector>

// Its delete is the library's: the block is of malloc all the same.
void *operator new(size_t size)
{
    void *block = malloc(size ? size : 1);
    if (block == nullptr)
        throw std::bad_alloc();
    return block;
}

int main()
{
    std::vector<std::string> texts;
    for (size_t i = 0; i < 2000; i++)
        texts.push_back(std::string(i, 'x'));
    int *numbers = new int[100];
    HIDDEN(numbers);
    delete[] numbers;
    ::operator delete(::operator new(30, std::nothrow), size_t(30));
    ::operator delete[](::operator new[](40));
    int *number = new int(3);
    HIDDEN(number);
    delete number;
    return 0;
}
