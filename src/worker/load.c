/* Brings allocator and workload into the process. Never unloads, never allocates but through the
 * loader. What it loaded is not believed yet: prove.c.
 * Read next: prove.c, docs/plugins.md. */
#include "worker/worker.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* jemalloc's 2,632 bytes are the most of the allocators at hand, more than glibc spares a dlopened
 * library; see docs/plugins.md, "Thread-local storage". */
#define STATIC_TLS_REMEDY " (start it with " HB_STATIC_TLS " in the environment)"

static void *load_file(const char *name)
{
    return dlopen(name, RTLD_NOW | RTLD_LOCAL);
}

/* The loader's reason for the last failure, without the file's name in front when it is there. */
static const char *reason(const char *name)
{
    const char *text = dlerror();
    const size_t length = strlen(name);
    if (!text)
        return "unknown reason";
    return strncmp(text, name, length) == 0 && strncmp(text + length, ": ", 2) == 0
               ? text + length + 2
               : text;
}

static const char *remedy(const char *text)
{
    return strstr(text, "static TLS") ? STATIC_TLS_REMEDY : "";
}

/* A path for dlopen that is never searched for: files are what they are. */
static int with_slash(const char *path, char *text, size_t text_bytes)
{
    const int length = snprintf(text, text_bytes, "%s%s", strchr(path, '/') ? "" : "./", path);
    return length < 0 || (size_t)length >= text_bytes ? -1 : 0;
}

static int load_path(const char *path, enum hb_worker_error error, void **handle,
                     struct hb_worker_failure *failure)
{
    char text[1024];
    if (with_slash(path, text, sizeof text) != 0)
        return hb_worker_fail(failure, error, "%.200s...: path too long", path);
    *handle = load_file(text);
    if (*handle)
        return 0;
    const char *why = reason(text);
    return hb_worker_fail(failure, error, "cannot load %s: %s%s", path, why, remedy(why));
}

static struct link_map *map_of_handle(void *handle)
{
    struct link_map *map = NULL;
    return handle && dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 ? map : NULL;
}

static struct link_map *map_of_address(void *address)
{
    Dl_info info;
    void *map = NULL;
    return address && dladdr1(address, &info, &map, RTLD_DL_LINKMAP) ? map : NULL;
}

void *hb_worker_own_symbol(void *handle, const char *name)
{
    void *address = dlsym(handle, name);
    return address && map_of_address(address) == map_of_handle(handle) ? address : NULL;
}

/* Canonical path of a loaded library; "" when it has none that fits. */
static void canonical_path(void *handle, char *path, size_t path_bytes)
{
    char canonical[4096];
    const struct link_map *map = map_of_handle(handle);
    path[0] = '\0';
    if (map && realpath(map->l_name, canonical) && strlen(canonical) < path_bytes)
        memcpy(path, canonical, strlen(canonical) + 1);
}

/* "/usr/lib/libfoo.so.1.2" -> "libfoo", "build/allocators/floor.so" -> "floor". */
static void stem_of(const char *path, char *stem, size_t stem_bytes)
{
    const char *slash = strrchr(path, '/');
    (void)snprintf(stem, stem_bytes, "%s", slash ? slash + 1 : path);
    char *dot = strstr(stem, ".so");
    if (dot && dot != stem)
        *dot = '\0';
}

/* "1.2.3" of "libfoo.so.1.2.3": better than nothing where a library does not know its version. */
static void version_of_file_name(const char *path, char *version, size_t version_bytes)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strstr(slash ? slash : path, ".so.");
    (void)snprintf(version, version_bytes, "%s", dot ? dot + strlen(".so.") : "");
}

/* What a plugin's own functions are given: NULL when it is the library itself. */
static void *library_for_plugin(const struct hb_worker_allocator *allocator)
{
    return allocator->library == allocator->file ? NULL : allocator->library;
}

static void identify(struct hb_worker_allocator *allocator)
{
    canonical_path(allocator->library, allocator->path, sizeof allocator->path);
    if (allocator->plugin && allocator->plugin->version &&
        allocator->plugin->version(library_for_plugin(allocator), allocator->version,
                                   sizeof allocator->version) == 0)
        return;
    version_of_file_name(allocator->path, allocator->version, sizeof allocator->version);
}

