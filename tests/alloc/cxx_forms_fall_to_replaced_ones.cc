// Also: of the 20 forms of new and delete, those not replaced come down to those that are.
// Group: cxx
// Means: where a program replaces some forms of new, others go past them: two heaps, or a crash
// Limit: 180 s
//
// A copy of lib/replaced_forms defines the forms of one subset, and this program, started anew with
// that copy before the allocator, calls every form. What must be reached is told by a model written
// from the standard: C++17 [new.delete.single] and [new.delete.array], "Default behavior".
#include "cxx_promise.h"
#include "libraries.h"
#include "replaced_forms.h"

#include <elf.h>
#include <set>
#include <sys/mman.h>

static const size_t BYTES = 192, ALIGNMENT = 64;
static const std::align_val_t line{ALIGNMENT};

struct row {
    const char *symbol;
    form falls_to; // NONE: it allocates or frees itself
    void *(*make)(size_t bytes);
    void (*drop)(void *block);
};

#define MAKE(...) [](size_t bytes) -> void * { return __VA_ARGS__; }, nullptr
#define DROP(...) nullptr, [](void *block) { __VA_ARGS__; }
static const row model[FORMS] = {
    {"_Znwm", NONE, MAKE(operator new(bytes))},
    {"_ZnwmRKSt9nothrow_t", NEW, MAKE(operator new(bytes, std::nothrow))},
    {"_ZnwmSt11align_val_t", NONE, MAKE(operator new(bytes, line))},
    {"_ZnwmSt11align_val_tRKSt9nothrow_t", NEW_ALIGNED,
     MAKE(operator new(bytes, line, std::nothrow))},
    {"_Znam", NEW, MAKE(operator new[](bytes))},
    {"_ZnamRKSt9nothrow_t", ARRAY_NEW, MAKE(operator new[](bytes, std::nothrow))},
    {"_ZnamSt11align_val_t", NEW_ALIGNED, MAKE(operator new[](bytes, line))},
    {"_ZnamSt11align_val_tRKSt9nothrow_t", ARRAY_NEW_ALIGNED,
     MAKE(operator new[](bytes, line, std::nothrow))},
    {"_ZdlPv", NONE, DROP(operator delete(block))},
    {"_ZdlPvm", DELETE, DROP(operator delete(block, BYTES))},
    {"_ZdlPvRKSt9nothrow_t", DELETE, DROP(operator delete(block, std::nothrow))},
    {"_ZdlPvSt11align_val_t", NONE, DROP(operator delete(block, line))},
    {"_ZdlPvmSt11align_val_t", DELETE_ALIGNED, DROP(operator delete(block, BYTES, line))},
    {"_ZdlPvSt11align_val_tRKSt9nothrow_t", DELETE_ALIGNED,
     DROP(operator delete(block, line, std::nothrow))},
    {"_ZdaPv", DELETE, DROP(operator delete[](block))},
    {"_ZdaPvm", ARRAY_DELETE, DROP(operator delete[](block, BYTES))},
    {"_ZdaPvRKSt9nothrow_t", ARRAY_DELETE, DROP(operator delete[](block, std::nothrow))},
    {"_ZdaPvSt11align_val_t", DELETE_ALIGNED, DROP(operator delete[](block, line))},
    {"_ZdaPvmSt11align_val_t", ARRAY_DELETE_ALIGNED, DROP(operator delete[](block, BYTES, line))},
    {"_ZdaPvSt11align_val_tRKSt9nothrow_t", ARRAY_DELETE_ALIGNED,
     DROP(operator delete[](block, line, std::nothrow))},
};

using subset = unsigned; // a bit a form

static bool has(subset replaced, int form)
{
    return form != NONE && (replaced >> form & 1);
}

// The replaced form that a call of this one ends in.
static int end_of_call(subset replaced, int form)
{
    while (form != NONE && !has(replaced, form))
        form = model[form].falls_to;
    return form;
}

// ---- in the program that was started with a subset ----

static int *reached, *throws;
static int faults;

static void judge(const char *what, subset replaced, int form, bool is_right)
{
    if (is_right)
        return;
    faults++;
    fprintf(stderr, "replaced %#x, %s: %s reached %s instead of %s\n", replaced, what,
            model[form].symbol, *reached == NONE ? "none" : model[*reached].symbol,
            end_of_call(replaced, form) == NONE ? "none"
                                                : model[end_of_call(replaced, form)].symbol);
}

static void call_new(subset replaced, int form)
{
    const int end = end_of_call(replaced, form);
    *reached = NONE;
    void *block = model[form].make(BYTES);
    HIDDEN(block);
    judge("new", replaced, form, *reached == end && block != nullptr);
    if (end == NONE)
        free(block);
}

// A form that does not throw catches what the one below throws.
static void call_throwing(subset replaced, int form)
{
    const int end = end_of_call(replaced, form);
    const bool is_nothrow = strstr(model[form].symbol, "nothrow") != nullptr;
    bool has_thrown = false;
    void *block = nullptr;
    *reached = NONE;
    *throws = 1;
    try {
        block = model[form].make(end == NONE ? too_much() : BYTES);
    } catch (const std::bad_alloc &) {
        has_thrown = true;
    }
    *throws = 0;
    const bool is_static = end != NONE && strstr(model[end].symbol, "nothrow") != nullptr;
    judge("throwing", replaced, form,
          *reached == end && has_thrown == !is_nothrow && (block != nullptr) == is_static);
}

