/* What the runner believes of the page that it shares with a worker. An allocator may write there
 * as well as anywhere: nothing is used but a copy that was looked at, and how many threads and
 * slices there are the runner knows itself.
 * Read next: src/worker/shm.h (the page), sampler.h. */
#ifndef HB_RUN_PAGE_H
#define HB_RUN_PAGE_H

#include "run/launcher.h"
#include "worker/shm.h"

/* Of a request: operations of all threads, and how many threads there are. */
uint64_t hb_page_parameter(const struct hb_request *request, const char *name);

/* Copies a text that may lack its end; what is not UTF-8, and every control character, is a '?'. */
void hb_page_text(char *to, size_t to_bytes, const char *from, size_t from_bytes);

/* Copies what a thread wrote of the measured phase and looks at it: times in order between since_ns
 * and now, every operation done. What is wrong with it, as static text, or NULL. */
const char *hb_page_run(const struct hb_shm *shm, const struct hb_request *request, uint32_t thread,
                        uint64_t since_ns, struct hb_shm_thread *copy);

/* The same of an epoch, whose number of operations is the workload's choice. */
const char *hb_page_epoch(const struct hb_shm *shm, uint32_t thread, uint64_t since_ns,
                          struct hb_shm_thread *copy);

#endif
