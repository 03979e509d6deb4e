/* What a session's workers are asked to do, made from its header: the part that rebase and soak
 * share.
 * Read next: launcher.h (the request itself), session.h, soak.h. */
#ifndef HB_RUN_REQUEST_H
#define HB_RUN_REQUEST_H

#include "result/journal.h"
#include "run/catalog.h"
#include "run/launcher.h"

/* What does not change from worker to worker. */
struct hb_request_maker {
    const struct hb_places *places;
    const struct hb_session *session;
    char workload_path[HB_PATH_MAX];
    struct hb_parameter_value *parameters; /* of the request that was made last; owned */
    char *environment;                     /* the profile's, for every allocator; owned */
    struct hb_cpuset cpus;
    int file_fd; /* of the session's parameter that is a file; 0: none is */
};

/* -1 when the session's CPU list, its size profile or its trace cannot be read. Free with
 * hb_request_maker_free. */
int hb_request_maker_open(struct hb_request_maker *maker, const struct hb_places *places,
                          const struct hb_session *session, struct hb_err *err);
/* Before each worker: a control group may have taken the session's CPUs. Then others are chosen,
 * for all workers from here on, and put down in the session and the journal (NULL: none). */
int hb_request_maker_refresh(struct hb_request_maker *maker, struct hb_session *session,
                             struct hb_journal *journal, struct hb_err *err);

/* Nothing is measured on its CPUs any more: this process may use them again, and what it starts. */
void hb_request_maker_free(struct hb_request_maker *maker);

/* A worker of this allocator at this point (indices into the session's); its strings are the
 * maker's and the session's, its parameters hold until the next request is made. */
void hb_request_make(struct hb_request_maker *maker, uint32_t allocator, uint32_t point,
                     uint64_t seed, bool count_syscalls, struct hb_request *request);

/* Makes a request one that counts instructions: at fixed addresses, of at most a million
 * operations after a warm-up of as many as in a timed run, or ten times that million, without the
 * memory limit, which is not meant for callgrind's own. */
void hb_request_tally(struct hb_request_maker *maker, enum hb_tally tally,
                      struct hb_request *request);

/* Why the allocator gets no worker although it is there, as static text, or NULL: figures had in
 * another way than the others' do not stand in one table with them. The floor does: it is the loop
 * itself. */
const char *hb_request_refusal(const struct hb_session *session,
                               const struct hb_allocator_entry *entry);

/* Takes what a worker has found out of its library into the session's entry, and into the journal
 * (NULL: none). The library is known for certain only once a worker has loaded it and proved its
 * pointers. 1, with the entry as it was, when there is no such file: the worker was lied to, or
 * lied. -1: the journal. */
int hb_request_note_library(struct hb_allocator_entry *entry, const struct hb_loaded *loaded,
                            struct hb_journal *journal, struct hb_err *err);

#endif
