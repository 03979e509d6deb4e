/* What the user or the system asks of a running session: stop (SIGINT, SIGTERM, SIGHUP), or that
 * it was itself stopped and continued. Holds the only process-wide state of the harness.
 * Read next: conduct.c, session.c. */
#ifndef HB_RUN_INTERRUPT_H
#define HB_RUN_INTERRUPT_H

#include "base/err.h"
#include <signal.h>

#include <sys/types.h>

/* Installs the handlers. The first signal is noted; a second one, a second later or more, ends the
 * process at once with 128 + signal, after killing the worker named by hb_interrupt_guard(). A stop
 * signal that is ignored stays ignored. SIGPIPE is ignored. */
void hb_interrupt_install(void);

/* The signal that asked to stop, or 0. */
int hb_interrupt_signal(void);

/* 0, or -1 with HB_ERR_INTERRUPTED when there was one. */
int hb_interrupt_check(struct hb_err *err);

/* How often this process was continued after a stop. */
unsigned hb_interrupt_continued(void);

/* The process group a second signal kills; 0 for none. */
void hb_interrupt_guard(pid_t group);

#endif
