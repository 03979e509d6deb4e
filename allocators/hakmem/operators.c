/* C++'s operators new and delete. Which form calls which is the standard's choice ([new.delete]),
 * and a program may replace any: the four base forms are ours, each other one comes down to the
 * form that the table names, by the dynamic linker's choice: ours, or the program's.
 * The four nothrow forms of new are not here. Only C++ can catch what a new-handler throws, and the
 * C++ library's own do, around the throwing form in use.
 * Not in libhakmem.a: a linker takes them from an archive together, against those that a program
 * brings, and nothing of the C++ library's for the sake of a weak name. There the C++ library's own
 * operators are on top of malloc.
 * Read next: alloc.h, override.c. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a list of parameters takes no parentheses. */
#include "alloc.h"
#include "msg.h"
#include "option.h"

#include <dlfcn.h>
#include <link.h>

/* The compiler knows no such C functions. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wmissing-declarations"

#define EXPORT __attribute__((visibility("default"), used))

/* ---- out of memory ---- */

typedef void (*new_handler)(void);
typedef new_handler get_new_handler(void);
typedef void throw_bad_alloc(void);
struct cxx_library {
    get_new_handler *get_new_handler;
    throw_bad_alloc *throw_bad_alloc;
};
/* Weak: a C program has no C++ library, and then nobody calls new either. */
extern get_new_handler _ZSt15get_new_handlerv __attribute__((weak));
extern throw_bad_alloc _ZSt17__throw_bad_allocv __attribute__((weak));

/* Of a C++ library that came with a module, by dlopen and out of everybody else's sight: found from
 * the caller's side, which is the module's or the library's own. False: not found. */
static bool find_from(const void *caller, struct cxx_library *cxx)
{
#ifdef __GLIBC__
    Dl_info info;
    struct link_map *map = NULL;
    if (!dladdr1(caller, &info, (void **)&map, RTLD_DL_LINKMAP) || !map)
        return false;
    void *module = dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD);
    if (!module)
        return false;
    cxx->get_new_handler = (get_new_handler *)(uintptr_t)dlsym(module, "_ZSt15get_new_handlerv");
    cxx->throw_bad_alloc = (throw_bad_alloc *)(uintptr_t)dlsym(module, "_ZSt17__throw_bad_allocv");
    dlclose(module); /* the caller keeps it */
    return cxx->get_new_handler && cxx->throw_bad_alloc;
#else
    (void)caller;
    (void)cxx;
    return false;
#endif
}

/* The loop of [new.delete.single]: each handler may free something, throw, or end the program. */
HK_SLOW static void *new_failed(size_t alignment, size_t size, enum hk_kind kind,
                                const void *caller)
{
    struct cxx_library cxx = {_ZSt15get_new_handlerv, _ZSt17__throw_bad_allocv};
    if ((!cxx.get_new_handler || !cxx.throw_bad_alloc) && !find_from(caller, &cxx))
        hk_fatal("operator new: out of memory, and no C++ library to throw", NULL, NULL);
    for (;;) {
        const new_handler handler = cxx.get_new_handler();
        if (!handler)
            cxx.throw_bad_alloc();
        else
            handler();
        void *block = hk_new_aligned(alignment, size, kind);
        if (block)
            return block;
    }
}

/* ---- the base forms ---- */

#define CALLER __builtin_extract_return_addr(__builtin_return_address(0))

static bool none_is_replaced(void);

/* With HAKMEM_HARDEN a block knows the operator that made it; where the program brings some of its
 * own, nothing is known of who frees what. */
HK_SLOW static void *new_slow(size_t alignment, size_t size, enum hk_kind kind, const void *caller)
{
    if (hk_options.harden && !none_is_replaced())
        kind = HK_KIND_MALLOC;
    void *block = alignment ? hk_new_aligned(alignment, size, kind) : hk_new_slow(size, kind);
    return hk_likely(block) ? block : new_failed(alignment, size, kind, caller);
}

HK_SLOW static void delete_slow(void *block, enum hk_kind kind, size_t size, size_t alignment)
{
    const char *call = kind == HK_KIND_NEW_ARRAY ? "delete[]" : "delete";
    if (hk_options.harden && !none_is_replaced())
        hk_free_said(block, call, HK_KIND_ANY, HK_NOT_SAID, HK_NOT_SAID);
    else
        hk_free_said(block, call, kind, size, alignment);
}

static void *own_new(size_t size)
{
    void *block = hk_malloc_listed(size);
    return hk_likely(block) ? block : new_slow(0, size, HK_KIND_NEW, CALLER);
}

static void *own_aligned_new(size_t size, size_t alignment)
{
    return new_slow(alignment, size, HK_KIND_NEW, CALLER);
}

static void own_delete(void *block)
{
    if (hk_unlikely(!hk_free_listed(block)))
        delete_slow(block, HK_KIND_NEW, HK_NOT_SAID, 0);
}

