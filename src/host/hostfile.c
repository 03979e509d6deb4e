/* Small files of the system: see hostfile.h. */
#include "host/hostfile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool unknown(char *text, size_t text_bytes)
{
    (void)snprintf(text, text_bytes, "unknown");
    return false;
}

static int open_under(const char *root, const char *path)
{
    char whole[PATH_MAX];
    const int length = snprintf(whole, sizeof whole, "%s%s", root, path);
    return length < (int)sizeof whole ? open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
}

bool hb_host_text(const char *root, const char *path, char *text, size_t text_bytes)
{
    const int fd = open_under(root, path);
    size_t used = 0;
    ssize_t got = -1;
    while (
        fd >= 0 && used + 1 < text_bytes &&
        ((got = read(fd, text + used, text_bytes - 1 - used)) > 0 || (got < 0 && errno == EINTR)))
        used += got > 0 ? (size_t)got : 0;
    text[got < 0 ? 0 : used] = '\0';
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0 && got >= 0;
}

bool hb_host_line(const char *root, const char *path, char *text, size_t text_bytes)
{
    if (!hb_host_text(root, path, text, text_bytes))
        return unknown(text, text_bytes);
    size_t length = strcspn(text, "\n");
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    text[length] = '\0';
    return length > 0 || unknown(text, text_bytes);
}

bool hb_host_number(const char *root, const char *path, int64_t *value)
{
    char text[64], *end;
    if (!hb_host_line(root, path, text, sizeof text))
        return false;
    const long long number = strtoll(text, &end, 10);
    if (end != text)
        *value = number;
    return end != text;
}

/* After "key" and spaces, at the separator; NULL when the line is another's. */
static const char *separator_of(const char *line, const char *key, char separator)
{
    const size_t length = strlen(key);
    if (strncmp(line, key, length) != 0)
        return NULL;
    line += length;
    line += strspn(line, " \t");
    return *line == separator ? line : NULL;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : NULL;
}

bool hb_host_field(const char *text, const char *key, char separator, char *value,
                   size_t value_bytes)
{
    for (const char *line = text; line; line = next_line(line)) {
        const char *at = separator_of(line, key, separator);
        if (!at)
            continue;
        at += 1 + strspn(at + 1, " \t\"");
        size_t length = strcspn(at, "\"\n");
        while (length > 0 && isspace((unsigned char)at[length - 1]))
            length--;
        if (length == 0)
            break;
        (void)snprintf(value, value_bytes, "%.*s", (int)(length < INT_MAX ? length : INT_MAX), at);
        return true;
    }
    return unknown(value, value_bytes);
}

void hb_host_bracketed(char *text)
{
    const char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;
    if (!close)
        return;
    const size_t length = (size_t)(close - open - 1);
    memmove(text, open + 1, length);
    text[length] = '\0';
}

/* "3" or "0-3" at *list, which moves behind it; 0 when there is none. */
static unsigned range_count(const char **list)
{
    char *end;
    if (!isdigit((unsigned char)**list))
        return 0;
    const unsigned long first = strtoul(*list, &end, 10);
    unsigned long last = first;
    if (*end == '-' && isdigit((unsigned char)end[1]))
        last = strtoul(end + 1, &end, 10);
    *list = end;
    return last >= first && last < 1u << 20 ? (unsigned)(last - first + 1) : 0;
}

unsigned hb_host_list_count(const char *list)
{
    unsigned count = 0;
    for (;;) {
        const unsigned more = range_count(&list);
        if (more == 0 || count > 1u << 20)
            return 0;
        count += more;
        if (*list != ',')
            return *list == '\0' || *list == '\n' ? count : 0;
        list++;
    }
}

bool hb_host_has_word(const char *text, const char *word)
{
    const size_t length = strlen(word);
    while (*text) {
        const size_t this_length = strcspn(text, " \t\n");
        if (this_length == length && strncmp(text, word, length) == 0)
            return true;
        text += this_length;
        text += strspn(text, " \t\n");
    }
    return false;
}
