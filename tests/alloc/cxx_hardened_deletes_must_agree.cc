// Also: new and delete, new[] and delete[], malloc and free, sizes and alignments must agree.
// Mode: hardened
// Limit: 300 s
// glibc: no
#include "hardened.h"

#include <new>

#include <memory>
#include <string>
#include <vector>

static const std::align_val_t line{64}, page{4096};

static void *kept(void *block)
{
    HIDDEN(block);
    return block;
}

static void free_of_new(size_t bytes)
{
    free_hidden(::operator new(bytes));
}

static void free_of_new_array(size_t bytes)
{
    free_hidden(new char[bytes]);
}

static void realloc_of_new(size_t bytes)
{
    void *block = realloc(::operator new(bytes), bytes + 1);
    HIDDEN(block);
}

static void delete_of_malloc(size_t bytes)
{
    ::operator delete(make(bytes));
}

static void delete_of_calloc(size_t bytes)
{
    ::operator delete(calloc(1, bytes));
}

static void delete_array_of_malloc(size_t bytes)
{
    ::operator delete[](make(bytes));
}

static void delete_of_array(size_t bytes)
{
    char *block = new char[bytes];
    HIDDEN(block);
    ::operator delete(block);
}

static void delete_array_of_one(size_t bytes)
{
    ::operator delete[](kept(::operator new(bytes)));
}

static void quiet_array_as_one(size_t bytes)
{
    ::operator delete(kept(::operator new[](bytes, std::nothrow)));
}

static void quiet_one_as_array(size_t bytes)
{
    ::operator delete[](kept(::operator new(bytes, std::nothrow)), std::nothrow);
}

static void delete_of_another_size(size_t bytes)
{
    ::operator delete(kept(::operator new(bytes)), bytes - 1);
}

static void delete_array_of_another_size(size_t bytes)
{
    ::operator delete[](kept(::operator new[](bytes)), bytes + 1);
}

struct small {
    char bytes[8];
};
struct large : small {
    char more[100];
};

// No virtual destructor: the size told is that of the base.
static void delete_by_the_base(size_t)
{
    small *one = new large;
    HIDDEN(one);
    delete one;
}

static void aligned_as_plain(size_t bytes)
{
    ::operator delete(kept(::operator new(bytes, line)));
}

static void plain_as_aligned(size_t bytes)
{
    ::operator delete(kept(::operator new(bytes)), line);
}

static void of_another_alignment(size_t bytes)
{
    ::operator delete(kept(::operator new(bytes, line)), page);
}

static void aligned_array_as_one(size_t bytes)
{
    ::operator delete(kept(::operator new[](bytes, line)), line);
}

static void aligned_of_another_size(size_t bytes)
{
    ::operator delete(kept(::operator new(bytes, line)), bytes + 8, line);
}

static void deleted_twice(size_t bytes)
{
    void *block = ::operator new(bytes);
    ::operator delete(block);
    HIDDEN(block);
    ::operator delete(block);
}

static void plain_forms(size_t bytes)
{
    ::operator delete(::operator new(bytes));
    ::operator delete(::operator new(bytes), bytes);
    ::operator delete(::operator new(bytes, std::nothrow), std::nothrow);
    ::operator delete(::operator new(bytes, std::nothrow));
    ::operator delete[](::operator new[](bytes));
    ::operator delete[](::operator new[](bytes), bytes);
    ::operator delete[](::operator new[](bytes, std::nothrow), std::nothrow);
    ::operator delete(nullptr);
    ::operator delete[](nullptr, bytes);
}

static void aligned_forms(size_t bytes)
{
    for (const std::align_val_t value : {line, page}) {
        ::operator delete(::operator new(bytes, value), value);
        ::operator delete(::operator new(bytes, value), bytes, value);
        ::operator delete(::operator new(bytes, value, std::nothrow), value, std::nothrow);
        ::operator delete[](::operator new[](bytes, value), value);
        ::operator delete[](::operator new[](bytes, value), bytes, value);
        ::operator delete[](::operator new[](bytes, value, std::nothrow), value, std::nothrow);
    }
}

struct alignas(128) wide {
    std::string text = "a text that is too long to lie in the string itself, of its own accord";
};

static void containers(size_t bytes)
{
    std::vector<std::string> texts;
    for (size_t i = 0; i < bytes % 3000; i++)
        texts.push_back(std::string(i, 'x'));
    std::vector<wide> wides(bytes % 50 + 1);
    const std::unique_ptr<std::string[]> many(new std::string[bytes % 100 + 1]);
    const std::shared_ptr<wide> shared = std::make_shared<wide>();
    delete new wide;
    delete[] new wide[3];
    free_hidden(strdup(texts.empty() ? "" : texts.back().c_str()));
}

static const misuse misuses[] = {
    {"free of new", free_of_new, ABORTS},
    {"free of new[]", free_of_new_array, ABORTS},
    {"realloc of new", realloc_of_new, ABORTS},
    {"delete of malloc", delete_of_malloc, ABORTS},
    {"delete of calloc", delete_of_calloc, ABORTS},
    {"delete[] of malloc", delete_array_of_malloc, ABORTS},
    {"delete of new[]", delete_of_array, ABORTS},
    {"delete[] of new", delete_array_of_one, ABORTS},
    {"delete of nothrow new[]", quiet_array_as_one, ABORTS},
    {"delete[] of nothrow new", quiet_one_as_array, ABORTS},
    {"delete of another size", delete_of_another_size, ABORTS},
    {"delete[] of another size", delete_array_of_another_size, ABORTS},
    {"delete by the base", delete_by_the_base, ABORTS},
    {"aligned as plain", aligned_as_plain, ABORTS},
    {"plain as aligned", plain_as_aligned, ABORTS},
    {"of another alignment", of_another_alignment, ABORTS},
    {"aligned new[] by delete", aligned_array_as_one, ABORTS},
    {"aligned of another size", aligned_of_another_size, ABORTS},
    {"deleted twice", deleted_twice, ABORTS},
    {"no misuse: plain forms", plain_forms, GOES_ON},
    {"no misuse: aligned forms", aligned_forms, GOES_ON},
    {"no misuse: containers", containers, GOES_ON},
};

int main(int count, char **words)
{
    static const size_t sizes[] = {16, 1000, 200000};
    return TRY_MISUSES(count, words, misuses, sizes);
}
