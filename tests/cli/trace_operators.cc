// Each of C++'s operators once, its size one of a kind: who records them tells each from the
// others.
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

struct alignas(128) wide {
    char bytes[384];
};

int main(int argc, char **)
{
    int *one = new int;
    char *many = new char[101];
    int *nothrow = new (std::nothrow) int[26];
    wide *aligned = new wide;
    wide *aligned_many = new wide[2];
    wide *aligned_nothrow = new (std::nothrow) wide;
    delete one;
    delete[] many;
    operator delete[](nothrow, std::nothrow);
    delete aligned;
    delete[] aligned_many;
    operator delete(aligned_nothrow, std::align_val_t(128), std::nothrow);
    ::operator delete(::operator new(77), 77);
    int caught = argc > 1; // mimalloc of Debian is C, and ends a program whose new fails
    if (!caught)
        try {
            // volatile, so that it is not seen through
            volatile std::size_t huge = static_cast<std::size_t>(-1) / 2;
            ::operator delete(::operator new(huge));
        } catch (const std::bad_alloc &) {
            caught = 1;
        }
    std::vector<std::string> words;
    for (int i = 0; i < 100; i++)
        words.push_back("a word that is too long for what a string has room for " +
                        std::to_string(i));
    std::free(std::malloc(55)); // is recorded as what it is, behind the exception
    return caught ? 0 : 1;
}
