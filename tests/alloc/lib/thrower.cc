/* A module in C++ that asks for more than there is and catches what new throws.
 * Read next: ../cxx_module_catches_bad_alloc.c. */
#include <new>
#include <stddef.h>

template <class Make> static bool is_caught(Make make)
{
    try {
        return make() == nullptr;
    } catch (const std::bad_alloc &) {
        return true;
    }
}

static int asked;

static void give_up()
{
    asked++;
    std::set_new_handler(nullptr);
}

/* 0, or which form did not do as the standard says. */
extern "C" int thrower_catch(size_t too_much)
{
    const std::align_val_t line{64};
    asked = 0;
    if (!is_caught([&] { return operator new(too_much); }))
        return 1;
    if (!is_caught([&] { return operator new[](too_much); }))
        return 2;
    if (!is_caught([&] { return operator new(too_much, line); }))
        return 3;
    if (!is_caught([&] { return operator new[](too_much, line); }))
        return 4;
    if (operator new(too_much, std::nothrow) != nullptr)
        return 5;
    if (operator new[](too_much, line, std::nothrow) != nullptr)
        return 6;
    std::set_new_handler(give_up);
    if (!is_caught([&] { return operator new(too_much); }) || asked != 1)
        return 7;
    void *block = operator new[](1000);
    operator delete[](block, size_t{1000});
    return 0;
}
