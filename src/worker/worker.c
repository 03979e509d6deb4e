/* hakbench-worker: measures one allocator with one workload, once, and ends.
 * Reports through the runner's mapping; started by hand it prints one line instead.
 * Read next: shm.h (phases), load.c, prove.c, measure.c. */
#include "worker/worker.h"

#include "base/cpuset.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: hakbench-worker --allocator FILE --workload FILE [--library FILE]\n"
    "                       [--via dlopen|preload] [--preloaded FILE] [--cpus 0-3,8] [--check]\n"
    "                       [--named NAME] [key=value ...]\n"
    "       hakbench-worker --describe-allocator FILE [--library FILE] [--open]\n"
    "       hakbench-worker --describe-workload FILE [key=value ...]\n"
    "FILE of --allocator: a plugin, or any library that exports malloc and free.\n"
    "Values are plain numbers in the workload's own representation: 20000000, not 20M.\n";

/* In the list's order, which is that of the threads. */
static int parse_cpus(const char *list, struct hb_worker_options *options)
{
    while (list) {
        unsigned long cpu, last;
        if (!hb_cpuset_part(&list, &cpu, &last))
            return -1;
        for (; cpu <= last; cpu++) {
            if (options->cpu_count == HB_WORKER_CPUS_MAX)
                return -1;
            options->cpus[options->cpu_count++] = (uint32_t)cpu;
        }
    }
    return 0;
}

static int parse_via(const char *text, struct hb_worker_options *options)
{
    options->preload = strcmp(text, "preload") == 0;
    return options->preload || strcmp(text, "dlopen") == 0 ? 0 : -1;
}

static int set_text(const char **text, const char *value)
{
    *text = value;
    return *value ? 0 : -1;
}

/* One option with its value. 1: no such option. */
static int parse_option(const char *name, const char *value, struct hb_worker_options *options)
{
    if (strcmp(name, "--allocator") == 0)
        return set_text(&options->allocator, value);
    if (strcmp(name, "--workload") == 0)
        return set_text(&options->workload, value);
    if (strcmp(name, "--library") == 0)
        return set_text(&options->library, value);
    if (strcmp(name, "--preloaded") == 0)
        return set_text(&options->preloaded, value);
    if (strcmp(name, "--named") == 0)
        return set_text(&options->named, value);
    if (strcmp(name, "--via") == 0)
        return parse_via(value, options);
    if (strcmp(name, "--cpus") == 0)
        return parse_cpus(value, options);
    if (strcmp(name, "--describe-allocator") == 0) {
        options->describe_allocator = true;
        return set_text(&options->allocator, value);
    }
    if (strcmp(name, "--describe-workload") == 0) {
        options->describe_workload = true;
        return set_text(&options->workload, value);
    }
    return 1;
}

static int parse_words(int argc, char **argv, struct hb_worker_options *options,
                       struct hb_worker_failure *failure)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (strcmp(word, "--open") == 0) {
            options->open = true;
        } else if (strcmp(word, "--check") == 0) {
            options->check = true;
        } else if (strncmp(word, "--", 2) != 0) {
            if (options->setting_count == HB_WORKER_SETTINGS_MAX)
                return hb_worker_fail(failure, HB_WORKER_USAGE, "more than %u key=value words",
                                      HB_WORKER_SETTINGS_MAX);
            options->settings[options->setting_count++] = word;
        } else {
            const char *value = i + 1 < argc ? argv[++i] : "";
            const int status = parse_option(word, value, options);
            if (status != 0)
                return hb_worker_fail(failure, HB_WORKER_USAGE,
                                      status > 0 ? "unknown option %s" : "%s cannot be \"%s\"",
                                      word, value);
        }
    }
    return 0;
}

static int check_options(const struct hb_worker_options *options, struct hb_worker_failure *failure)
{
    if (options->describe_allocator || options->describe_workload)
        return 0;
    if (!options->workload || (!options->allocator && !options->preload))
        return hb_worker_fail(failure, HB_WORKER_USAGE, "--allocator and --workload are needed");
    if (options->preload && options->library)
        return hb_worker_fail(failure, HB_WORKER_USAGE,
                              "--library goes with --via dlopen; --preloaded names the file here");
    if (!options->preload && options->preloaded)
        return hb_worker_fail(failure, HB_WORKER_USAGE, "--preloaded goes with --via preload");
    return 0;
}

/* Loads and proves: everything between the phases BASE and LOADED. With --via preload the plugin
 * stays out of the process: a real program would not have it either. */
static int load(const struct hb_worker_options *options, struct hb_worker_allocator *allocator,
                const struct hb_workload **workload, uint64_t *values,
                struct hb_worker_failure *failure)
{
    struct hb_allocator_hint hint;
    if (hb_worker_load_workload(options->workload, workload, failure) != 0 ||
        hb_worker_values(*workload, options, values, &hint, failure) != 0)
        return -1;
    if (options->preload) {
        if (hb_worker_take_preloaded(options, allocator, failure) != 0)
            return -1;
    } else if (hb_worker_open_allocator(options, allocator, failure) != 0 ||
               hb_worker_load_library(options, allocator, failure) != 0 ||
               hb_worker_resolve(allocator, &hint, failure) != 0) {
        return -1;
    }
    if (hb_worker_prove_name(options->named, allocator, failure) != 0)
        return -1;
    if (allocator->functions.thread_init)
        allocator->functions.thread_init();
    return hb_worker_prove(allocator, &hint, failure);
}

