/* What a user calls a session and notes on it: see naming.h. */
#include "session/naming.h"

#include "base/quote.h"

#include <stdlib.h>
#include <string.h>

const struct hb_option hb_options_naming[] = {
    {"name", HB_AS_TEXT(struct hb_naming, name, "NAME"), .group = 2,
     .help = "Name of the session wherever it is shown; names may repeat"},
    {"note", HB_AS_TEXT(struct hb_naming, note, "TEXT"), .group = 2,
     .help = "A line about the session, kept in its file and shown with it"},
    {0},
};

#define NOTE_MAX 1000

/* One line of it. */
static int put_line(const char *option, const char *text, char *room, size_t room_bytes,
                    struct hb_err *err)
{
    static const char blanks[] = " \t\n\v\f\r";
    size_t used = 0;
    for (const char *at = text + strspn(text, blanks); *at; at += strspn(at, blanks)) {
        const size_t length = strcspn(at, blanks), blank = used > 0;
        if (used + blank + length >= room_bytes)
            return hb_err_set(err, HB_ERR_USAGE, "--%s: longer than %zu bytes", option,
                              room_bytes - 1);
        if (blank)
            room[used++] = ' ';
        memcpy(room + used, at, length);
        used += length;
        at += length;
    }
    room[used] = '\0';
    hb_hide_controls(room);
    return 0;
}

int hb_naming_apply(const struct hb_naming *naming, struct hb_session *session, struct hb_err *err)
{
    if (naming->name &&
        put_line("name", naming->name, session->name, sizeof session->name, err) != 0)
        return -1;
    char note[NOTE_MAX + 1] = "";
    if (naming->note && put_line("note", naming->note, note, sizeof note, err) != 0)
        return -1;
    if (!note[0])
        return 0;
    free(session->note);
    session->note = strdup(note);
    return session->note ? 0 : hb_err_memory(err, NULL);
}
