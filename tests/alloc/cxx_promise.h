/* What the C++ tests share. Read next: promise.h. */
#ifndef CXX_PROMISE_H
#define CXX_PROMISE_H

#include "promise.h"

#include <initializer_list>
#include <new>

template <class Make> static bool throws_bad_alloc(Make make)
{
    try {
        void *block = make();
        HIDDEN(block);
        return false;
    } catch (const std::bad_alloc &) {
        return true;
    }
}

static inline size_t too_much()
{
    size_t huge = PTRDIFF_MAX - 4096;
    HIDDEN(huge);
    return huge;
}

#endif
