// Case 39: aligned new of 32 bytes to 1 MiB aligns, in every form, and types that say so.
// Group: cxx
// Means: over-aligned types (AVX, cache lines) fault or share lines
#include "cxx_promise.h"

struct alignas(64) Line {
    char bytes[64];
};
struct alignas(4096) Page {
    char bytes[4096];
};

static uintptr_t bits(void *block)
{
    CHECK(block != nullptr);
    return reinterpret_cast<uintptr_t>(block);
}

static void check(size_t alignment, size_t bytes)
{
    const std::align_val_t value{alignment};
    void *one = ::operator new(bytes, value), *many = ::operator new[](bytes, value);
    void *quiet = ::operator new(bytes, value, std::nothrow);
    void *quiets = ::operator new[](bytes, value, std::nothrow);
    CHECK((bits(one) | bits(many) | bits(quiet) | bits(quiets)) % alignment == 0);
    for (void *block : {one, many, quiet, quiets})
        memset(block, 1, bytes);
    ::operator delete(one, value);
    ::operator delete[](many, value);
    ::operator delete(quiet, value, std::nothrow);
    ::operator delete[](quiets, value, std::nothrow);
}

int main()
{
    for (size_t alignment = 32; alignment <= 1u << 20; alignment *= 2)
        for (size_t bytes : {size_t(1), alignment - 1, alignment, alignment + 1, size_t(100000)})
            check(alignment, bytes);
    for (int i = 0; i < 50; i++) {
        Page *page = new Page;
        Line *lines = new Line[7];
        CHECK(bits(page) % 4096 == 0 && bits(lines) % 64 == 0);
        delete page;
        delete[] lines;
    }
    return 0;
}
