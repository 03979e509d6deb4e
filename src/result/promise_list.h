/* The promises that this installation can ask: promises.json beside their programs, which the build
 * makes of the heads of tests/alloc. Their form in a result is the same.
 * Read next: model.h (struct hb_promise), docs/check.md. */
#ifndef HB_RESULT_PROMISE_LIST_H
#define HB_RESULT_PROMISE_LIST_H

#include "base/json/json.h"
#include "result/model.h"

/* Fills session->promises by FOLDER/promises.json, sorted by group and name. HB_ERR_USAGE with the
 * place of what is wrong in it. */
int hb_promises_read(const char *folder, struct hb_session *session, struct hb_err *err);

/* Index of the promise with this name, or -1. */
int hb_promises_find(const struct hb_session *session, const char *name);

/* Makes room for all answers, zeroed: none was asked yet. */
int hb_answers_make(struct hb_session *session, struct hb_err *err);

#endif
