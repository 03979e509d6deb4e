/* The parts of `hakbench trace`: a file each, trace_NAME.c. Read next: trace.c. */
#ifndef HB_COMMANDS_TRACE_PARTS_H
#define HB_COMMANDS_TRACE_PARTS_H

#include "base/err.h"
#include "session/options.h"

/* argv[0] is "hakbench trace NAME". Each returns the exit code, or -1 with *err set. */
int hb_trace_record_run(int argc, char **argv, struct hb_err *err);
int hb_trace_info_run(int argc, char **argv, struct hb_err *err);
int hb_trace_cut_run(int argc, char **argv, struct hb_err *err);
int hb_trace_anonymise_run(int argc, char **argv, struct hb_err *err);
int hb_trace_synth_run(int argc, char **argv, struct hb_err *err);
int hb_trace_import_run(int argc, char **argv, struct hb_err *err);
int hb_trace_export_run(int argc, char **argv, struct hb_err *err);

/* Their options, for the help of all. */
extern const struct hb_usage hb_trace_record_usage, hb_trace_info_usage, hb_trace_cut_usage,
    hb_trace_anonymise_usage, hb_trace_synth_usage, hb_trace_import_usage, hb_trace_export_usage;

#endif