static void publish(const struct hb_worker_allocator *allocator, const struct hb_workload *workload,
                    const uint64_t *values, struct hb_shm *shm)
{
    shm->is_paced = workload->is_paced;
    shm->threads = (uint32_t)values[HB_PARAMETER_THREADS];
    (void)snprintf(shm->allocator_name, sizeof shm->allocator_name, "%s", allocator->name);
    (void)snprintf(shm->library_path, sizeof shm->library_path, "%s", allocator->path);
    (void)snprintf(shm->library_version, sizeof shm->library_version, "%s", allocator->version);
}

static int measure_once(const struct hb_worker_options *options,
                        const struct hb_worker_channel *channel, struct hb_worker_failure *failure)
{
    static struct hb_worker_allocator allocator;
    static uint64_t values[HB_WORKER_PARAMETERS_MAX];
    const struct hb_workload *workload;
    channel->shm->timer_ns = hb_worker_timer_ns();
    hb_worker_phase(channel, HB_PHASE_BASE);
    if (load(options, &allocator, &workload, values, failure) != 0)
        return -1;
    publish(&allocator, workload, values, channel->shm);
    if (hb_worker_run(channel, options, &allocator, workload, values, failure) != 0)
        return -1;
    hb_worker_phase(channel, HB_PHASE_FINISHED);
    return 0;
}

static void say(int fd, const char *text)
{
    size_t length = strlen(text);
    while (length > 0) {
        const ssize_t count = write(fd, text, length);
        if (count <= 0)
            return;
        text += count;
        length -= (size_t)count;
    }
}

/* "-" where the loop slept: the time is not the allocator's. */
static void rates_text(const struct hb_shm *shm, uint64_t operations, uint64_t elapsed, char *text,
                       size_t text_bytes)
{
    const uint64_t picoseconds =
        operations ? (uint64_t)((unsigned __int128)elapsed * 1000 / operations) : 0;
    const uint64_t kilo = (uint64_t)((unsigned __int128)operations * 1000000 / elapsed);
    if (shm->is_paced)
        (void)snprintf(text, text_bytes, "ns_per_operation=- million_operations_per_s=-");
    else
        (void)snprintf(
            text, text_bytes, "ns_per_operation=%llu.%03llu million_operations_per_s=%llu.%03llu",
            (unsigned long long)(picoseconds / 1000), (unsigned long long)(picoseconds % 1000),
            (unsigned long long)(kilo / 1000), (unsigned long long)(kilo % 1000));
}

/* The one line of a worker started by hand; integers only, so that printing does not allocate. */
static void say_result(const struct hb_shm *shm)
{
    char line[2048], rates[128];
    uint64_t start = UINT64_MAX, end = 0, operations = 0;
    for (uint32_t i = 0; i < shm->threads; i++) {
        const struct hb_shm_thread *thread = &shm->thread[i];
        const uint64_t last = thread->slice_end_ns[shm->slices - 1];
        start = thread->start_ns < start ? thread->start_ns : start;
        end = last > end ? last : end;
        operations += thread->operations;
    }
    const uint64_t elapsed = end > start ? end - start : 1;
    rates_text(shm, operations, elapsed, rates, sizeof rates);
    (void)snprintf(
        line, sizeof line,
        "allocator=%s version=%s operations=%llu threads=%u elapsed_ns=%llu %s timer_ns=%llu "
        "library=%s\n",
        shm->allocator_name, shm->library_version[0] ? shm->library_version : "-",
        (unsigned long long)operations, shm->threads, (unsigned long long)elapsed, rates,
        (unsigned long long)shm->timer_ns, shm->library_path);
    say(STDOUT_FILENO, line);
}

void hb_worker_give_up(const struct hb_worker_channel *channel,
                       const struct hb_worker_failure *failure)
{
    if (channel->shm && !channel->by_hand) {
        (void)snprintf(channel->shm->error_text, sizeof channel->shm->error_text, "%s",
                       failure->text);
        channel->shm->error = failure->error;
        _exit(1);
    }
    say(STDERR_FILENO, "hakbench-worker: ");
    say(STDERR_FILENO, failure->text);
    say(STDERR_FILENO, "\n");
    if (failure->error == HB_WORKER_USAGE)
        say(STDERR_FILENO, usage);
    _exit(1);
}

int main(int argc, char **argv)
{
    struct hb_worker_options options = {0};
    struct hb_worker_failure failure = {0};
    struct hb_worker_channel channel = {0};
    if (argc == 2 && strcmp(argv[1], "--nothing") == 0)
        return 0; /* what starting a program costs: hakbench exec */
    const bool usable =
        parse_words(argc, argv, &options, &failure) == 0 && check_options(&options, &failure) == 0;
    if (usable && options.describe_allocator)
        return hb_worker_describe_allocator(&options);
    if (usable && options.describe_workload)
        return hb_worker_describe_workload(&options);
    struct hb_worker_failure no_channel = {0};
    if (hb_worker_channel_open(&channel, &no_channel) != 0)
        hb_worker_give_up(&channel, &no_channel);
    if (!usable || measure_once(&options, &channel, &failure) != 0)
        hb_worker_give_up(&channel, &failure);
    if (channel.by_hand)
        say_result(channel.shm);
    return 0;
}
