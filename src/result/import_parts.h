/* What the importers share: a text line by line, and sessions that grow run by run.
 * Only the import*.c files include it.
 * Read next: import.h, import_lablog.c (its plainest user). */
#ifndef HB_RESULT_IMPORT_PARTS_H
#define HB_RESULT_IMPORT_PARTS_H

#include "result/import.h"

#include <stdint.h>

#define HB_IMPORT_LINE_MAX       8192u
#define HB_IMPORT_RUNS_MAX       1000u   /* of one allocator, as --runs has it */
#define HB_IMPORT_JOBS_MAX       100000u /* of one file; each costs 2.5 KiB */
#define HB_IMPORT_ALLOCATORS_MAX 256u
#define HB_IMPORT_SESSIONS_MAX   1000u

extern const struct hb_import hb_import_mimallocbench, hb_import_lablog;

/* A walk over the lines of a text. */
struct hb_import_lines {
    const char *text, *path;
    size_t size, at;
    size_t jobs;                       /* made so far, of all sessions */
    unsigned long number;              /* of the line below, from 1 */
    char line[HB_IMPORT_LINE_MAX + 1]; /* white space at both ends cut off, tabs are spaces */
};

/* 1: a line is there. 0: the text has ended. -1: refused (NUL bytes, other control characters, not
 * UTF-8, too long). */
int hb_import_next(struct hb_import_lines *lines, struct hb_err *err);

/* Sets an HB_ERR_USAGE "path:line: ..." and returns -1. */
int hb_import_fault(const struct hb_import_lines *lines, struct hb_err *err, const char *format,
                    ...) __attribute__((format(printf, 3, 4)));

/* Says why there is no room for one more of what: there are `most` already, or no memory. -1. */
int hb_import_no_room(const struct hb_import_lines *lines, struct hb_err *err, size_t count,
                      size_t most, const char *what);

/* A whole number of decimal digits up to most, which `digits` begins with; *end is behind it. */
bool hb_import_whole(const char *digits, uint64_t most, uint64_t *value, const char **end);

/* The session of this workload, made where it is new; valid until the next one is made. NULL when
 * there is no memory, or too many. */
struct hb_session *hb_import_session(struct hb_imported *imported, const char *from,
                                     const char *workload);

/* Index of the allocator with this label, made where it is new; -1 when there are too many, the
 * label is too long, or there is no memory. */
int hb_import_allocator(struct hb_session *session, const char *label, const char *via);

/* Appends a run: its place and its block follow from what is there. */
int hb_import_job(struct hb_import_lines *lines, struct hb_session *session, struct hb_job *job,
                  struct hb_err *err);

/* Sets or checks a parameter. -1 when it has another value already, which *other then is. 1 when
 * there is no memory. */
int hb_import_parameter(struct hb_session *session, const char *name, uint64_t value,
                        const char *text, const char **other);

#endif
