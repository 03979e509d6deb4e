/* What a reader sees a text on, and the one place that decides it: how wide it is, whether it has
 * colours, and whether it has more than ASCII. --color and --wide set the wish, once, before
 * anything is printed.
 * Read next: write_text.h (what is written on it), table.h (which columns give way). */
#ifndef HB_REPORT_SCREEN_H
#define HB_REPORT_SCREEN_H

#include "report/voice.h"

#define HB_SCREEN_WIDTH 80u /* where nobody says how wide it is */

enum hb_colour_when { HB_COLOUR_AUTO = 0, HB_COLOUR_ALWAYS, HB_COLOUR_NEVER };

/* What the command line asks for. */
struct hb_screen_wish {
    int colour; /* enum hb_colour_when */
    bool wide;
};
extern struct hb_screen_wish hb_screen_wish;

struct hb_screen {
    enum hb_voice voice;
    size_t width; /* characters of a line; 0: no limit */
    bool is_wide; /* tables keep all columns, however long their lines are */
    bool wraps;   /* sentences too are broken: somebody's screen is this wide */
    bool ascii;   /* our own signs as ASCII; words of files stay as they are */
    bool brief;   /* what came out, and the rest folded */
};

/* Of a descriptor: as wide as COLUMNS says, or its terminal, else HB_SCREEN_WIDTH; coloured as
 * --color says, else when it is a terminal, NO_COLOR is unset and TERM is not dumb; ASCII when the
 * locale (LC_ALL, LC_CTYPE or LANG) has no UTF-8. */
struct hb_screen hb_screen_of(int fd);

/* Markdown: no limit, no colours, always UTF-8. */
struct hb_screen hb_screen_markdown(void);

/* The last pass over a text for this screen: hb_voice_apply, and signs it has not as ASCII. */
void hb_screen_apply(const struct hb_screen *screen, struct hb_buf *text);

/* Characters of a text, those it takes on a screen; a control byte counts as one. */
size_t hb_screen_characters(const char *text);

/* Adds a text that begins at column `at`, broken at blanks so that no line is longer than the
 * screen is wide where it wraps; further lines begin at column `indent`. */
void hb_screen_wrap(const struct hb_screen *screen, const char *text, size_t at, size_t indent,
                    struct hb_buf *out);

/* Bytes of the part of text that fits `most` characters: up to a blank where there is one, else
 * cut. All of it when it fits. */
size_t hb_screen_part(const char *text, size_t most);

#endif
