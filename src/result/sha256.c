/* SHA-256 of files and text by libmd: the hb_sha256 functions of file.h. */
#include "result/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES (8u << 10)

static void finish(SHA2_CTX *context, char hex[HB_SHA256_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256Final(digest, context);
    for (size_t i = 0; i < sizeof digest; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[2 * sizeof digest] = '\0';
}

void hb_sha256_text(const void *bytes, size_t size, char hex[HB_SHA256_TEXT])
{
    SHA2_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, bytes, size);
    finish(&context, hex);
}

/* Negative errno, or 0. */
static int update_all(SHA2_CTX *context, int fd)
{
    uint8_t chunk[CHUNK_BYTES];
    for (;;) {
        const ssize_t got = read(fd, chunk, sizeof chunk);
        if (got == 0)
            return 0;
        if (got > 0)
            SHA256Update(context, chunk, (size_t)got);
        else if (errno != EINTR)
            return -errno;
    }
}

int hb_sha256_file(const char *path, char hex[HB_SHA256_TEXT], struct hb_err *err)
{
    if (hb_file_expect_regular(path, err) != 0)
        return -1;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot open", path);
    SHA2_CTX context;
    SHA256Init(&context);
    const int failed = update_all(&context, fd);
    (void)close(fd);
    if (failed)
        return hb_err_errno(err, HB_ERR_USAGE, -failed, "%s: cannot read", path);
    finish(&context, hex);
    return 0;
}
