/* The functions of malloc's family: see event.h. */
#include "trace/event.h"

#define ALLOCATES(name_)                                                                           \
    {                                                                                              \
        .name = (name_), .kind = HB_TRACE_ALLOCATE, .has_size = true                               \
    }
#define ALIGNS(name_)                                                                              \
    {                                                                                              \
        .name = (name_), .kind = HB_TRACE_ALLOCATE, .has_size = true, .has_alignment = true        \
    }
#define REALLOCATES(name_)                                                                         \
    {                                                                                              \
        .name = (name_), .kind = HB_TRACE_REALLOCATE, .has_size = true                             \
    }
#define FREES(name_, ...)                                                                          \
    {                                                                                              \
        .name = (name_), .kind = HB_TRACE_FREE, __VA_ARGS__                                        \
    }
#define SIZED   .has_size = true
#define ALIGNED .has_alignment = true

const struct hb_trace_function_info hb_trace_functions[HB_CALLS] = {
    [HB_CALL_THREAD_END] = {.name = "thread end", .kind = HB_TRACE_THREAD_END},
    [HB_CALL_MALLOC] = ALLOCATES("malloc"),
    [HB_CALL_CALLOC] = ALLOCATES("calloc"),
    [HB_CALL_REALLOC] = REALLOCATES("realloc"),
    [HB_CALL_REALLOCARRAY] = REALLOCATES("reallocarray"),
    [HB_CALL_FREE] = FREES("free", ),
    [HB_CALL_FREE_SIZED] = FREES("free_sized", SIZED),
    [HB_CALL_FREE_ALIGNED_SIZED] = FREES("free_aligned_sized", SIZED, ALIGNED),
    [HB_CALL_POSIX_MEMALIGN] = ALIGNS("posix_memalign"),
    [HB_CALL_ALIGNED_ALLOC] = ALIGNS("aligned_alloc"),
    [HB_CALL_MEMALIGN] = ALIGNS("memalign"),
    [HB_CALL_VALLOC] = ALLOCATES("valloc"),
    [HB_CALL_PVALLOC] = ALLOCATES("pvalloc"),
    [HB_CALL_NEW] = ALLOCATES("operator new"),
    [HB_CALL_NEW_ARRAY] = ALLOCATES("operator new[]"),
    [HB_CALL_NEW_NOTHROW] = ALLOCATES("operator new nothrow"),
    [HB_CALL_NEW_ARRAY_NOTHROW] = ALLOCATES("operator new[] nothrow"),
    [HB_CALL_NEW_ALIGNED] = ALIGNS("operator new aligned"),
    [HB_CALL_NEW_ARRAY_ALIGNED] = ALIGNS("operator new[] aligned"),
    [HB_CALL_NEW_ALIGNED_NOTHROW] = ALIGNS("operator new aligned nothrow"),
    [HB_CALL_NEW_ARRAY_ALIGNED_NOTHROW] = ALIGNS("operator new[] aligned nothrow"),
    [HB_CALL_DELETE] = FREES("operator delete", ),
    [HB_CALL_DELETE_ARRAY] = FREES("operator delete[]", ),
    [HB_CALL_DELETE_SIZED] = FREES("operator delete sized", SIZED),
    [HB_CALL_DELETE_ARRAY_SIZED] = FREES("operator delete[] sized", SIZED),
    [HB_CALL_DELETE_ALIGNED] = FREES("operator delete aligned", ALIGNED),
    [HB_CALL_DELETE_ARRAY_ALIGNED] = FREES("operator delete[] aligned", ALIGNED),
    [HB_CALL_DELETE_SIZED_ALIGNED] = FREES("operator delete sized aligned", SIZED, ALIGNED),
    [HB_CALL_DELETE_ARRAY_SIZED_ALIGNED] = FREES("operator delete[] sized aligned", SIZED, ALIGNED),
    [HB_CALL_DELETE_NOTHROW] = FREES("operator delete nothrow", ),
    [HB_CALL_DELETE_ARRAY_NOTHROW] = FREES("operator delete[] nothrow", ),
    [HB_CALL_DELETE_ALIGNED_NOTHROW] = FREES("operator delete aligned nothrow", ALIGNED),
    [HB_CALL_DELETE_ARRAY_ALIGNED_NOTHROW] = FREES("operator delete[] aligned nothrow", ALIGNED),
};
