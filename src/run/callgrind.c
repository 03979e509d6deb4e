/* A pass for instructions: see callgrind.h. */
#include "run/callgrind.h"

#include "host/probe.h"
#include "result/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM        "valgrind"
#define PATH_DEFAULT   "/usr/local/bin:/usr/bin:/bin"
#define CALLGRIND      "callgrind"
#define HARDWARE       "hardware"
#define FILE_BYTES_MAX ((size_t)64 << 20) /* it lists every function that ran */

/* ---- what there is ---- */

/* Where valgrind is: by PATH. Static, found once. */
static const char *program_path(void)
{
    static char path[HB_PATH_MAX];
    const char *folders = getenv("PATH");
    if (path[0])
        return path;
    for (const char *at = folders && *folders ? folders : PATH_DEFAULT; *at;
         at += strspn(at, ":")) {
        const size_t length = strcspn(at, ":");
        if (hb_copy_path(path, NULL, "%.*s/" PROGRAM, (int)length, at) == 0 && path[0] == '/' &&
            access(path, X_OK) == 0)
            return path;
        at += length;
    }
    path[0] = '\0';
    return NULL;
}

/* "valgrind-3.19.0" -> "callgrind 3.19.0". False where it does not start. */
static bool read_version(char source[HB_NAME_MAX])
{
    char command[HB_PATH_MAX + 32], line[HB_NAME_MAX] = "";
    const char *path = program_path();
    if (!path)
        return false;
    (void)snprintf(command, sizeof command, "'%s' --version 2>/dev/null", path);
    FILE *stream = popen(command, "re"); // NOLINT(cert-env33-c): a path of PATH, quoted
    const bool is_read = stream && fgets(line, sizeof line, stream);
    const bool is_done = stream && pclose(stream) == 0;
    line[strcspn(line, "\n")] = '\0';
    if (!is_read || !is_done || strncmp(line, PROGRAM "-", strlen(PROGRAM) + 1) != 0)
        return false;
    (void)snprintf(source, HB_NAME_MAX, CALLGRIND " %.40s", line + strlen(PROGRAM) + 1);
    return true;
}

int hb_tally_choose(const char *word, bool of_programs, char source[HB_NAME_MAX],
                    struct hb_err *err)
{
    const bool any = strcmp(word, "instructions") == 0, hardware = strcmp(word, HARDWARE) == 0;
    char why[HB_PROBE_REASON] = "";
    source[0] = '\0';
    if (!any && !hardware && strcmp(word, CALLGRIND) != 0)
        return hb_err_set(err, HB_ERR_USAGE,
                          "--count %s: expected instructions (by what the machine has), callgrind "
                          "or hardware",
                          word);
    if (hardware && of_programs)
        return hb_err_set(err, HB_ERR_USAGE,
                          "--count hardware: of programs only callgrind counts instructions");
    if (!hardware && read_version(source))
        return 0;
    if (of_programs || !(any || hardware))
        return hb_err_set(err, HB_ERR_SYSTEM,
                          "--count %s: valgrind is not installed (apt install valgrind)", word);
    if (hb_probe_perf(why)) {
        (void)snprintf(source, HB_NAME_MAX, HARDWARE);
        return 0;
    }
    return hb_err_set(err, HB_ERR_SYSTEM,
                      "--count %s: %sthis machine's hardware counters cannot be had: %s", word,
                      any ? "valgrind is not installed (apt install valgrind), and " : "", why);
}

enum hb_tally hb_tally_of(const char *source)
{
    return !source[0]                      ? HB_TALLY_NONE
           : strcmp(source, HARDWARE) == 0 ? HB_TALLY_HARDWARE
                                           : HB_TALLY_CALLGRIND;
}

/* ---- callgrind ---- */

/* What hb_worker_measured runs on its own thread, but for its waiting until another ends, and what
 * it starts others for: a thread begins with its counting off. */
static const char *const of_loop[] = {
    "--toggle-collect=hb_worker_measured",        "--toggle-collect=hb_worker_measured_life",
    "--toggle-collect=hb_worker_measured_member", "--toggle-collect=hb_worker_measured_aside",
    "--toggle-collect=hb_worker_measured_join",   "--collect-atstart=no"};
/* A child that is forked begins with its parent's sums: those are written out before. valgrind
 * makes a fork of vfork too, and of posix_spawn, of which glibc has two versions, named
 * name@version. */
static const char *const of_tree[] = {"--trace-children=yes", "--dump-before=fork",
                                      "--dump-before=_Fork", "--dump-before=__libc_fork",
                                      "--dump-before=vfork", "--dump-before=__vfork",
                                      "--dump-before=posix_spawn", "--dump-before=posix_spawnp",
                                      "--dump-before=posix_spawn@*", "--dump-before=posix_spawnp@*",
                                      /* Of an exec nothing comes back to write sums. */
                                      "--dump-before=execve", "--dump-before=__execve",
                                      "--dump-before=execveat", "--dump-before=fexecve"};

