/* Foreign text made fit to stand in a one-line message.
 * Never allocates. */
#ifndef HB_BASE_QUOTE_H
#define HB_BASE_QUOTE_H

struct hb_quoted {
    char text[88];
};

/* The text in double quotes, cut at 80 bytes with "..." (never inside a UTF-8 character), every
 * control character a '?'. By value, so that the call can stand in an argument list. */
struct hb_quoted hb_quote(const char *text);

/* Puts '?' in place of every control character (hb_utf8_is_control) and every byte that is not
 * UTF-8, so that text of a file can go to a terminal. */
void hb_hide_controls(char *text);

#endif
