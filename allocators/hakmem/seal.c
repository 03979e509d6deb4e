/* Seals: see seal.h. */
#include "seal.h"

#include "msg.h"
#include "os.h"
#include "tag.h"

#include <stdatomic.h>
#include <string.h>

/* Not zero, so that a string's end one byte too far shows, and no letter. */
#define PAD  0xa5u
#define PADS UINT64_C(0xa5a5a5a5a5a5a5a5)

static_assert(HK_SEAL_PAD % sizeof(uint64_t) == 0 && HK_SEAL_LOOK % (2 * HK_ALIGN) == 0,
              "what is looked at is whole words");

static uint64_t secret;

void hk_seal_start(void)
{
    secret = hk_os_secret(1);
}

/* ---- marks ---- */

/* The finalizer of MurmurHash3 (Appleby 2011), and back: each bit depends on each. */
#define FIRST       UINT64_C(0xff51afd7ed558ccd)
#define FIRST_BACK  UINT64_C(0x4f74430c22a54005)
#define SECOND      UINT64_C(0xc4ceb9fe1a85ec53)
#define SECOND_BACK UINT64_C(0x9cb4b2f8129337db)
static_assert(FIRST * FIRST_BACK == 1 && SECOND * SECOND_BACK == 1, "the factors are inverses");

static uint64_t mixed(uint64_t x)
{
    x = (x ^ x >> 33) * FIRST;
    x = (x ^ x >> 33) * SECOND;
    return x ^ x >> 33;
}

static uint64_t unmixed(uint64_t x)
{
    x = (x ^ x >> 33) * SECOND_BACK;
    x = (x ^ x >> 33) * FIRST_BACK;
    return x ^ x >> 33;
}

static uint64_t key_of(const void *block)
{
    return secret ^ (uintptr_t)block * UINT64_C(0x9e3779b97f4a7c15);
}

/* What a mark holds: size:44, alignment:6, kind:2, state:2, guarded:1, zero:1, salt:8. */
#define ALIGNMENT_AT 44
#define KIND_AT      50
#define STATE_AT     52
#define GUARDED_AT   54
#define ZERO_AT      55
#define SALT_AT      56
#define SALTS        256u

static uint64_t packed(struct hk_seal seal)
{
    return seal.size | (uint64_t)seal.alignment << ALIGNMENT_AT | (uint64_t)seal.kind << KIND_AT |
           (uint64_t)seal.state << STATE_AT | (uint64_t)seal.is_guarded << GUARDED_AT;
}

/* A zero, a letter and 0xff are what overflows and underflows write: neither end of a mark is one,
 * or one time in 256 nothing would be changed by it. Of four salts one does. */
static bool has_rare_ends(uint64_t mark)
{
    const uint64_t ends = UINT64_C(0x80) | UINT64_C(0x80) << 56;
    return (mark & ends) == ends && (mark & 0xff) != 0xff && mark >> 56 != 0xff;
}

static uint64_t mark_of(const void *block, struct hk_seal seal)
{
    const uint64_t key = key_of(block), pack = packed(seal);
    uint64_t mark = 0;
    for (uint64_t salt = 0; salt < SALTS; salt++) {
        mark = mixed((pack | salt << SALT_AT) ^ key);
        if (has_rare_ends(mark))
            break;
    }
    return mark;
}

static _Atomic uint64_t *mark_in(const void *block, size_t bytes)
{
    return (_Atomic uint64_t *)(uintptr_t)((const char *)block + bytes - HK_SEAL_BYTES);
}

void hk_seal_set(void *block, size_t bytes, struct hk_seal seal)
{
    atomic_store_explicit(mark_in(block, bytes), mark_of(block, seal), memory_order_release);
}

struct hk_seal hk_seal_get(const void *block, size_t bytes)
{
    const uint64_t mark = atomic_load_explicit(mark_in(block, bytes), memory_order_acquire);
    const uint64_t pack = unmixed(mark) ^ key_of(block);
    const struct hk_seal seal = {
        .size = pack & HK_SEALED_LARGEST,
        .mark = mark,
        .alignment = pack >> ALIGNMENT_AT & 63,
        .kind = pack >> KIND_AT & 3,
        .state = pack >> STATE_AT & 3,
        .is_guarded = pack >> GUARDED_AT & 1,
    };
    if (seal.size > bytes - HK_SEAL_BYTES || (pack >> ZERO_AT & 1) || seal.kind == HK_KIND_ANY)
        return (struct hk_seal){.state = HK_SEAL_BROKEN};
    return seal;
}