void hb_callgrind_words(const char *output, bool is_tree, char storage[HB_PATH_MAX],
                        const char *words[HB_CALLGRIND_WORDS])
{
    static const char *const fixed[] = {"--tool=callgrind",  "-q",
                                        "--fair-sched=try", /* threads in turns, not at random */
                                        "--cache-sim=yes",   "--branch-sim=yes",
                                        "--I1=32768,8,64",   "--D1=32768,8,64",
                                        "--LL=8388608,16,64"};
    const char *path = program_path();
    size_t count = 0;
    words[count++] = path ? path : PROGRAM;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        words[count++] = fixed[i];
    (void)snprintf(storage, HB_PATH_MAX, "--callgrind-out-file=%.900s", output);
    words[count++] = storage;
    const char *const *more = is_tree ? of_tree : of_loop;
    const size_t more_count = (is_tree ? sizeof of_tree : sizeof of_loop) / sizeof *more;
    for (size_t i = 0; i < more_count; i++)
        words[count++] = more[i];
    words[count] = NULL;
}

/* What each of callgrind's events is a part of; NULL: of nothing here. */
static double *part_of(const char *event, size_t length, struct hb_callgrind_sums *sums)
{
    static const struct {
        const char *event;
        size_t offset;
    } parts[] = {
#define PART(event, sum) {event, offsetof(struct hb_callgrind_sums, sum)}
        PART("Ir", instructions), PART("Bc", branches),    PART("Bi", branches),
        PART("I1mr", l1_misses),  PART("D1mr", l1_misses), PART("D1mw", l1_misses),
        PART("ILmr", ll_misses),  PART("DLmr", ll_misses), PART("DLmw", ll_misses),
#undef PART
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strlen(parts[i].event) == length && strncmp(parts[i].event, event, length) == 0)
            return (double *)((char *)sums +
                              parts[i].offset); // NOLINT(bugprone-casting-through-void)
    }
    return NULL;
}

/* The rest of the line that begins with key; NULL: there is none. */
static const char *line_of(const char *text, const char *key)
{
    const size_t length = strlen(key);
    while (text && strncmp(text, key, length) != 0) {
        text = strchr(text, '\n');
        text += text != NULL;
    }
    return text ? text + length : NULL;
}

/* events: Ir Dr Dw ...
 * totals: 38018531 8007052 ...     (zeros at the end are left out) */
int hb_callgrind_add(const char *text, struct hb_callgrind_sums *sums)
{
    const char *events = line_of(text, "events: "), *totals = line_of(text, "totals: ");
    if (!events || !totals || strncmp(events, "Ir", 2) != 0)
        return -1;
    while (*events && *events != '\n') {
        const size_t length = strcspn(events, " \n");
        double *part = part_of(events, length, sums);
        char *end;
        const double value = strtod(totals, &end);
        if (part && end != totals && *totals != '\n')
            *part += value;
        totals = *totals == '\n' ? totals : end + (*end == ' ');
        events += length + (events[length] == ' ');
    }
    return 0;
}

/* Whether a program wrote it because it was about to end, or to become another:
 * desc: Trigger: Program termination      (or --dump-before=execve) */
static bool is_last(const char *text)
{
    const char *trigger = line_of(text, "desc: Trigger: ");
    return trigger && (strncmp(trigger, "Program termination", 19) == 0 ||
                       memmem(trigger, strcspn(trigger, "\n"), "exec", 4) != NULL);
}

/* *last stays what it was where it is not. */
static int read_file(const char *path, struct hb_callgrind_sums *sums, bool *last)
{
    struct hb_buf text = {0};
    struct hb_err ignored = {0};
    const int status = hb_file_read(path, FILE_BYTES_MAX, &text, &ignored) == 0 && text.size
                           ? hb_callgrind_add(hb_buf_string(&text), sums)
                           : -1;
    *last |= status == 0 && is_last(hb_buf_string(&text));
    hb_buf_free(&text);
    return status;
}

int hb_callgrind_read(const char *path, struct hb_callgrind_sums *sums)
{
    bool ignored = false;
    return read_file(path, sums, &ignored);
}

/* What one program left: several files where it forked, the last of which says that it was to end.
 */
static bool read_image(const char *folder, struct hb_callgrind_sums *sums)
{
    DIR *files = opendir(folder);
    bool is_whole = false, is_good = true;
    for (const struct dirent *entry; files && (entry = readdir(files));) {
        char path[HB_PATH_MAX];
        struct stat about;
        if (entry->d_name[0] == '.' ||
            hb_copy_path(path, NULL, "%s/%s", folder, entry->d_name) != 0)
            continue;
        if (stat(path, &about) == 0 && about.st_size == 0)
            continue; /* made when it began */
        is_good &= read_file(path, sums, &is_whole) == 0;
    }
    if (files)
        (void)closedir(files);
    return is_good && is_whole;
}

bool hb_callgrind_read_folder(const char *folder, struct hb_callgrind_sums *sums,
                              char why[HB_REASON_MAX])
{
    DIR *images = opendir(folder);
    size_t good = 0, bad = 0;
    for (const struct dirent *entry; images && (entry = readdir(images));) {
        char path[HB_PATH_MAX];
        if (entry->d_name[0] == '.')
            continue;
        const bool is_good =
            hb_copy_path(path, NULL, "%s/%s", folder, entry->d_name) == 0 && read_image(path, sums);
        good += is_good;
        bad += !is_good;
    }
    if (images)
        (void)closedir(images);
    if (good && !bad)
        return true;
    if (!bad)
        (void)snprintf(why, HB_REASON_MAX, "callgrind wrote no sums");
    else
        (void)snprintf(
            why, HB_REASON_MAX,
            "%zu of the %zu programs that its processes ran left no sums: killed, replaced "
            "without the C library's exec, or larger than %zu MiB",
            bad, good + bad, FILE_BYTES_MAX >> 20);
    return false;
}
