/* A user's C++ program that asks for too much: new throws, its nothrow form does not, the
 * new-handler is asked. With REPLACE it brings the plain new and delete. Says "throw: N wrong".
 * Read next: install_test.sh. */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>

static int wrong, asked, made;

static void check(bool is_right)
{
    wrong += !is_right;
}

#ifdef REPLACE
void *operator new(size_t size)
{
    void *block = malloc(size);
    made++;
    if (block == nullptr)
        throw std::bad_alloc();
    return block;
}

void operator delete(void *block) noexcept
{
    made -= block != nullptr;
    free(block);
}

void operator delete(void *block, size_t) noexcept
{
    operator delete(block);
}
static const bool is_replaced = true;
#else
static const bool is_replaced = false;
#endif

static void give_up()
{
    asked++;
    std::set_new_handler(nullptr);
}

template <class Make> static bool throws(Make make)
{
    try {
        return make() == nullptr;
    } catch (const std::bad_alloc &) {
        return true;
    }
}

int main()
{
    volatile size_t huge = PTRDIFF_MAX - 5000;
    const std::align_val_t line{64};
    std::set_new_handler(give_up);
    check(operator new(huge, std::nothrow) == nullptr);
    check(asked == (is_replaced ? 0 : 1));
    check(throws([&] { return operator new(huge); }));
    check(throws([&] { return operator new[](huge); }));
    check(throws([&] { return operator new(huge, line); }));
    const int before = made;
    int *volatile numbers = new int[10];
    check(made == before + (is_replaced ? 1 : 0));
    delete[] numbers;
    check(made == before);
    std::printf("throw: %d wrong\n", wrong);
    return wrong != 0;
}
