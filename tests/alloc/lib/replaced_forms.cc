/* All twenty replaceable forms of operator new and delete, for a program that replaces some: the
 * test takes the names of the others out of a copy. Each notes that it was reached; blocks of the
 * new ones are one static block, and the delete ones take anything.
 * Read next: ../cxx_forms_fall_to_replaced_ones.cc. */
#include "../replaced_forms.h"

#include <new>
#include <stddef.h>

extern "C" {
int replaced_reached = NONE;
int replaced_throws = 0;
}

alignas(256) static char arena[4096];

static void *make(int form)
{
    replaced_reached = form;
    return arena;
}

static void *make_or_throw(int form)
{
    replaced_reached = form;
    if (replaced_throws)
        throw std::bad_alloc();
    return arena;
}

static void drop(int form)
{
    replaced_reached = form;
}

using nothrow = const std::nothrow_t &;
using alignment = std::align_val_t;

void *operator new(size_t)
{
    return make_or_throw(NEW);
}
void *operator new(size_t, nothrow) noexcept
{
    return make(NEW_NOTHROW);
}
void *operator new(size_t, alignment)
{
    return make_or_throw(NEW_ALIGNED);
}
void *operator new(size_t, alignment, nothrow) noexcept
{
    return make(NEW_ALIGNED_NOTHROW);
}
void *operator new[](size_t)
{
    return make_or_throw(ARRAY_NEW);
}
void *operator new[](size_t, nothrow) noexcept
{
    return make(ARRAY_NEW_NOTHROW);
}
void *operator new[](size_t, alignment)
{
    return make_or_throw(ARRAY_NEW_ALIGNED);
}
void *operator new[](size_t, alignment, nothrow) noexcept
{
    return make(ARRAY_NEW_ALIGNED_NOTHROW);
}
void operator delete(void *) noexcept
{
    drop(DELETE);
}
void operator delete(void *, size_t) noexcept
{
    drop(DELETE_SIZED);
}
void operator delete(void *, nothrow) noexcept
{
    drop(DELETE_NOTHROW);
}
void operator delete(void *, alignment) noexcept
{
    drop(DELETE_ALIGNED);
}
void operator delete(void *, size_t, alignment) noexcept
{
    drop(DELETE_SIZED_ALIGNED);
}
void operator delete(void *, alignment, nothrow) noexcept
{
    drop(DELETE_ALIGNED_NOTHROW);
}
void operator delete[](void *) noexcept
{
    drop(ARRAY_DELETE);
}
void operator delete[](void *, size_t) noexcept
{
    drop(ARRAY_DELETE_SIZED);
}
void operator delete[](void *, nothrow) noexcept
{
    drop(ARRAY_DELETE_NOTHROW);
}
void operator delete[](void *, alignment) noexcept
{
    drop(ARRAY_DELETE_ALIGNED);
}
void operator delete[](void *, size_t, alignment) noexcept
{
    drop(ARRAY_DELETE_SIZED_ALIGNED);
}
void operator delete[](void *, alignment, nothrow) noexcept
{
    drop(ARRAY_DELETE_ALIGNED_NOTHROW);
}
