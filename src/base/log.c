/* Looking inside a run: see log.h. */
#include "base/log.h"

#include "base/quote.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOMS_MAX  16
#define LINE_BYTES 1024

static struct {
    bool read;
    size_t count;
    struct {
        char name[16];
        int level;
    } rooms[ROOMS_MAX];
} wanted;

/* "run:2" */
static bool read_item(const char *item)
{
    const char *colon = strchr(item, ':');
    const size_t name_length = colon ? (size_t)(colon - item) : 0;
    if (!name_length || name_length >= sizeof wanted.rooms[0].name || wanted.count == ROOMS_MAX ||
        colon[1] < '0' || colon[1] > '4' || colon[2] != '\0')
        return false;
    (void)snprintf(wanted.rooms[wanted.count].name, sizeof wanted.rooms[0].name, "%.*s",
                   (int)name_length, item);
    wanted.rooms[wanted.count++].level = colon[1] - '0';
    return true;
}

static void read_environment(void)
{
    const char *text = getenv("HB_LOG");
    wanted.read = true;
    while (text && *text) {
        char item[128];
        const size_t length = strcspn(text, ",");
        (void)snprintf(item, sizeof item, "%.*s",
                       (int)(length < sizeof item ? length : sizeof item), text);
        if (!read_item(item))
            (void)fprintf(stderr,
                          "hakbench: HB_LOG: %s is no ROOM:LEVEL with a level from 0 to 4, as in "
                          "HB_LOG=run:2,plan:1\n",
                          hb_quote(item).text);
        text += length + (text[length] == ',');
    }
}

bool hb_log_wanted(const char *room, int level)
{
    if (!wanted.read)
        read_environment();
    for (size_t i = 0; i < wanted.count; i++) {
        if (strcmp(wanted.rooms[i].name, room) == 0)
            return level <= wanted.rooms[i].level;
    }
    return false;
}

/* One call of fputs: lines of parent and children do not mix. */
void hb_log_line(const char *room, int level, const char *format, ...)
{
    const int kept = errno;
    char line[LINE_BYTES];
    va_list args;
    const int head = snprintf(line, sizeof line - 1, "[%s:%d] ", room, level);
    const size_t used = head > 0 && head < (int)sizeof line - 1 ? (size_t)head : 0;
    va_start(args, format);
    (void)vsnprintf(line + used, sizeof line - 1 - used, format, args);
    va_end(args);
    hb_hide_controls(line);
    const size_t length = strlen(line);
    line[length] = '\n';
    line[length + 1] = '\0';
    (void)fputs(line, stderr);
    errno = kept;
}

void hb_say(const char *format, ...)
{
    char line[2 * LINE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    hb_hide_controls(line);
    (void)fprintf(stderr, "hakbench: %s\n", line);
}