/* --- workload ----------------------------------------------------------------------------------
 */

static bool parameters_usable(const struct hb_workload *workload)
{
    static const char *const common[HB_PARAMETER_OWN] = {"operations", "warmup", "threads", "seed"};
    size_t count = 0;
    while (workload->parameters[count].name && count <= HB_WORKER_PARAMETERS_MAX)
        count++;
    if (count < HB_PARAMETER_OWN || count > HB_WORKER_PARAMETERS_MAX)
        return false;
    for (size_t i = 0; i < HB_PARAMETER_OWN; i++)
        if (strcmp(workload->parameters[i].name, common[i]) != 0)
            return false;
    for (size_t i = 0; i < count; i++) { /* the runner knows a file by its name */
        const struct hb_parameter *parameter = &workload->parameters[i];
        if ((parameter->type == HB_PARAMETER_SIZES) != (strcmp(parameter->name, "sizes") == 0) ||
            (parameter->type == HB_PARAMETER_TRACE) != (strcmp(parameter->name, "trace") == 0))
            return false;
    }
    return workload->parameters[HB_PARAMETER_THREADS].max <= HB_THREADS_MAX;
}

int hb_worker_load_workload(const char *path, const struct hb_workload **workload,
                            struct hb_worker_failure *failure)
{
    void *handle = NULL;
    if (load_path(path, HB_WORKER_WORKLOAD, &handle, failure) != 0)
        return -1;
    *workload = hb_worker_own_symbol(handle, "hb_workload");
    if (!*workload)
        return hb_worker_fail(failure, HB_WORKER_WORKLOAD, "%s exports no hb_workload", path);
    if ((*workload)->abi_version != HB_WORKLOAD_ABI)
        return hb_worker_fail(failure, HB_WORKER_WORKLOAD,
                              "%s: workload ABI %u, this worker speaks %u", path,
                              (*workload)->abi_version, HB_WORKLOAD_ABI);
    if ((*workload)->struct_bytes != sizeof **workload)
        return hb_worker_fail(failure, HB_WORKER_WORKLOAD,
                              "%s: hb_workload of %u bytes, this worker's has %zu: rebuild it",
                              path, (*workload)->struct_bytes, sizeof **workload);
    if (!parameters_usable(*workload))
        return hb_worker_fail(failure, HB_WORKER_WORKLOAD,
                              "%s: its parameters do not start with HB_COMMON_PARAMETERS, are more "
                              "than %u, allow more than %u threads, or give the name sizes or "
                              "trace to another than a size profile or a trace",
                              path, HB_WORKER_PARAMETERS_MAX, HB_THREADS_MAX);
    return 0;
}

/* --- allocator ---------------------------------------------------------------------------------
 */

static int check_plugin(const char *path, const struct hb_allocator_plugin *plugin,
                        struct hb_worker_failure *failure)
{
    if (plugin->abi_version != HB_ALLOCATOR_ABI)
        return hb_worker_fail(failure, HB_WORKER_PLUGIN_ABI,
                              "%s: plugin ABI %u, this worker speaks %u", path, plugin->abi_version,
                              HB_ALLOCATOR_ABI);
    if (plugin->struct_bytes != sizeof *plugin)
        return hb_worker_fail(failure, HB_WORKER_PLUGIN_ABI,
                              "%s: hb_allocator_plugin of %u bytes, this worker's has %zu: rebuild "
                              "it against this allocator.h",
                              path, plugin->struct_bytes, sizeof *plugin);
    if (!plugin->name || !plugin->open)
        return hb_worker_fail(failure, HB_WORKER_PLUGIN_SYMBOL,
                              "%s: hb_allocator_plugin lacks its name or its open()", path);
    return 0;
}

