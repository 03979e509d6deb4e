/* What a session's workers are asked to do: see request.h. */
#include "run/request.h"

#include "base/buf.h"
#include "base/copy.h"
#include "plan/plan.h"
#include "result/file.h"
#include "run/cpus.h"
#include "run/paramfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "NAME=value NAME=value" from the profile's environment; owned by the caller. */
static char *profile_environment(const struct hb_profile *profile)
{
    struct hb_buf text = {0};
    for (size_t i = 0; i < profile->environment_count; i++)
        hb_buf_printf(&text, "%s%s=%s", text.size ? " " : "", profile->environment[i].name,
                      profile->environment[i].text);
    return hb_buf_take(&text);
}

int hb_request_maker_open(struct hb_request_maker *maker, const struct hb_places *places,
                          const struct hb_session *session, struct hb_err *err)
{
    *maker = (struct hb_request_maker){.places = places, .session = session};
    if (hb_copy_path(maker->workload_path, err, "%s/%s.so", places->workloads, session->workload) !=
        0)
        return -1;
    if (hb_cpus_parse(session->host.cpus_used, &maker->cpus) != 0)
        return hb_err_set(err, HB_ERR_USAGE, "the session's CPU list \"%s\" cannot be read",
                          session->host.cpus_used);
    maker->environment = profile_environment(hb_session_profile(session));
    maker->parameters = calloc(session->parameter_count + 1, sizeof *maker->parameters);
    if (!maker->parameters)
        return hb_err_memory(err, NULL);
    return hb_paramfile_open(places, session, &maker->file_fd, err);
}

int hb_request_maker_refresh(struct hb_request_maker *maker, struct hb_session *session,
                             struct hb_journal *journal, struct hb_err *err)
{
    struct hb_host_info *host = &session->host;
    const uint32_t threads = hb_session_threads_most(session);
    const size_t used = strlen(host->cpus_before);
    if (hb_cpus_usable(host->cpus_used))
        return 0;
    (void)snprintf(host->cpus_before + used, sizeof host->cpus_before - used, "%s%s",
                   used ? "; " : "", host->cpus_used);
    if (hb_cpus_choose(threads, host, err) != 0)
        return -1;
    if (hb_cpus_parse(host->cpus_used, &maker->cpus) != 0)
        return hb_err_set(err, HB_ERR_SYSTEM, "there is no CPU left to measure on");
    hb_cpus_keep_off(&maker->cpus);
    return journal ? hb_journal_update_host(journal, host, err) : 0;
}

void hb_request_maker_free(struct hb_request_maker *maker)
{
    free(maker->environment);
    free(maker->parameters);
    if (maker->file_fd > 0)
        (void)close(maker->file_fd);
    hb_cpus_use_all();
    *maker = (struct hb_request_maker){0};
}

#define TALLY_OPERATIONS UINT64_C(1000000)  /* callgrind takes some 3 s for them */
#define WARMUP_SHARE_MAX UINT64_C(10000000) /* parts in a million: as the workloads have it */

void hb_request_tally(struct hb_request_maker *maker, enum hb_tally tally,
                      struct hb_request *request)
{
    struct hb_parameter_value *operations = &maker->parameters[HB_PARAMETER_OPERATIONS];
    struct hb_parameter_value *warmup = &maker->parameters[HB_PARAMETER_WARMUP];
    if (operations->value > TALLY_OPERATIONS) {
        const double longer = (double)operations->value / (double)TALLY_OPERATIONS;
        const double share = (double)warmup->value * longer;
        warmup->value = share < (double)WARMUP_SHARE_MAX ? (uint64_t)share : WARMUP_SHARE_MAX;
        operations->value = TALLY_OPERATIONS;
    }
    request->tally = tally;
    request->clock_path = tally == HB_TALLY_CALLGRIND ? maker->places->clock : NULL;
    request->randomize = false;
    request->memory_limit_bytes = 0;
}

void hb_request_make(struct hb_request_maker *maker, uint32_t allocator, uint32_t point,
                     uint64_t seed, bool count_syscalls, struct hb_request *request)
{
    const struct hb_session *session = maker->session;
    const struct hb_profile *profile = hb_session_profile(session);
    const struct hb_allocator_entry *entry = &session->allocators[allocator];
    const bool preload = strcmp(entry->via, "preload") == 0;
    *request = (struct hb_request){
        .worker_path = maker->places->worker,
        .allocator_path = entry->plugin_path,
        .allocator_name = entry->name,
        .preload_path = preload ? entry->preload_path : NULL,
        .workload_path = maker->workload_path,
        .environment = {maker->environment, entry->environment, NULL},
        .parameters = maker->parameters,
        .parameter_count = session->parameter_count,
        .seed = seed,
        .slices = profile->slices,
        .cpus = maker->cpus,
        .count_syscalls = count_syscalls,
        .randomize = profile->aslr,
        /* Each traced system call costs microseconds; an honest pass may take many times longer. */
        .watchdog_s = (double)profile->watchdog_s * (count_syscalls ? 10 : 1),
        .memory_limit_bytes = session->soak.memory_limit_bytes ? session->soak.memory_limit_bytes
                                                               : profile->memory_limit_bytes,
        .file_fd = maker->file_fd,
    };
    HB_COPY(request->cpu_list, session->host.cpus_used);
    (void)hb_session_parameters_at(session, point, maker->parameters);
}

const char *hb_request_refusal(const struct hb_session *session,
                               const struct hb_allocator_entry *entry)
{
    if (!session->profile || strcmp(session->profile->via, entry->via) == 0 ||
        entry->role == HB_ROLE_FLOOR)
        return NULL;
    return "it cannot be preloaded: its plugin names no file for LD_PRELOAD";
}

static int note_path(struct hb_allocator_entry *entry, const struct hb_loaded *loaded,
                     struct hb_err *err)
{
    char sha256[HB_SHA256_TEXT];
    struct stat status;
    if (stat(loaded->library_path, &status) != 0 || !S_ISREG(status.st_mode))
        return hb_err_set(err, HB_ERR_USAGE, "it says that it loaded %.300s: no such file",
                          loaded->library_path);
    if (hb_sha256_file(loaded->library_path, sha256, err) != 0)
        return -1;
    HB_COPY(entry->library_path, loaded->library_path);
    HB_COPY(entry->library_sha256, sha256);
    return 0;
}

int hb_request_note_library(struct hb_allocator_entry *entry, const struct hb_loaded *loaded,
                            struct hb_journal *journal, struct hb_err *err)
{
    const bool is_known = strcmp(entry->library_path, loaded->library_path) == 0;
    const bool is_version_known =
        !loaded->library_version[0] || strcmp(entry->library_version, loaded->library_version) == 0;
    if (!loaded->library_path[0] || (is_known && is_version_known))
        return 0;
    if (!is_known && note_path(entry, loaded, err) != 0)
        return 1;
    if (!is_version_known)
        HB_COPY(entry->library_version, loaded->library_version);
    return journal ? hb_journal_update_allocator(journal, entry, err) : 0;
}