static void own_aligned_delete(void *block, size_t alignment)
{
    if (hk_unlikely(!hk_free_listed(block)))
        delete_slow(block, HK_KIND_NEW, HK_NOT_SAID, alignment);
}

EXPORT void *_Znwm(size_t size) __attribute__((alias("own_new")));
EXPORT void *_ZnwmSt11align_val_t(size_t size, size_t alignment)
    __attribute__((alias("own_aligned_new")));
EXPORT void _ZdlPv(void *block) __attribute__((alias("own_delete")));
EXPORT void _ZdlPvSt11align_val_t(void *block, size_t alignment)
    __attribute__((alias("own_aligned_delete")));

/* ---- the forms that come down to another one ---- */

#define UNUSED          __attribute__((unused))
#define BLOCK           void *block
#define SIZED           void *block, UNUSED size_t size
#define NOTHROW         void *block, UNUSED const void *nothrow
#define ALIGNED         void *block, size_t alignment
#define SIZED_ALIGNED   void *block, UNUSED size_t size, size_t alignment
#define NOTHROW_ALIGNED void *block, size_t alignment, UNUSED const void *nothrow

#define ONE(size, alignment)  delete_slow(block, HK_KIND_NEW, size, alignment)
#define MANY(size, alignment) delete_slow(block, HK_KIND_NEW_ARRAY, size, alignment)

/* F(result, form, its parameters, the form it defaults to, what is handed on, what is done instead
 * with HAKMEM_HARDEN where the program replaced none) */
#define FORMS(F)                                                                                   \
    F(void *, _Znam, (size_t size), _Znwm, (size), new_slow(0, size, HK_KIND_NEW_ARRAY, CALLER))   \
    F(void *, _ZnamSt11align_val_t, (size_t size, size_t alignment), _ZnwmSt11align_val_t,         \
      (size, alignment), new_slow(alignment, size, HK_KIND_NEW_ARRAY, CALLER))                     \
    F(void, _ZdlPvm, (SIZED), _ZdlPv, (block), ONE(size, 0))                                       \
    F(void, _ZdlPvRKSt9nothrow_t, (NOTHROW), _ZdlPv, (block), ONE(HK_NOT_SAID, 0))                 \
    F(void, _ZdaPv, (BLOCK), _ZdlPv, (block), MANY(HK_NOT_SAID, 0))                                \
    F(void, _ZdaPvm, (SIZED), _ZdaPv, (block), MANY(size, 0))                                      \
    F(void, _ZdaPvRKSt9nothrow_t, (NOTHROW), _ZdaPv, (block), MANY(HK_NOT_SAID, 0))                \
    F(void, _ZdlPvmSt11align_val_t, (SIZED_ALIGNED), _ZdlPvSt11align_val_t, (block, alignment),    \
      ONE(size, alignment))                                                                        \
    F(void, _ZdlPvSt11align_val_tRKSt9nothrow_t, (NOTHROW_ALIGNED), _ZdlPvSt11align_val_t,         \
      (block, alignment), ONE(HK_NOT_SAID, alignment))                                             \
    F(void, _ZdaPvSt11align_val_t, (ALIGNED), _ZdlPvSt11align_val_t, (block, alignment),           \
      MANY(HK_NOT_SAID, alignment))                                                                \
    F(void, _ZdaPvmSt11align_val_t, (SIZED_ALIGNED), _ZdaPvSt11align_val_t, (block, alignment),    \
      MANY(size, alignment))                                                                       \
    F(void, _ZdaPvSt11align_val_tRKSt9nothrow_t, (NOTHROW_ALIGNED), _ZdaPvSt11align_val_t,         \
      (block, alignment), MANY(HK_NOT_SAID, alignment))

#define DEFINE(result, form, parameters, default_form, arguments, hardened)                        \
    static result own_##form parameters                                                            \
    {                                                                                              \
        if (hk_unlikely(hk_options.harden) && none_is_replaced())                                  \
            return hardened;                                                                       \
        return HK_IN_USE(default_form) arguments;                                                  \
    }                                                                                              \
    EXPORT result form parameters __attribute__((alias("own_" #form)));
FORMS(DEFINE)

/* Whether all that decides who frees what is ours. */
static bool none_is_replaced(void)
{
    return HK_IN_USE(_Znwm) == own_new && HK_IN_USE(_ZdlPv) == own_delete &&
           HK_IN_USE(_Znam) == own__Znam && HK_IN_USE(_ZdaPv) == own__ZdaPv &&
           HK_IN_USE(_ZnwmSt11align_val_t) == own_aligned_new &&
           HK_IN_USE(_ZdlPvSt11align_val_t) == own_aligned_delete &&
           HK_IN_USE(_ZnamSt11align_val_t) == own__ZnamSt11align_val_t &&
           HK_IN_USE(_ZdaPvSt11align_val_t) == own__ZdaPvSt11align_val_t;
}
/* NOLINTEND(bugprone-macro-parentheses) */
