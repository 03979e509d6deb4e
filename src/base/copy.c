/* Copies that fit: see copy.h. */
#include "base/copy.h"

#include <stdio.h>
#include <string.h>

bool hb_copy_text(char *room, size_t room_bytes, const char *text)
{
    size_t size = strnlen(text, room_bytes);
    const bool fits = size < room_bytes;
    if (!fits) {
        size = room_bytes - 1;
        while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80) /* inside a character */
            size--;
    }
    memmove(room, text, size);
    room[size] = '\0';
    return fits;
}

void hb_copy_item(char *list, size_t list_bytes, const char *item)
{
    const size_t used = strlen(list);
    if (item[0] && used + strlen(item) + sizeof ", " <= list_bytes)
        (void)snprintf(list + used, list_bytes - used, "%s%s", used ? ", " : "", item);
}

int hb_copy_path(char path[HB_PATH_MAX], struct hb_err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(path, HB_PATH_MAX, format, args);
    va_end(args);
    if (length >= 0 && length < HB_PATH_MAX)
        return 0;
    (void)hb_err_set(err, HB_ERR_USAGE, "%.80s...: the path is longer than %d bytes", path,
                     HB_PATH_MAX - 1);
    path[0] = '\0';
    return -1;
}

const char *hb_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

size_t hb_path_stem(const char *name, const char *ending)
{
    const size_t length = strlen(name), size = strlen(ending);
    return length > size && strcmp(name + length - size, ending) == 0 ? length - size : 0;
}
