// Case 40: sized and sized aligned delete free: memory stays flat over many.
// Group: cxx
// Means: C++14 programs leak or crash at sized delete
#include "cxx_promise.h"

int main()
{
    for (size_t alignment = 32; alignment <= 1u << 16; alignment *= 4)
        for (size_t bytes = 1; bytes < 2000000; bytes *= 11)
            for (long i = rounds_of(60); i > 0; i--) {
                const std::align_val_t value{alignment};
                void *one = ::operator new(bytes), *many = ::operator new[](bytes);
                void *of_line = ::operator new(bytes, value);
                void *of_lines = ::operator new[](bytes, value);
                for (void *block : {one, many, of_line, of_lines})
                    memset(block, 1, bytes);
                ::operator delete(one, bytes);
                ::operator delete[](many, bytes);
                ::operator delete(of_line, bytes, value);
                ::operator delete[](of_lines, bytes, value);
            }
    CHECK(memory_kib("Rss:") < 150000);
    return 0;
}