int hb_worker_open_allocator(const struct hb_worker_options *options,
                             struct hb_worker_allocator *allocator,
                             struct hb_worker_failure *failure)
{
    const char *path = options->allocator;
    *allocator = (struct hb_worker_allocator){0};
    if (load_path(path, HB_WORKER_PLUGIN_UNLOADABLE, &allocator->file, failure) != 0)
        return -1;
    allocator->plugin = hb_worker_own_symbol(allocator->file, "hb_allocator_plugin");
    if (allocator->plugin) {
        if (check_plugin(path, allocator->plugin, failure) != 0)
            return -1;
        (void)snprintf(allocator->name, sizeof allocator->name, "%s", allocator->plugin->name);
        return 0;
    }
    if (!hb_worker_own_symbol(allocator->file, "malloc") ||
        !hb_worker_own_symbol(allocator->file, "free"))
        return hb_worker_fail(failure, HB_WORKER_PLUGIN_SYMBOL,
                              "%s is neither a plugin (it exports no hb_allocator_plugin) nor a "
                              "malloc library (it exports no malloc and free of its own)",
                              path);
    stem_of(path, allocator->name, sizeof allocator->name);
    return 0;
}

/* Appends to text; what does not fit is cut. */
static void append(char *text, size_t text_bytes, const char *first, const char *second)
{
    const size_t length = strlen(text);
    (void)snprintf(text + length, text_bytes - length, "%s%s", first, second);
}

static int load_by_names(const char *const *names, struct hb_worker_allocator *allocator,
                         struct hb_worker_failure *failure)
{
    char tried[256] = "", why[256] = "";
    for (; *names && !allocator->library; names++) {
        allocator->library = load_file(*names);
        if (allocator->library)
            return 0;
        const char *text = reason(*names);
        append(tried, sizeof tried, tried[0] ? ", " : "", *names);
        /* "no such file" says less than any other reason: keep the first that says more. */
        if (!why[0] || (strstr(why, "No such file") && !strstr(text, "No such file")))
            (void)snprintf(why, sizeof why, "%s", text);
    }
    return hb_worker_fail(failure, HB_WORKER_LIBRARY_MISSING, "%s: cannot load %s: %s%s",
                          allocator->name, tried, why, remedy(why));
}

int hb_worker_load_library(const struct hb_worker_options *options,
                           struct hb_worker_allocator *allocator, struct hb_worker_failure *failure)
{
    const struct hb_allocator_plugin *plugin = allocator->plugin;
    const bool has_library = plugin && plugin->library_names && plugin->library_names[0];
    if (options->library && !has_library)
        return hb_worker_fail(failure, HB_WORKER_USAGE,
                              "--library %s: %s loads no library that it could replace",
                              options->library, allocator->name);
    if (options->library) {
        if (load_path(options->library, HB_WORKER_LIBRARY_MISSING, &allocator->library, failure) !=
            0)
            return -1;
    } else if (has_library) {
        if (load_by_names(plugin->library_names, allocator, failure) != 0)
            return -1;
    } else {
        allocator->library = allocator->file;
    }
    identify(allocator);
    return 0;
}

void *hb_worker_no_aligned_alloc(size_t alignment, size_t size)
{
    (void)alignment;
    (void)size;
    errno = ENOMEM;
    return NULL;
}

/* Resolves the plain malloc family through look_up(handle, name), which answers only with symbols
 * of the right file. What it lacks is the C library's: a wrapper passes its calls on to there, and
 * prove.c refuses who has a heap of its own. */
static void resolve_plain(struct hb_worker_allocator *allocator,
                          void *(*look_up)(void *handle, const char *name))
{
    static const char *const names[] = {"malloc", "calloc", "realloc", "free"};
    void *const libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    void *found[4], *aligned_alloc = look_up(allocator->library, "aligned_alloc");
    for (size_t i = 0; i < 4; i++) {
        found[i] = look_up(allocator->library, names[i]);
        if (found[i])
            continue;
        if (!allocator->borrowed)
            allocator->borrowed = names[i];
        found[i] = libc ? dlsym(libc, names[i]) : NULL;
    }
    if (!aligned_alloc) /* the same arguments, in the same order */
        aligned_alloc = look_up(allocator->library, "memalign");
    allocator->functions = (struct hb_allocator_functions){
        .malloc = (void *(*)(size_t))found[0],
        .calloc = (void *(*)(size_t, size_t))found[1],
        .realloc = (void *(*)(void *, size_t))found[2],
        .free = (void (*)(void *))found[3],
        .usable_size = (size_t(*)(void *))look_up(allocator->library, "malloc_usable_size"),
        .aligned_alloc =
            aligned_alloc ? (void *(*)(size_t, size_t))aligned_alloc : hb_worker_no_aligned_alloc,
    };
}

