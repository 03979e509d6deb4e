/* gzip by zlib, zstd by libzstd, zip by minizip: see unpack.h. */
#include "traceio/unpack.h"

#include "base/quote.h"

#include <errno.h>
#include <fcntl.h>
#include <minizip/unzip.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define PACKED_BYTES 65536u

struct hb_unpacked {
    const char *path;
    ssize_t (*read)(struct hb_unpacked *, void *to, size_t room, struct hb_err *err);
    int fd;
    z_stream gzip;
    bool has_gzip, is_inside; /* a member or a frame has begun and not ended */
    ZSTD_DCtx *zstd;
    unzFile zip;
    uint64_t packed, unpacked; /* bytes so far; of a zip `packed` is all */
    size_t at, size;           /* of `bytes`: what was read and not used */
    unsigned char bytes[PACKED_BYTES];
};

static int damaged(const struct hb_unpacked *u, struct hb_err *err, const char *packer,
                   const char *why)
{
    return hb_err_set(err, HB_ERR_USAGE, "%s: the %s data is damaged after %llu bytes of text: %s",
                      u->path, packer, (unsigned long long)u->unpacked,
                      why ? why : "unknown error");
}

static int torn(const struct hb_unpacked *u, struct hb_err *err, const char *packer)
{
    return hb_err_set(err, HB_ERR_USAGE,
                      "%s: the file ends inside its %s data, after %llu bytes of text", u->path,
                      packer, (unsigned long long)u->unpacked);
}

/* Reads from the file behind what is there. 1, 0 at its end, -1. */
static int fill(struct hb_unpacked *u, struct hb_err *err)
{
    ssize_t got;
    if (u->at > 0) {
        memmove(u->bytes, u->bytes + u->at, u->size - u->at);
        u->size -= u->at;
        u->at = 0;
    }
    do
        got = read(u->fd, u->bytes + u->size, sizeof u->bytes - u->size);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "cannot read %s", u->path);
    u->size += (size_t)got;
    u->packed += (size_t)got;
    return got > 0;
}

/* 1 when there is at least a byte to use, 0 at the end of the file, -1. */
static int more(struct hb_unpacked *u, struct hb_err *err)
{
    return u->at < u->size ? 1 : fill(u, err);
}

/* ---- one way each ---- */

static ssize_t read_plain(struct hb_unpacked *u, void *to, size_t room, struct hb_err *err)
{
    const int status = more(u, err);
    if (status <= 0)
        return status;
    const size_t count = u->size - u->at < room ? u->size - u->at : room;
    memcpy(to, u->bytes + u->at, count);
    u->at += count;
    return (ssize_t)count;
}

static ssize_t read_gzip(struct hb_unpacked *u, void *to, size_t room, struct hb_err *err)
{
    u->gzip.next_out = to;
    u->gzip.avail_out = room > UINT32_MAX ? UINT32_MAX : (uInt)room;
    const uInt wanted = u->gzip.avail_out;
    while (u->gzip.avail_out == wanted) {
        const int status = more(u, err);
        if (status < 0)
            return -1;
        if (status == 0)
            return u->is_inside ? torn(u, err, "gzip") : 0;
        u->gzip.next_in = u->bytes + u->at;
        u->gzip.avail_in = (uInt)(u->size - u->at);
        const int done = inflate(&u->gzip, Z_NO_FLUSH);
        u->at = u->size - u->gzip.avail_in;
        u->is_inside = done != Z_STREAM_END;
        if (done == Z_STREAM_END)
            (void)inflateReset(&u->gzip); /* another member may follow */
        else if (done != Z_OK && done != Z_BUF_ERROR)
            return damaged(u, err, "gzip", u->gzip.msg);
    }
    return (ssize_t)(wanted - u->gzip.avail_out);
}

static ssize_t read_zstd(struct hb_unpacked *u, void *to, size_t room, struct hb_err *err)
{
    ZSTD_outBuffer out = {.dst = to, .size = room};
    while (out.pos == 0) {
        const int status = more(u, err);
        if (status < 0)
            return -1;
        if (status == 0 && !u->is_inside)
            return 0;
        ZSTD_inBuffer in = {.src = u->bytes, .size = u->size, .pos = u->at};
        const size_t left = ZSTD_decompressStream(u->zstd, &out, &in);
        if (ZSTD_isError(left))
            return damaged(u, err, "zstd", ZSTD_getErrorName(left));
        if (status == 0 && out.pos == 0)
            return torn(u, err, "zstd");
        u->at = in.pos;
        u->is_inside = left != 0;
    }
    return (ssize_t)out.pos;
}

static ssize_t read_zip(struct hb_unpacked *u, void *to, size_t room, struct hb_err *err)
{
    const int got = unzReadCurrentFile(u->zip, to, room > 1u << 30 ? 1u << 30 : (unsigned)room);
    if (got > 0)
        return got;
    if (got < 0)
        return damaged(u, err, "zip", got == Z_ERRNO ? strerror(errno) : zError(got));
    /* minizip says the end when the packed bytes are used up, whether or not all came out. */
    unz_file_info64 info;
    if (unzGetCurrentFileInfo64(u->zip, &info, NULL, 0, NULL, 0, NULL, 0) != UNZ_OK ||
        info.uncompressed_size != u->unpacked)
        return torn(u, err, "zip");
    if (unzCloseCurrentFile(u->zip) != UNZ_OK)
        return damaged(u, err, "zip", "its checksum is another");
    return 0;
}

/* ---- opening ---- */

