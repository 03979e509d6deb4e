/* A pass for instructions: whether this machine has callgrind or hardware counters for it, the
 * words that put callgrind in front of a program, and what it wrote, added up. Runs no program but
 * `valgrind --version`.
 * Read next: worker_process.c, exec_scene.c (who start one), counters.h (the hardware's),
 * docs/counts.md. */
#ifndef HB_RUN_CALLGRIND_H
#define HB_RUN_CALLGRIND_H

#include "base/copy.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* What counts instructions. */
enum hb_tally {
    HB_TALLY_NONE = 0,
    HB_TALLY_CALLGRIND,
    HB_TALLY_HARDWARE,
};

/* Chooses by the user's word: "callgrind", "hardware", or "instructions" for callgrind where it is,
 * else hardware. of_programs: only callgrind counts those. source gets what a session says of it:
 * "callgrind 3.19.0", "hardware". HB_ERR_USAGE for another word; HB_ERR_SYSTEM where the machine
 * has none, saying what to do. */
int hb_tally_choose(const char *word, bool of_programs, char source[HB_NAME_MAX],
                    struct hb_err *err);

/* Of a session's source; "" is none. */
enum hb_tally hb_tally_of(const char *source);

/* Words before a program's own, ended by NULL; valgrind's path is the first. They simulate caches
 * of one size for every machine, so that a figure is the machine's in nothing (HB_COUNT_CACHES).
 * output is a file's name in which %p is a process; they live as long as storage. is_tree: all is
 * counted, in every process of the tree; else a worker's measured loop, on every thread. */
#define HB_CALLGRIND_WORDS 32u
void hb_callgrind_words(const char *output, bool is_tree, char storage[HB_PATH_MAX],
                        const char *words[HB_CALLGRIND_WORDS]);

struct hb_callgrind_sums {
    double instructions, branches, l1_misses, ll_misses;
};

/* Adds what one file of callgrind's has. -1 when the text is none, or was cut off before its sums.
 */
int hb_callgrind_add(const char *text, struct hb_callgrind_sums *sums);

/* The same of a file. */
int hb_callgrind_read(const char *path, struct hb_callgrind_sums *sums);

/* The same of a folder that has one of each program that a tree's processes ran (program/images.h),
 * in it every file that this wrote. False with why where one of them did not write its last, or
 * there is none: the sum of the others is not the tree's. */
bool hb_callgrind_read_folder(const char *folder, struct hb_callgrind_sums *sums,
                              char why[HB_REASON_MAX]);

/* What its executables' names begin with. */
#define HB_CALLGRIND_WRITER "callgrind-"

#endif
