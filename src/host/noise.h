/* What disturbs a measurement on this machine, why, and the command that would mend it: the
 * findings of `hakbench doctor` and the warnings before a run.
 * Changes nothing, and never fails: what cannot be read is a finding that says so.
 * Read next: probe.h, survey.c, docs/method.md. */
#ifndef HB_HOST_NOISE_H
#define HB_HOST_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hb_finding_level {
    HB_FINDING_OK = 0,
    HB_FINDING_NOTE, /* worth knowing; the numbers hold */
    HB_FINDING_WARN, /* spreads or shifts the numbers, or takes a part of them away */
    HB_FINDING_BAD,  /* numbers from here mean little, or the run will fail */
    HB_FINDING_LEVELS
};
extern const char *const hb_finding_level_names[HB_FINDING_LEVELS]; /* "ok" ... */

struct hb_finding {
    const char *key; /* stable name for scripts: "cpu_governor" */
    enum hb_finding_level level;
    char value[256];     /* what is: "powersave"; one line */
    const char *meaning; /* one sentence: why it matters to a measurement */
    char remedy[192];    /* the command that would mend it, or "" */
};

#define HB_FINDINGS_MAX 40
struct hb_findings {
    struct hb_finding finding[HB_FINDINGS_MAX];
    size_t count;
};

struct hb_noise_options {
    const char *root;         /* "" or NULL is this machine; a test gives a folder */
    const char *results_path; /* whose free space is looked at; NULL: not looked at */
    uint32_t sample_ms;       /* how long to watch the CPUs; 0: 200 */
    bool files_only;          /* only what files say: nothing tried or timed on this machine */
};

/* Fills *findings, in a fixed order by room: CPU, other programs, memory, kernel, disk. options may
 * be NULL. Takes sample_ms and some ten milliseconds. */
void hb_noise_survey(const struct hb_noise_options *options, struct hb_findings *findings);

/* What disturbs now. */
struct hb_noise_now {
    bool is_quiet;
    char text[256]; /* "1.52 of 2 CPUs busy (cc1 0.80, ld 0.41); 3.1 % stolen; load 2.10"; "" when
                       quiet */
};

/* Watches the machine for sample_ms: processes, what the hypervisor took, stops for the control
 * group's quota. Where /proc does not tell, 50 ms of work show whether this thread gets its CPU.
 * The load of the last minute is said and does not count: it remembers what has ended. */
void hb_noise_look(const char *root, uint32_t sample_ms, struct hb_noise_now *now);

/* Watches the machine for sample_ms and says what others did: "0.52 of 2 CPUs busy; most by cc1,
 * process 123, with 0.40". */
void hb_noise_others(uint32_t sample_ms, char *text, size_t text_bytes);

#endif