static int open_gzip(struct hb_unpacked *u, struct hb_err *err)
{
    if (inflateInit2(&u->gzip, 15 + 16) != Z_OK) /* 16: gzip's head and tail */
        return hb_err_memory(err, u->path);
    u->has_gzip = true;
    u->read = read_gzip;
    return 0;
}

static int open_zstd(struct hb_unpacked *u, struct hb_err *err)
{
    u->zstd = ZSTD_createDCtx();
    if (!u->zstd)
        return hb_err_memory(err, u->path);
    u->read = read_zstd;
    return 0;
}

static int open_zip(struct hb_unpacked *u, struct hb_err *err)
{
    unz_global_info64 all;
    unz_file_info64 info;
    u->zip = unzOpen64(u->path);
    if (!u->zip || unzGetGlobalInfo64(u->zip, &all) != UNZ_OK)
        return hb_err_set(err, HB_ERR_USAGE,
                          "%s: expected a whole zip file, found no list at its end", u->path);
    if (all.number_entry != 1)
        return hb_err_set(err, HB_ERR_USAGE, "%s: expected a zip of one file, found %llu", u->path,
                          (unsigned long long)all.number_entry);
    if (unzGoToFirstFile(u->zip) != UNZ_OK ||
        unzGetCurrentFileInfo64(u->zip, &info, NULL, 0, NULL, 0, NULL, 0) != UNZ_OK)
        return hb_err_set(err, HB_ERR_USAGE, "%s: the zip's list is damaged", u->path);
    if (info.flag & 1)
        return hb_err_set(err, HB_ERR_USAGE, "%s: the zip wants a password: unpack it first",
                          u->path);
    if (unzOpenCurrentFile(u->zip) != UNZ_OK)
        return hb_err_set(err, HB_ERR_USAGE,
                          "%s: expected a zip whose file is stored or deflated, found method %lu",
                          u->path, info.compression_method);
    u->packed = info.compressed_size;
    u->read = read_zip;
    return 0;
}

static int refuse_packed(const struct hb_unpacked *u, const char *packer, struct hb_err *err)
{
    return hb_err_set(err, HB_ERR_USAGE,
                      "%s: expected a file that is plain or packed by gzip, zstd or zip, found one "
                      "of %s: unpack it first",
                      u->path, packer);
}

static int open_by_content(struct hb_unpacked *u, struct hb_err *err)
{
    static const struct {
        const char *magic;
        size_t size;
        int (*open)(struct hb_unpacked *, struct hb_err *);
        const char *other; /* a packer that is not read */
    } packers[] = {
        {"\x1f\x8b", 2, open_gzip, NULL},
        {"\x28\xb5\x2f\xfd", 4, open_zstd, NULL},
        {"PK\3\4", 4, open_zip, NULL},
        {"PK\5\6", 4, open_zip, NULL},
        {"\xfd"
         "7zXZ",
         5, NULL, "xz"},
        {"BZh", 3, NULL, "bzip2"},
        {"7z\xbc\xaf\x27\x1c", 6, NULL, "7-Zip"},
        {"\x04\x22\x4d\x18", 4, NULL, "lz4"},
    };
    int status = 1;
    while (u->size < 8 && status > 0)
        status = fill(u, err);
    if (status < 0)
        return -1;
    for (size_t i = 0; i < sizeof packers / sizeof *packers; i++) {
        if (u->size < packers[i].size || memcmp(u->bytes, packers[i].magic, packers[i].size) != 0)
            continue;
        return packers[i].open ? packers[i].open(u, err) : refuse_packed(u, packers[i].other, err);
    }
    u->read = read_plain;
    return 0;
}

int hb_unpack_open(const char *path, struct hb_unpacked **unpacked, struct hb_err *err)
{
    struct stat st;
    struct hb_unpacked *u = calloc(1, sizeof *u);
    *unpacked = NULL;
    if (!u)
        return hb_err_memory(err, path);
    u->path = path;
    u->fd = open(path, O_RDONLY | O_CLOEXEC);
    int status = 0;
    if (u->fd < 0 || fstat(u->fd, &st) != 0)
        status = hb_err_errno(err, HB_ERR_USAGE, errno, "cannot open %s", path);
    else if (S_ISDIR(st.st_mode))
        status = hb_err_errno(err, HB_ERR_USAGE, EISDIR, "cannot read %s", path);
    if (status == 0)
        status = open_by_content(u, err);
    if (status != 0) {
        hb_unpack_close(u);
        return -1;
    }
    *unpacked = u;
    return 0;
}

ssize_t hb_unpack_read(struct hb_unpacked *u, void *to, size_t room, struct hb_err *err)
{
    const ssize_t count = u->read(u, to, room, err);
    if (count <= 0 || u->read == read_plain)
        return count;
    u->unpacked += (uint64_t)count;
    if (u->unpacked > HB_UNPACK_FREE_BYTES && u->unpacked / HB_UNPACK_RATIO_MAX >= u->packed)
        return hb_err_set(err, HB_ERR_USAGE,
                          "%s: %llu bytes came out of %llu: more than %u times, as of no trace; "
                          "unpack it first if it is one",
                          u->path, (unsigned long long)u->unpacked, (unsigned long long)u->packed,
                          HB_UNPACK_RATIO_MAX);
    return count;
}

void hb_unpack_close(struct hb_unpacked *u)
{
    if (!u)
        return;
    if (u->has_gzip)
        (void)inflateEnd(&u->gzip);
    (void)ZSTD_freeDCtx(u->zstd);
    if (u->zip)
        (void)unzClose(u->zip);
    if (u->fd >= 0)
        (void)close(u->fd);
    free(u);
}
