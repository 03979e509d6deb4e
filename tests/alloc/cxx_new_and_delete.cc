// new and delete in every form: alignment, bad_alloc, nothrow, the new-handler loop.
#include "promise.h"

#include <new>
#include <string>
#include <vector>

struct alignas(64) Line {
    char bytes[64];
};
struct alignas(4096) Page {
    char bytes[4096];
};

static int handler_calls;

static void give_up_at_third_call()
{
    if (++handler_calls == 3)
        std::set_new_handler(nullptr);
}

static void handler_throws()
{
    handler_calls++;
    throw std::bad_alloc();
}

template <class Make> static bool throws(Make make)
{
    try {
        void *block = make();
        HIDDEN(block);
        return false;
    } catch (const std::bad_alloc &) {
        return true;
    }
}

static void check_too_much()
{
    size_t huge = PTRDIFF_MAX - 4096;
    HIDDEN(huge);
    CHECK(throws([&] { return ::operator new(huge); }));
    CHECK(throws([&] { return ::operator new[](huge); }));
    CHECK(throws([&] { return ::operator new(huge, std::align_val_t(64)); }));
    CHECK(throws([&] { return ::operator new[](huge, std::align_val_t(64)); }));
    CHECK(throws([&] { return new int[huge]; }));
    CHECK(::operator new(huge, std::nothrow) == nullptr);
    CHECK(::operator new[](huge, std::nothrow) == nullptr);
    CHECK(::operator new(huge, std::align_val_t(64), std::nothrow) == nullptr);
    CHECK(::operator new[](huge, std::align_val_t(64), std::nothrow) == nullptr);
}

static void check_handler()
{
    size_t huge = PTRDIFF_MAX - 4096;
    HIDDEN(huge);
    std::set_new_handler(give_up_at_third_call);
    CHECK(throws([&] { return ::operator new(huge); }));
    CHECK(handler_calls == 3);
    std::set_new_handler(handler_throws);
    handler_calls = 0;
    CHECK(::operator new(huge, std::nothrow) == nullptr);
    CHECK(handler_calls == 1);
    CHECK(throws([&] { return ::operator new(huge); }));
    CHECK(handler_calls == 2);
    std::set_new_handler(nullptr);
}

static void check_aligned()
{
    for (size_t alignment = 32; alignment <= 1u << 20; alignment *= 2)
        for (size_t bytes : {size_t(1), alignment - 1, alignment + 1, size_t(100000)}) {
            const std::align_val_t value{alignment};
            void *one = ::operator new(bytes, value), *many = ::operator new[](bytes, value);
            void *quiet = ::operator new(bytes, value, std::nothrow);
            CHECK((reinterpret_cast<uintptr_t>(one) | reinterpret_cast<uintptr_t>(many) |
                   reinterpret_cast<uintptr_t>(quiet)) %
                      alignment ==
                  0);
            ::operator delete(one, bytes, value);
            ::operator delete[](many, value);
            ::operator delete(quiet, value, std::nothrow);
        }
    Page *page = new Page;
    Line *lines = new Line[7];
    CHECK(reinterpret_cast<uintptr_t>(page) % 4096 == 0);
    CHECK(reinterpret_cast<uintptr_t>(lines) % 64 == 0);
    delete page;
    delete[] lines;
}

int main()
{
    std::vector<std::string> words;
    for (int i = 0; i < 50000; i++)
        words.push_back(std::string(size_t(i % 200), 'x'));
    for (int i = 0; i < 50000; i++)
        CHECK(words[size_t(i)].size() == size_t(i % 200));
    ::operator delete(nullptr);
    ::operator delete[](nullptr);
    check_too_much();
    check_handler();
    check_aligned();
    return kept("new and delete keep the standard's rules");
}