static void call_delete(subset replaced, int form)
{
    static char anything[BYTES];
    const int end = end_of_call(replaced, form);
    *reached = NONE;
    void *block = end == NONE ? aligned_alloc(ALIGNMENT, BYTES) : anything;
    HIDDEN(block);
    model[form].drop(block);
    judge("delete", replaced, form, *reached == end);
}

static int call_all(subset replaced)
{
    reached = static_cast<int *>(dlsym(RTLD_DEFAULT, "replaced_reached"));
    throws = static_cast<int *>(dlsym(RTLD_DEFAULT, "replaced_throws"));
    if (reached == nullptr || throws == nullptr)
        return broken("the copy of replaced_forms was not loaded");
    for (int form = NEW; form < DELETE; form++) {
        call_new(replaced, form);
        call_throwing(replaced, form);
    }
    for (int form = DELETE; form < FORMS; form++)
        call_delete(replaced, form);
    return faults != 0;
}

// ---- in the program that starts it ----

static char folder[] = "/tmp/alloc-forms-XXXXXX", copy[64];
static std::set<subset> tried;

static int form_of(const char *symbol)
{
    for (int form = 0; form < FORMS; form++)
        if (strcmp(symbol, model[form].symbol) == 0)
            return form;
    return NONE;
}

// A symbol without a value and a section is none that the loader would bind to.
static void keep_only(subset replaced, const char *path)
{
    struct stat about;
    int found = 0;
    const int file = open(path, O_RDWR);
    CHECK(file >= 0 && fstat(file, &about) == 0);
    char *base = static_cast<char *>(mmap(nullptr, static_cast<size_t>(about.st_size),
                                          PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    CHECK(base != MAP_FAILED);
    const auto *head = reinterpret_cast<Elf64_Ehdr *>(base);
    const auto *sections = reinterpret_cast<Elf64_Shdr *>(base + head->e_shoff);
    for (int i = 0; i < head->e_shnum; i++) {
        if (sections[i].sh_type != SHT_DYNSYM)
            continue;
        const char *names = base + sections[sections[i].sh_link].sh_offset;
        auto *symbols = reinterpret_cast<Elf64_Sym *>(base + sections[i].sh_offset);
        for (size_t s = 0; s < sections[i].sh_size / sizeof *symbols; s++) {
            const int form = form_of(names + symbols[s].st_name);
            found += form != NONE;
            if (form != NONE && !has(replaced, form))
                symbols[s].st_shndx = SHN_UNDEF, symbols[s].st_value = 0;
        }
    }
    CHECK(found == FORMS);
    CHECK(munmap(base, static_cast<size_t>(about.st_size)) == 0 && close(file) == 0);
}

static void start_anew(subset replaced)
{
    char preloads[PATH_MAX], word[16];
    const char *before = getenv("LD_PRELOAD");
    snprintf(preloads, sizeof preloads, "%s%s%s", copy, before ? ":" : "", before ? before : "");
    setenv("LD_PRELOAD", preloads, 1);
    snprintf(word, sizeof word, "%u", replaced);
    alarm(CHILD_LIMIT_S);
    execl("/proc/self/exe", "forms", word, static_cast<char *>(nullptr));
    _exit(77);
}

static void try_subset(subset replaced)
{
    if (!tried.insert(replaced).second)
        return;
    int status = -1;
    snprintf(copy, sizeof copy, "%s/%x.so", folder, replaced);
    copy_library(library_path("replaced_forms"), copy);
    keep_only(replaced, copy);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0)
        start_anew(replaced);
    CHECK(waitpid(child, &status, 0) == child);
    unlink(copy);
    if (status == 0)
        return;
    fprintf(stderr, "replaced %#x: %s\n", replaced, end_of(status));
    rmdir(folder);
    exit(WIFEXITED(status) && WEXITSTATUS(status) == 77 ? 77 : 1);
}

int main(int argc, char **argv)
{
    if (getenv("HAKMEM_HARDEN") != nullptr)
        return skipped("blocks of one form are given to free and to others here");
    static const subset base[] = {
        1u << NEW | 1u << DELETE, 1u << NEW_ALIGNED | 1u << DELETE_ALIGNED,
        1u << ARRAY_NEW | 1u << ARRAY_DELETE, 1u << ARRAY_NEW_ALIGNED | 1u << ARRAY_DELETE_ALIGNED};
    uint64_t seed = 20, random_subsets = argc > 2 ? strtoull(argv[2], nullptr, 10) : 40;
    if (argc == 2)
        return call_all(static_cast<subset>(strtoul(argv[1], nullptr, 10)));
    if (mkdtemp(folder) == nullptr)
        return skipped("no temporary folder");
    try_subset(0);
    for (int form = 0; form < FORMS; form++)
        try_subset(1u << form);
    for (int make = NEW; make < DELETE; make++)
        for (int drop = DELETE; drop < FORMS; drop++)
            try_subset(1u << make | 1u << drop);
    for (unsigned some = 0; some < 16; some++) {
        subset replaced = 0;
        for (int i = 0; i < 4; i++)
            replaced |= some >> i & 1 ? base[i] : 0;
        try_subset(replaced);
    }
    while (random_subsets-- > 0)
        try_subset(next_random(&seed) & ((1u << FORMS) - 1));
    rmdir(folder);
    return 0;
}
