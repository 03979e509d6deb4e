/* What is in a trace, as JSON: see tally.h, hakbench-trace(1) "JSON". */
#include "trace/tally.h"

#include "base/json/json_fields.h"

#define HEADER(kind, field) HB_FIELD(kind, struct hb_trace_header, field)
static const struct hb_json_field header_fields[] = {
    HEADER(TEXT, maker),
    HEADER(TEXT_OR_NULL, start),
    HEADER(TEXT_OR_NULL, command),
    HEADER(U32, pid),
    HEADER(TEXT_OR_NULL, allocator),
    HEADER(U64, sample_bytes),
    HEADER(U64, before),
    HEADER(U64, unseen),
    HEADER(BOOL, is_complete),
    HEADER(TEXT_OR_NULL, end_note),
};

#define TOTAL(kind, field) HB_FIELD(kind, struct hb_trace_totals, field)
static const struct hb_json_field total_fields[] = {
    TOTAL(U64, events),      TOTAL(U64, made),       TOTAL(U32, threads),
    TOTAL(U64, live_blocks), TOTAL(U64, live_bytes), TOTAL(U64, peak_live_bytes),
    TOTAL(U64, time_ns),
};

#define TALLY(kind, field) HB_FIELD(kind, struct hb_tally, field)
static const struct hb_json_field tally_fields[] = {
    TALLY(U64, frees),
    TALLY(U64, frees_of_null),
    TALLY(U64, cross_frees),
    TALLY(U64, chains),
    TALLY(U64, chain_links),
    TALLY(U64, chain_longest),
    TALLY(DOUBLE, estimated_blocks),
    TALLY(DOUBLE, estimated_bytes),
    TALLY(DOUBLE, estimated_peak),
};

static void put_calls(struct hb_json_writer *writer, cJSON *root, const struct hb_tally *tally)
{
    cJSON *calls = hb_json_put_array(writer, root, "calls");
    for (size_t i = 0; i < HB_CALLS; i++) {
        if (!tally->calls[i].count)
            continue;
        cJSON *call = hb_json_put_object_at_end(writer, calls);
        hb_json_put_text(writer, call, "function", hb_trace_functions[i].name);
        hb_json_put_u64(writer, call, "count", tally->calls[i].count);
        hb_json_put_u64(writer, call, "failed", tally->calls[i].failed);
        hb_json_put_u64(writer, call, "bytes", tally->calls[i].bytes);
    }
}

static void put_sizes(struct hb_json_writer *writer, cJSON *root, const struct hb_tally *tally)
{
    cJSON *sizes = hb_json_put_array(writer, root, "sizes");
    for (size_t i = 0; i < HB_TALLY_BUCKETS; i++) {
        if (!tally->sizes[i].blocks)
            continue;
        cJSON *size = hb_json_put_object_at_end(writer, sizes);
        hb_json_put_u64(writer, size, "up_to_bytes", UINT64_C(1) << i);
        hb_json_put_u64(writer, size, "blocks", tally->sizes[i].blocks);
        hb_json_put_number(writer, size, "estimated_blocks", tally->sizes[i].estimated_blocks);
        hb_json_put_number(writer, size, "estimated_bytes", tally->sizes[i].estimated_bytes);
    }
    cJSON *hot = hb_json_put_array(writer, root, "hottest");
    for (size_t i = 0; i < tally->hot_count; i++) {
        cJSON *size = hb_json_put_object_at_end(writer, hot);
        hb_json_put_u64(writer, size, "size", tally->hot[i].size);
        hb_json_put_u64(writer, size, "blocks", tally->hot[i].blocks);
    }
}

static void put_lives(struct hb_json_writer *writer, cJSON *root, const struct hb_tally *tally)
{
    cJSON *lives = hb_json_put_array(writer, root, "lifetimes");
    uint64_t limit = 1;
    for (size_t i = 0; i < HB_TALLY_LIVES; i++, limit *= 10) {
        if (!tally->lives[i].blocks)
            continue;
        cJSON *life = hb_json_put_object_at_end(writer, lives);
        if (i + 1 < HB_TALLY_LIVES)
            hb_json_put_u64(writer, life, "below_ns", limit);
        else
            hb_json_put_null(writer, life, "below_ns");
        hb_json_put_u64(writer, life, "blocks", tally->lives[i].blocks);
        hb_json_put_u64(writer, life, "bytes", tally->lives[i].bytes);
    }
}

static void put_course(struct hb_json_writer *writer, cJSON *root, const struct hb_tally *tally)
{
    cJSON *course = hb_json_put_array(writer, root, "course");
    for (size_t i = 0; i < tally->slot_count; i++) {
        const struct hb_tally_slot *slot = &tally->slots[i];
        cJSON *point = hb_json_put_object_at_end(writer, course);
        if (tally->slot_ns)
            hb_json_put_u64(writer, point, "until_ns", (i + 1) * tally->slot_ns);
        hb_json_put_u64(writer, point, "events", slot->events);
        hb_json_put_u64(writer, point, "live_bytes_most", slot->live_most);
        hb_json_put_number(writer, point, "estimated_live_bytes_most", slot->estimated_most);
    }
}

int hb_tally_json(const struct hb_tally *tally, struct hb_buf *out, struct hb_err *err)
{
    struct hb_json_writer writer = {0};
    cJSON *root = cJSON_CreateObject();
    hb_json_put_text(&writer, root, "schema", "hakbench.trace-info/1");
    hb_json_put_fields(&writer, root, header_fields, HB_TABLE_COUNT(header_fields), tally->header);
    hb_json_put_fields(&writer, root, total_fields, HB_TABLE_COUNT(total_fields), &tally->totals);
    hb_json_put_fields(&writer, root, tally_fields, HB_TABLE_COUNT(tally_fields), tally);
    put_calls(&writer, root, tally);
    put_sizes(&writer, root, tally);
    put_lives(&writer, root, tally);
    put_course(&writer, root, tally);
    return hb_json_finish(root, writer.failed, out, err);
}
