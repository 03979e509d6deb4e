/* argv -> command, and the one place where an error is printed.
 * Read next: src/commands/command.h. */
#include "base/log.h"
#include "base/quote.h"
#include "commands/command.h"
#include "report/write_text.h"
#include "run/interrupt.h"
#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct hb_command *const commands[] = {
#define HB_COMMAND(name) &hb_command_##name,
#include "commands.inc"
#undef HB_COMMAND
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static const struct {
    const char *command, *does;
} examples[] = {
    {"hakbench rebase --runs 10", "measure all allocators, pin the baseline"},
    {"hakbench rebase --quick --no-pin", "a first look in seconds"},
    {"hakbench doctor", "what makes this machine noisy"},
};

/* A line, and an empty one. */
static void paragraph(struct hb_doc *doc, const char *text)
{
    hb_doc_add(doc, HB_BLOCK_TEXT, NULL, "%s%s", text, text[0] ? "\n" : "");
}

/* As wide as its screen, like every report. */
static int print_help(FILE *to)
{
    static struct hb_doc doc; /* too large for a small stack */
    struct hb_err err = {0};
    paragraph(&doc, "hakbench measures memory allocators so that the numbers can be believed.");
    paragraph(&doc, "usage: hakbench COMMAND [options]");
    hb_doc_add(&doc, HB_BLOCK_TEXT, NULL, "commands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        hb_doc_line(&doc, "%-10s %s", commands[i]->name, commands[i]->summary);
    paragraph(&doc, "");
    hb_doc_add(&doc, HB_BLOCK_TEXT, NULL,
               "`hakbench help COMMAND` lists a command's options; `man hakbench` and");
    paragraph(&doc, "`man hakbench-COMMAND` say more.");
    hb_doc_add(&doc, HB_BLOCK_TEXT, NULL, "examples:");
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        hb_doc_line(&doc, "%-36s %s", examples[i].command, examples[i].does);
    const int status = hb_doc_print(&doc, false, to, &err);
    hb_doc_free(&doc);
    return status == 0 ? 0 : hb_err_exit_code(err.kind);
}

static const struct hb_command *find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

static int refuse(const char *name)
{
    if (name[0] == '-') {
        hb_say("unrecognized option %s; `hakbench --help` lists the commands", name);
        return 2;
    }
    const char *names[COMMAND_COUNT];
    char near[96];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i]->name;
    hb_say("no command \"%s\"%s; `hakbench --help` lists them", name,
           hb_suggest_text(name, names, COMMAND_COUNT, near, sizeof near));
    return 2;
}

static bool is_closed;

/* Results are on disk by now: a reader that went away (`| head`) is no failure of ours, a full
 * disk under a redirected stdout is. */
static int close_stdout(int code)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    is_closed = true;
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout) && close(STDOUT_FILENO) == 0)
        return code;
    /* What failed earlier than here has left no errno, but the pipe still shows it. */
    if (errno == EPIPE || (poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP))))
        return code;
    (void)fprintf(stderr, "hakbench: cannot write to standard output: %s\n",
                  errno ? strerror(errno) : "part of it was lost");
    return code ? code : HB_EXIT_INCOMPLETE;
}

/* argp prints help and leaves. */
static void close_at_exit(void)
{
    const int code = is_closed ? 0 : close_stdout(0);
    if (code)
        _exit(code);
}

static int run(const struct hb_command *command, int argc, char **argv)
{
    struct hb_err err = {0};
    char name[64];
    (void)snprintf(name, sizeof name, "hakbench %s", command->name);
    argv[1] = name;
    const int code = command->run(argc - 1, argv + 1, &err);
    if (code >= 0)
        return code;
    if (err.kind == HB_ERR_INTERRUPTED) {
        (void)fprintf(stderr, "hakbench: %s\n", err.message);
        return hb_interrupt_signal() ? 128 + hb_interrupt_signal() : 130;
    }
    (void)fprintf(stderr, "hakbench: %s\n", err.message);
    return hb_err_exit_code(err.kind);
}

/* Whole reports fit, so that a write that fails does so in close_stdout, which can say why. A
 * terminal stays line by line. */
static void buffer_stdout(void)
{
    static char buffer[64 * 1024];
    if (isatty(STDOUT_FILENO) != 1)
        (void)setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
}

/* A standard descriptor that was closed would be the next file opened: what is printed would go
 * into a result. Opened for reading alone, so that a write to it still fails and is reported. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", O_RDONLY);
    }
}

int main(int argc, char **argv)
{
    fill_standard_descriptors();
    buffer_stdout();
    (void)signal(SIGCHLD, SIG_DFL); /* inherited as ignored, no child could be waited for */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* file-size limits come back as errors of write() */
    (void)atexit(close_at_exit);
    if (argc < 2) {
        (void)print_help(stderr);
        return 2;
    }
    static char help[] = "--help"; /* "help trace record" is "trace record --help" */
    char *helped[] = {argv[0], argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : help, help, NULL};
    const bool is_help = strcmp(argv[1], "help") == 0;
    if (is_help && argc > 2 && argc < 5 && argv[2][0] != '-') {
        argv = helped;
    } else if (is_help || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
               strcmp(argv[1], "-?") == 0) {
        return close_stdout(print_help(stdout));
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("hakbench %s%s%s\n", HB_VERSION, HB_COMMIT[0] ? " " : "", HB_COMMIT);
        return close_stdout(0);
    }
    const struct hb_command *command = find(argv[1]);
    return command ? close_stdout(run(command, argc, argv)) : refuse(argv[1]);
}
