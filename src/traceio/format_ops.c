/* WebKit's MallocBench .ops: records of 24 bytes as a 64-bit little-endian machine lays out
 *   struct Op { uint32 opcode; uint16 thread; uint16 alignment's log2; uint64 slot; uint64 size; }
 * with opcodes 0 malloc, 1 free, 2 realloc, 3 aligned malloc. Old files have no thread and no
 * alignment: zeros stand there. A slot is where its player keeps the block; it passes over a free
 * or a realloc of a slot that is empty, and forgets what a malloc finds in its slot. Source: WebKit
 * PerformanceTests/MallocBench, Interpreter.h and Interpreter.cpp. */
#include "traceio/formats.h"

#include "base/copy.h"

#include <endian.h>
#include <string.h>

#define RECORD_BYTES 24u

enum { OP_MALLOC, OP_FREE, OP_REALLOC, OP_ALIGNED, OPS };

struct op_record {
    uint32_t opcode;
    uint16_t thread, align_log2;
    uint64_t slot, size;
};

static struct op_record decode(const unsigned char *bytes)
{
    struct op_record op;
    memcpy(&op, bytes, sizeof op);
    op.opcode = le32toh(op.opcode);
    op.thread = le16toh(op.thread);
    op.align_log2 = le16toh(op.align_log2);
    op.slot = le64toh(op.slot);
    op.size = le64toh(op.size);
    return op;
}
_Static_assert(sizeof(struct op_record) == RECORD_BYTES, "no padding");

/* The first op makes a block, none is unknown, and no slot is beyond what a file can fill. */
static bool recognise(const char *head, size_t size)
{
    for (size_t at = 0; at + RECORD_BYTES <= size; at += RECORD_BYTES) {
        const struct op_record op = decode((const unsigned char *)head + at);
        if (op.opcode >= OPS || op.slot >> 40 || (op.opcode == OP_ALIGNED && op.align_log2 >= 64))
            return false;
        if (at == 0 && op.opcode != OP_MALLOC && op.opcode != OP_ALIGNED)
            return false;
    }
    return size >= RECORD_BYTES;
}

/* A slot's number is the address, from 1 on. */
static int take_op(struct hb_intake *intake, const struct op_record *op, struct hb_err *err)
{
    struct hb_foreign_call call = {.thread = op->thread, .address = op->slot + 1, .size = op->size};
    if (op->opcode >= OPS)
        return hb_source_refuse(&intake->source, err, "expected opcode 0 to 3, found %u",
                                op->opcode);
    if (op->slot == UINT64_MAX)
        return hb_source_refuse(&intake->source, err, "expected a slot below 2^64 - 1");
    if (op->opcode == OP_ALIGNED && op->align_log2 >= 64)
        return hb_source_refuse(&intake->source, err,
                                "expected an alignment of 2^0 to 2^63, found 2^%u", op->align_log2);
    switch (op->opcode) {
    case OP_MALLOC:
        call.function = HB_CALL_MALLOC;
        break;
    case OP_FREE:
        call.function = HB_CALL_FREE;
        call.size = 0;
        break;
    case OP_REALLOC:
        call.function = HB_CALL_REALLOC;
        call.old_address = call.address;
        break;
    default:
        call.function = HB_CALL_MEMALIGN;
        call.align_log2 = (uint8_t)op->align_log2;
        break;
    }
    return hb_intake_take(intake, &call, err);
}

static int read_calls(struct hb_intake *intake, struct hb_err *err)
{
    const unsigned char *record;
    int status;
    HB_COPY(intake->header.maker, "WebKit MallocBench, no times");
    while ((status = hb_source_record(&intake->source, RECORD_BYTES, &record, err)) > 0) {
        const struct op_record op = decode(record);
        if (take_op(intake, &op, err) != 0)
            return -1;
    }
    return status;
}

const struct hb_foreign_format hb_format_ops = {
    .name = "ops",
    .form = "WebKit's MallocBench .ops (records of 24 bytes)",
    .lacks = "times, ends of threads, calloc, sizes of frees",
    .takes_unknown = true,
    .takes_shared = true,
    .recognise = recognise,
    .read = read_calls,
};
