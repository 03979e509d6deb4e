/* dlopen without RTLD_DEEPBIND, in libhakmem.so alone. A module that is bound deeply finds malloc
 * and free in the C library, past those of the process: what the program or strdup made with ours
 * would be freed by the C library's, and the other way round. No preloaded malloc survives that;
 * stock PHP loads all its modules so.
 * The C library's dlopen looks at its return address for the folders and the namespace of the
 * caller ($ORIGIN, RUNPATH). So this one must not call it: it jumps there, with the caller's stack
 * as it was. A compiler may do so, the stubs here always do.
 * Read next: override.c. */
#include "alloc.h"
#include "large.h"

#include <dlfcn.h>
#include <stdlib.h>

#if defined __GLIBC__ && (defined __x86_64__ || defined __aarch64__)

/* Where dlopen goes on, and with which mode: in the two registers that return values come in. */
struct hk_dlopen_call {
    void *function;
    unsigned long mode;
};
__attribute__((used)) HK_HIDDEN struct hk_dlopen_call hk_dlopen_prepare(int mode);

static void *no_dlopen(const char *path, int mode)
{
    (void)path;
    (void)mode;
    return NULL;
}

/* Decided by a block, not by malloc's address: a program may have a malloc of its own, or one
 * around ours. */
static bool malloc_is_ours(void)
{
    void *block = HK_IN_USE(malloc)(HK_ALIGN);
    const bool is_ours = hk_tag_of(block) != 0 || hk_large_size(block) != 0;
    HK_IN_USE(free)(block);
    return is_ours;
}

struct hk_dlopen_call hk_dlopen_prepare(int mode)
{
    static _Atomic(void *) next;
    void *function = atomic_load_explicit(&next, memory_order_relaxed);
    if (!function) {
        function = dlsym(RTLD_NEXT, "dlopen");
        atomic_store_explicit(&next, function, memory_order_relaxed);
    }
    if ((mode & RTLD_DEEPBIND) && malloc_is_ours())
        mode &= ~RTLD_DEEPBIND;
    return (struct hk_dlopen_call){
        .function = function ? function : (void *)no_dlopen,
        .mode = (unsigned)mode,
    };
}

#if defined __x86_64__
__asm__(".text\n"
        ".globl dlopen\n"
        ".type dlopen, @function\n"
        ".p2align 4\n"
        "dlopen:\n"
        "    .cfi_startproc\n"
        "    endbr64\n"
        "    pushq %rdi\n" /* and the stack is aligned for a call */
        "    .cfi_adjust_cfa_offset 8\n"
        "    movl %esi, %edi\n"
        "    call hk_dlopen_prepare\n"
        "    popq %rdi\n"
        "    .cfi_adjust_cfa_offset -8\n"
        "    movl %edx, %esi\n"
        "    jmp *%rax\n"
        "    .cfi_endproc\n"
        ".size dlopen, .-dlopen\n");
#else
__asm__(".text\n"
        ".globl dlopen\n"
        ".type dlopen, %function\n"
        ".p2align 4\n"
        "dlopen:\n"
        "    .cfi_startproc\n"
        "    hint #34\n" /* bti c */
        "    stp x0, x30, [sp, #-16]!\n"
        "    .cfi_adjust_cfa_offset 16\n"
        "    .cfi_offset x30, -8\n"
        "    mov w0, w1\n"
        "    bl hk_dlopen_prepare\n"
        "    mov x16, x0\n"
        "    ldp x0, x30, [sp], #16\n"
        "    .cfi_adjust_cfa_offset -16\n"
        "    .cfi_restore x30\n"
        "    br x16\n"
        "    .cfi_endproc\n"
        ".size dlopen, .-dlopen\n");
#endif

#endif
