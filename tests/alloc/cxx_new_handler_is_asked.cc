// Case 37: new calls the new-handler until it gives up, throws, or memory was found.
// Group: cxx
// Means: programs that free their caches in a new-handler fail instead
#include "cxx_promise.h"

static int calls;

static void give_up_at_third_call()
{
    if (++calls == 3)
        std::set_new_handler(nullptr);
}

static void handler_throws()
{
    calls++;
    throw std::bad_alloc();
}

static void with(std::new_handler handler)
{
    calls = 0;
    std::set_new_handler(handler);
}

int main()
{
    const size_t huge = too_much();
    const std::align_val_t line{64};
    with(give_up_at_third_call);
    CHECK(throws_bad_alloc([&] { return ::operator new(huge); }));
    CHECK(calls == 3);
    with(give_up_at_third_call);
    CHECK(throws_bad_alloc([&] { return ::operator new[](huge, line); }));
    CHECK(calls == 3);
    with(give_up_at_third_call);
    CHECK(::operator new(huge, std::nothrow) == nullptr);
    CHECK(calls == 3);
    with(handler_throws);
    CHECK(::operator new(huge, std::nothrow) == nullptr);
    CHECK(calls == 1);
    CHECK(::operator new(huge, line, std::nothrow) == nullptr);
    CHECK(calls == 2);
    CHECK(throws_bad_alloc([&] { return ::operator new(huge); }));
    CHECK(calls == 3);
    int *number = new int(5); // no handler is asked for what there is
    HIDDEN(number);
    CHECK(calls == 3);
    delete number;
    return 0;
}
