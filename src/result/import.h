/* Results of other tools, read as sessions of this one: kind "rebase", and `imported_from` says
 * whose they are. Their runs stand in blocks 0..n-1 and are no pairs; what the other tool does not
 * report is empty or unknown. Never guesses: what is not understood is refused with file:line.
 * Read next: import_parts.h (what the readers share), docs/exports.md, "Imports". */
#ifndef HB_RESULT_IMPORT_H
#define HB_RESULT_IMPORT_H

#include "base/err.h"
#include "result/model.h"

#include <stdbool.h>
#include <stddef.h>

/* What one file holds: a session for each benchmark, in the order of the file. Zeroed is valid to
 * free. */
struct hb_imported {
    struct hb_session *items; /* owned */
    size_t count, capacity;
};

struct hb_import {
    const char *name; /* as in a session's imported_from */
    const char *form; /* what such a file looks like, for messages */
    bool (*recognise)(const char *text, size_t size);

    /* Adds what the text holds to *imported, which the caller frees also after -1. HB_ERR_USAGE
     * with file:line for what is not understood. */
    int (*read)(const char *text, size_t size, const char *path, struct hb_imported *imported,
                struct hb_err *err);
};

/* Ended by a NULL. */
extern const struct hb_import *const hb_imports[];

/* The importer for this text, or NULL. A table with this tool's columns is never one. */
const struct hb_import *hb_import_recognise(const char *text, size_t size);

/* Reads a file. HB_ERR_USAGE, listing what there is, when no importer knows it. */
int hb_import_read(const char *path, struct hb_imported *imported, struct hb_err *err);

/* The one session of a text that `import` has recognised. A file of several benchmarks is refused,
 * naming the command that takes it apart. */
int hb_import_one(const struct hb_import *import, const char *text, size_t size, const char *path,
                  struct hb_session *session, struct hb_err *err);

/* Moves the sessions of *from into *to: those of one benchmark become one, the runs of an allocator
 * that both have one after another. *from is empty after, also after -1: HB_ERR_USAGE, naming path,
 * when a parameter has two values. */
int hb_import_merge(struct hb_imported *to, struct hb_imported *from, const char *path,
                    struct hb_err *err);

void hb_imported_free(struct hb_imported *imported);

/* True when the first line names columns of this tool's tables. */
bool hb_import_is_table(const char *text, size_t size);

/* What parts the columns where the first line names those of this tool's tables, and no comma does:
 * "\";\"", "tabs", or NULL. Static text. */
const char *hb_import_other_separator(const char *text, size_t size);

/* The forms of every importer, for a message. */
void hb_import_forms(char *text, size_t text_bytes);

#endif
