/* Result files as a command line names them: "FILE", "LABEL=FILE", or a folder for every .json in
 * it, and in a suite's for the journals of what was cut off; found, read, and reduced to digests:
 * several at a time, each session gone as soon as it was reduced, so that a thousand need little
 * memory and little time. Read next: src/result/session_json.h (hb_session_read),
 * src/commands/compare.c. */
#ifndef HB_SESSION_INPUTS_H
#define HB_SESSION_INPUTS_H

#include "base/buf.h"
#include "base/err.h"
#include "compare/digest.h"
#include "judge/assessment.h"
#include "result/model.h"

#include <stdbool.h>
#include <stddef.h>

struct hb_input {
    char label[HB_NAME_MAX]; /* the user's; else, once it was read, the session's own name, where it
                                has one; else the file's without folder and ending, or the folder's
                              */
    bool is_labelled;        /* the label is the user's */
    bool is_named;           /* on the command line itself: not found in a folder, and no pinned
                                copy among many files, as from "results" with a star */
    bool from_folder;        /* its label is the folder's, unless the user gave one */
    char path[HB_PATH_MAX];
};

/* Zeroed is valid to free. */
struct hb_inputs {
    struct hb_input *items; /* in the order they were named; owned */
    size_t count, capacity;
    bool keep_going;        /* a file that cannot be read is named on stderr and left out */
    size_t refused;         /* how many were */
    struct hb_buf refusals; /* why, a line each */
};

/* Finds what arguments[0..count) name. A name with "=" in it that is a file is that file. Labels
 * made from file names are made unique ("mixed", "mixed#2"). HB_ERR_USAGE when there is no such
 * file or folder, or a folder without a .json (named and counted instead with keep_going). */
int hb_inputs_find(char *const *arguments, size_t count, bool keep_going, struct hb_inputs *inputs,
                   struct hb_err *err);

/* Reads one, and takes its name for a label. 0: *session is the caller's to free. 1: refused, named
 * on stderr and counted (keep_going). -1: HB_ERR_USAGE naming file, position and reason. */
int hb_inputs_read(struct hb_inputs *inputs, size_t index, struct hb_session *session,
                   struct hb_err *err);

/* What becomes of a file that cannot be read: with keep_going it is named and counted, and 1
 * returned; else, and for what is no fault of the file, *own becomes the error, and -1. */
int hb_inputs_refuse(struct hb_inputs *inputs, const struct hb_err *own, struct hb_err *err);

/* "7d", "36h", or a date ("2026-11-20", "2026-11-20T10:00:00Z") as the date from which sessions are
 * wanted. HB_ERR_USAGE otherwise. */
int hb_inputs_since(const char *text, char since[32], struct hb_err *err);

void hb_inputs_free(struct hb_inputs *inputs);

/* ---- judged ---- */

/* The profile that soaks without one are judged by. */
#define HB_SOAK_PROFILE_DEFAULT "soak"

/* By which profile a soak is judged: the named one (NULL: none is named), else its own (*by is then
 * NULL), else the default one. *room is filled where it is not its own, and the caller's to free.
 * The warm-up of a soak that carries no profile becomes the profile's. */
int hb_soak_profile(const char *name, struct hb_session *session, struct hb_profile *room,
                    const struct hb_profile **by, struct hb_err *err);

/* hb_assess of a session that was read. *is_default: a soak that carries no profile was judged by
 * the default one. */
int hb_assess_read(struct hb_session *session, struct hb_assess_by by,
                   struct hb_assessment *assessment, bool *is_default, struct hb_err *err);

/* ---- reduced to digests ---- */

/* Digests of all inputs that can be read, in their order. Two sessions of one workload that have
 * one name get a number behind it: only the user's own labels may meet. Those that cannot be are
 * named and counted with inputs->keep_going, else the first of them is the error. A check that
 * was found in a folder is passed over: it has no figures. HB_ERR_USAGE when none can be. *digests
 * is the caller's: hb_digests_free. */
int hb_digests_read(struct hb_inputs *inputs, struct hb_digest **digests, size_t *count,
                    struct hb_err *err);

void hb_digests_free(struct hb_digest *digests, size_t count);

#endif