static int open_plugin(struct hb_worker_allocator *allocator, const struct hb_allocator_hint *hint,
                       struct hb_worker_failure *failure)
{
    const struct hb_allocator_plugin *plugin = allocator->plugin;
    const struct hb_allocator_functions *functions = &allocator->functions;
    char message[256] = "";
    if (plugin->open(library_for_plugin(allocator), hint, &allocator->functions, message,
                     sizeof message) != 0)
        return hb_worker_fail(failure, HB_WORKER_REFUSED, "%s: %s", plugin->name,
                              message[0] ? message : "its open() refused without a message");
    if (!functions->malloc || !functions->calloc || !functions->realloc || !functions->free ||
        !functions->aligned_alloc)
        return hb_worker_fail(failure, HB_WORKER_REFUSED,
                              "%s: its open() left one of malloc, calloc, realloc, free and "
                              "aligned_alloc unset",
                              plugin->name);
    return 0;
}

int hb_worker_resolve(struct hb_worker_allocator *allocator, const struct hb_allocator_hint *hint,
                      struct hb_worker_failure *failure)
{
    if (allocator->plugin)
        return open_plugin(allocator, hint, failure);
    resolve_plain(allocator, hb_worker_own_symbol);
    return 0;
}

/* --- preload -----------------------------------------------------------------------------------
 */

/* What stands in the way of the file, as far as it can be seen from outside. */
static const char *why_ignored(const char *path)
{
    unsigned char head[EI_NIDENT] = {0};
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return "there is no such file that could be read";
    const ssize_t count = read(fd, head, sizeof head);
    (void)close(fd);
    if (count < EI_NIDENT || memcmp(head, ELFMAG, SELFMAG) != 0)
        return "it is not an ELF file";
    if (head[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32))
        return sizeof(void *) == 8 ? "it is a 32-bit file" : "it is a 64-bit file";
    if (!getenv("LD_PRELOAD"))
        return "LD_PRELOAD is not in the environment";
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    return handle ? "it is loaded, but exports no malloc" : "the loader took something else";
}

static bool is_same_file(const char *left, const char *right)
{
    struct stat a, b;
    return stat(left, &a) == 0 && stat(right, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* As hb_worker_own_symbol, for what a plain call in this program would reach. */
static void *bound_symbol(void *handle, const char *name)
{
    void *address = dlsym(RTLD_DEFAULT, name);
    return address && map_of_address(address) == map_of_handle(handle) ? address : NULL;
}

int hb_worker_take_preloaded(const struct hb_worker_options *options,
                             struct hb_worker_allocator *allocator,
                             struct hb_worker_failure *failure)
{
    void *address = dlsym(RTLD_DEFAULT, "malloc");
    const struct link_map *map = map_of_address(address);
    const char *from = map ? map->l_name : "nowhere";
    void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    *allocator = (struct hb_worker_allocator){0};
    if (options->allocator)
        stem_of(options->allocator, allocator->name, sizeof allocator->name);
    if (!map || (!options->preloaded && map != map_of_handle(libc)))
        return hb_worker_fail(failure, HB_WORKER_PRELOAD_IGNORED,
                              "nothing was to be preloaded, but malloc comes from %s", from);
    if (options->preloaded && !is_same_file(from, options->preloaded))
        return hb_worker_fail(failure, HB_WORKER_PRELOAD_IGNORED,
                              "%s was to be preloaded, but malloc comes from %s: %s",
                              options->preloaded, from, why_ignored(options->preloaded));
    allocator->library = dlopen(from, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    if (!allocator->library)
        return hb_worker_fail(failure, HB_WORKER_PRELOAD_IGNORED, "%s: %s", from, reason(from));
    allocator->file = allocator->library;
    canonical_path(allocator->library, allocator->path, sizeof allocator->path);
    resolve_plain(allocator, bound_symbol);
    return 0;
}
