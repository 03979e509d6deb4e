/* What a user calls a session and notes on it: --name and --note of the commands that make one.
 * Both are text for people: nothing is found, compared or resumed by them, and they may repeat.
 * Read next: inputs.h (the labels of sessions that are read); src/result/model.h. */
#ifndef HB_SESSION_NAMING_H
#define HB_SESSION_NAMING_H

#include "result/model.h"
#include "session/options.h"

struct hb_naming {
    const char *name, *note; /* argv's; NULL: not given */
};

extern const struct hb_option hb_options_naming[];

/* Puts both into *session as one line each: white space becomes one blank, and '?' stands for what
 * a terminal would obey and for bytes that are no text. HB_ERR_USAGE when one is too long. */
int hb_naming_apply(const struct hb_naming *naming, struct hb_session *session, struct hb_err *err);

#endif