bool hk_seal_change(void *block, size_t bytes, struct hk_seal from, struct hk_seal to)
{
    uint64_t mark = from.mark;
    return atomic_compare_exchange_strong_explicit(mark_in(block, bytes), &mark, mark_of(block, to),
                                                   memory_order_acq_rel, memory_order_relaxed);
}

bool hk_seal_is_missing(const void *block, size_t bytes)
{
    return atomic_load_explicit(mark_in(block, bytes), memory_order_relaxed) == 0;
}

/* ---- pads ---- */

size_t hk_seal_pad_end(size_t bytes, size_t size)
{
    const size_t end = bytes - HK_SEAL_BYTES;
    return end - size > HK_SEAL_PAD ? size + HK_SEAL_PAD : end;
}

void hk_seal_pad(void *block, size_t bytes, size_t size)
{
    memset((char *)block + size, PAD, hk_seal_pad_end(bytes, size) - size);
}

void hk_seal_extend_pad(void *block, size_t from, size_t to)
{
    if (from < to)
        memset((char *)block + from, PAD, to - from);
}

/* Volatile: the block may be another thread's, which makes it larger just now. */
bool hk_seal_has_pad(const void *block, size_t bytes, struct hk_seal seal, size_t most)
{
    const volatile unsigned char *at = (const volatile unsigned char *)block + seal.size;
    const size_t whole = hk_seal_pad_end(bytes, seal.size) - seal.size;
    const size_t length = whole < most ? whole : most;
    size_t i = 0;
    while (i < length && (uintptr_t)(at + i) % sizeof(uint64_t) != 0 && at[i] == PAD)
        i++;
    while (i + sizeof(uint64_t) <= length && *(const volatile uint64_t *)(at + i) == PADS)
        i += sizeof(uint64_t);
    while (i < length && at[i] == PAD)
        i++;
    if (i == length)
        return true;
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(mark_in(block, bytes), memory_order_relaxed) != seal.mark;
}

/* ---- what freed blocks hold ---- */

typedef uint64_t lanes __attribute__((vector_size(32)));

/* length: a multiple of 8. */
static bool is_zero(const char *at, size_t length)
{
    lanes all = {0};
    uint64_t rest = 0;
    for (; length >= sizeof all; at += sizeof all, length -= sizeof all) {
        lanes some;
        memcpy(&some, at, sizeof some);
        all |= some;
    }
    for (; length; at += sizeof rest, length -= sizeof rest) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        rest |= word;
    }
    return (all[0] | all[1] | all[2] | all[3] | rest) == 0;
}

/* Of a large block the pages that were never written to stay unwritten. */
void hk_seal_wipe(void *block, size_t used)
{
    char *at = block;
    while (used > HK_SEAL_LOOK) {
        if (!is_zero(at, HK_PAGE))
            memset(at, 0, HK_PAGE);
        at += HK_PAGE;
        used -= HK_PAGE;
    }
    memset(at, 0, used);
}

bool hk_seal_is_wiped(const void *block, size_t bytes)
{
    const char *at = block;
    const size_t length = bytes - HK_SEAL_BYTES;
    if (length <= HK_SEAL_LOOK)
        return is_zero(at, length);
    return is_zero(at, HK_SEAL_LOOK / 2) &&
           is_zero(at + length - HK_SEAL_LOOK / 2, HK_SEAL_LOOK / 2);
}

void hk_seal_fatal(const char *what, const void *block, size_t bytes, const char *call)
{
    struct hk_text detail = {.size = 0};
    hk_text_add(&detail, call);
    hk_text_add(&detail, hk_tag_of(block) ? ", size class " : ", large block of ");
    hk_text_number(&detail, bytes);
    hk_text_add(&detail, " B");
    detail.bytes[detail.size] = '\0';
    hk_fatal(what, block, detail.bytes);
}
