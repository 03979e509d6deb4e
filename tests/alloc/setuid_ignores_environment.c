/* Case 66: in a set-user-ID program no variable of the environment makes the allocator speak.
 * Linked: yes
 * The loader does not preload there, so the program is linked with the allocator. What each
 * allocator's variables are for is not told here: only that they make it write when not ignored.
 * Read next: run.sh (Linked). */
#include "promise.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>

enum { NOT_REACHED = 70, NOT_SECURE = 71, NOBODY = 65534 };

static const char *const speaking[][2] = {
    {"HAKMEM_SS_OS_STATS", "1"},
    {"MIMALLOC_VERBOSE", "1"},
    {"MIMALLOC_SHOW_STATS", "1"},
    {"MALLOC_CONF", "stats_print:true,no_such_option:1"},
    {"TCMALLOC_LARGE_ALLOC_REPORT_THRESHOLD", "1000000"},
    {"PERFTOOLS_VERBOSE", "10"},
    {"TBB_VERSION", "1"},
    {"TBBMALLOC_SET_HUGE_SIZE_THRESHOLD", "x"},
};

static const char *copy;

static void set_speaking(void)
{
    for (size_t i = 0; i < sizeof speaking / sizeof speaking[0]; i++)
        setenv(speaking[i][0], speaking[i][1], 1);
}

static void start(void)
{
    set_speaking();
    execl("/proc/self/exe", "again", "plain", (char *)NULL);
    _exit(NOT_REACHED);
}

static void start_as_nobody(void)
{
    set_speaking();
    if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        _exit(NOT_REACHED);
    execl(copy, "again", "secure", (char *)NULL);
    _exit(NOT_REACHED);
}

static int copy_with_set_user_id(const char *to)
{
    char bytes[65536];
    ssize_t got;
    const int in = open("/proc/self/exe", O_RDONLY);
    const int out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0700);
    if (in < 0 || out < 0)
        return -1;
    while ((got = read(in, bytes, sizeof bytes)) > 0)
        if (write(out, bytes, (size_t)got) != got)
            return -1;
    close(in);
    return fchmod(out, 04755) == 0 && close(out) == 0 ? 0 : -1;
}

/* Uses the allocator, so that there is something to speak of. */
static int again(const char *how)
{
    if (strcmp(how, "secure") == 0 && getauxval(AT_SECURE) == 0)
        return NOT_SECURE;
    for (size_t bytes = 1; bytes < 20000000; bytes *= 2) {
        void *block = malloc(bytes);
        HIDDEN(block);
        free(block);
    }
    return 0;
}

int main(int argc, char **argv)
{
    char said[4096], folder[] = "/tmp/alloc-setuid-XXXXXX", path[64];
    if (argc > 1)
        return again(argv[1]);
    if (geteuid() != 0)
        return skipped("only root makes a set-user-ID program of root's");
    CHECK(in_child(start, said, sizeof said) == 0);
    if (said[0] == '\0')
        return skipped("no variable known here makes this allocator speak");
    if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0)
        return skipped("no folder for a set-user-ID copy");
    snprintf(path, sizeof path, "%s/program", folder);
    copy = path;
    const int is_copied = copy_with_set_user_id(path) == 0;
    const int status = is_copied ? in_child(start_as_nobody, said, sizeof said) : 0;
    unlink(path);
    rmdir(folder);
    const int end = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (!is_copied || end == NOT_REACHED || end == NOT_SECURE || end == 126 || end == 127)
        return skipped("set-user-ID programs do not start as such here");
    if (status != 0 || said[0] != '\0') {
        fprintf(stderr, "%s, and said: %s\n", end_of(status), said);
        return 1;
    }
    return 0;
}
