/* The tables that both directions of a result share: see session_fields.h. */
#include "result/session_fields.h"

#define SESSION(kind, field)       HB_FIELD(kind, struct hb_session, field)
#define SESSION_LATER(kind, field) HB_FIELD_LATER(kind, struct hb_session, field)
const struct hb_json_field hb_json_session_fields[] = {
    HB_FIELD_NAMED(struct hb_session, kind, hb_session_kind_names, HB_KIND_COUNT),
    SESSION_LATER(TEXT_OR_NULL, imported_from),
    SESSION(BOOL, partial),
    SESSION(TEXT, tool_version),
    SESSION(TEXT_OR_NULL, tool_commit),
    SESSION(OWNED_TEXT, command_line),
    SESSION(TEXT, started_at),
    SESSION(TEXT_OR_NULL, ended_at),
    SESSION(DOUBLE, harness_s),
    SESSION(DOUBLE, workers_s),
    SESSION(U64, seed),
    SESSION(TEXT_OR_NULL, plan_key),
    SESSION(U32, blocks),
    SESSION(U32, jobs_planned),
    SESSION(TEXT, workload),
    SESSION(TEXT_OR_NULL, workload_sha256),
};

#define HOST(kind, field) HB_FIELD(kind, struct hb_host_info, field)
const struct hb_json_field hb_json_host_fields[] = {
    HOST(TEXT_OR_NULL, hostname),    HOST(TEXT_OR_NULL, machine_id_hash),
    HOST(TEXT_OR_NULL, class_key),   HOST(TEXT_OR_NULL, os),
    HOST(TEXT_OR_NULL, kernel),      HOST(TEXT_OR_NULL, arch),
    HOST(TEXT_OR_NULL, libc),        HOST(TEXT_OR_NULL, hypervisor),
    HOST(TEXT_OR_NULL, cpu_model),   HOST(U32, cpu_count),
    HOST(TEXT_OR_NULL, cpus_used),   HOST(TEXT_OR_NULL, cpu_governor),
    HOST(TEXT_OR_NULL, turbo),       HOST(TEXT_OR_NULL, clocksource),
    HOST(U64, memory_bytes),         HOST(U64, page_bytes),
    HOST(TEXT_OR_NULL, thp_enabled), HOST(TEXT_OR_NULL, thp_defrag),
    HOST(INT_OR_NULL, aslr),         HOST(INT_OR_NULL, overcommit),
    HOST(DOUBLE, load1_start),       HOST(DOUBLE, load1_end),
};

/* Later than the first results: a file without them is none the worse. */
const struct hb_json_field hb_json_host_later_fields[] = {
    HOST(TEXT_OR_NULL, cpus_before), HOST(TEXT_OR_NULL, others),    HOST(TEXT_OR_NULL, refused),
    HOST(DOUBLE, cpu_quota),         HOST(U64, memory_limit_bytes), HOST(U64, throttled_ns),
};

#define ALLOCATOR(kind, field) HB_FIELD(kind, struct hb_allocator_entry, field)
const struct hb_json_field hb_json_allocator_fields[] = {
    ALLOCATOR(TEXT, label),
    ALLOCATOR(TEXT, name),
    ALLOCATOR(TEXT_OR_NULL, variant),
    ALLOCATOR(TEXT_OR_NULL, environment),
    HB_FIELD_NAMED(struct hb_allocator_entry, role, hb_role_names, HB_ROLE_COUNT),
    ALLOCATOR(TEXT, via),
    ALLOCATOR(TEXT_OR_NULL, plugin_path),
    ALLOCATOR(TEXT_OR_NULL, plugin_sha256),
    HB_FIELD_LATER(TEXT_OR_NULL, struct hb_allocator_entry, preload_path),
    ALLOCATOR(TEXT_OR_NULL, library_path),
    ALLOCATOR(TEXT_OR_NULL, library_version),
    ALLOCATOR(TEXT_OR_NULL, library_sha256),
    ALLOCATOR(TEXT_OR_NULL, licence),
    ALLOCATOR(TEXT_OR_NULL, missing_reason),
};

#define JOB(kind, field) HB_FIELD(kind, struct hb_job, field)
const struct hb_json_field hb_json_job_fields[] = {
    JOB(U32, index),
    JOB(U32, block),
    JOB(U32, attempt),
    HB_FIELD_NAMED(struct hb_job, kind, hb_job_kind_names, HB_JOB_KIND_COUNT),
    JOB(U64, seed),
    JOB(TEXT_OR_NULL, started_at),
    HB_FIELD_NAMED(struct hb_job, status, hb_job_status_names, HB_STATUS_COUNT),
    JOB(TEXT_OR_NULL, reason),
    JOB(DOUBLE, wall_s),
};

#define SOAK(kind, field) HB_FIELD(kind, struct hb_soak, field)
const struct hb_json_field hb_json_soak_fields[] = {
    SOAK(DOUBLE, duration_s),    SOAK(DOUBLE, epoch_s),
    SOAK(U64, epoch_operations), SOAK(U32, warmup_epochs),
    SOAK(BOOL, fresh),           SOAK(U32, rounds),
    SOAK(TEXT, control),         SOAK(U64, memory_limit_bytes),
    SOAK(DOUBLE, timer_ns),
};

#define EPOCH(kind, field) HB_FIELD(kind, struct hb_epoch, field)
const struct hb_json_field hb_json_epoch_fields[] = {
    EPOCH(U32, index),
    EPOCH(U32, round),
    EPOCH(U32, process),
    EPOCH(TEXT_OR_NULL, phase),
    EPOCH(DOUBLE, started_s),
    HB_FIELD_NAMED(struct hb_epoch, status, hb_job_status_names, HB_STATUS_COUNT),
    EPOCH(TEXT_OR_NULL, reason),
};
