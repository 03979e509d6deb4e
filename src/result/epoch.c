/* Epochs of a soak: the table of their numbers, and their latencies as text. See epoch.h. */
#include "result/epoch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const struct hb_metric hb_epoch_metrics[HB_EPOCH_METRIC_COUNT] = {
#define HB_EPOCH_ROW(id, key_, heading_, good_, format_, help_)                                    \
    [HB_EPOCH_##id] = {.key = (key_),                                                              \
                       .heading = (heading_),                                                      \
                       .help = (help_),                                                            \
                       .good = HB_GOOD_##good_,                                                    \
                       .format = HB_FORMAT_##format_},
    HB_EPOCH_METRICS(HB_EPOCH_ROW)
#undef HB_EPOCH_ROW
};

enum hb_epoch_metric_id hb_epoch_metric_find(const char *key)
{
    return (enum hb_epoch_metric_id)hb_metric_index(hb_epoch_metrics, HB_EPOCH_METRIC_COUNT, key);
}

int hb_latency_text(const struct hb_loglinear_count *buckets, size_t count, struct hb_buf *out)
{
    for (size_t i = 0; i < count; i++)
        (void)hb_buf_printf(out, "%s%" PRIu64 ":%" PRIu64, i ? " " : "",
                            hb_loglinear_least(buckets[i].bucket), buckets[i].count);
    return out->failed ? -1 : 0;
}

/* "27:1203"; NULL when it is none, or not the beginning of a bucket. */
static const char *parse_pair(const char *at, struct hb_loglinear_count *pair)
{
    uint64_t least = 0, count = 0;
    at = hb_unit_read_digits(at, &least);
    if (!at || *at != ':')
        return NULL;
    at = hb_unit_read_digits(at + 1, &count);
    pair->bucket = hb_loglinear_bucket(least);
    pair->count = count;
    return at && count > 0 && hb_loglinear_least(pair->bucket) == least ? at : NULL;
}

static size_t count_pairs(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == ':';
    return count;
}

/* The number of pairs parsed; 0 when something in the text is none, they do not rise, or there are
 * more samples than can be counted. */
static size_t parse_pairs(const char *at, size_t most, struct hb_loglinear_count *pairs)
{
    uint64_t left = UINT64_MAX;
    for (size_t i = 0; i < most; i++) {
        at = parse_pair(at, &pairs[i]);
        if (!at || (i > 0 && pairs[i].bucket <= pairs[i - 1].bucket) || pairs[i].count > left)
            return 0;
        if (*at != (i + 1 < most ? ' ' : '\0'))
            return 0;
        left -= pairs[i].count;
        at++;
    }
    return most;
}

int hb_latency_parse(const char *text, struct hb_loglinear_count **buckets, size_t *count)
{
    const size_t most = count_pairs(text);
    *buckets = NULL;
    *count = 0;
    if (!*text)
        return 0;
    struct hb_loglinear_count *pairs = calloc(most + 1, sizeof *pairs);
    if (!pairs || parse_pairs(text, most, pairs) == 0) {
        free(pairs);
        return -1;
    }
    *buckets = pairs;
    *count = most;
    return 0;
}
