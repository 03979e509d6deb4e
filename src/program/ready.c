/* When a server is up: see program.h. */
#include "program/running.h"

#include "base/clock.h"
#include "base/quote.h"
#include "base/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <regex.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ASK_EVERY_MS 10
#define CONNECT_MS   200
#define TURN_NS      UINT64_C(1000000000) /* a turn that took longer stood still */

/* ---- parsing ---- */

static const char *after(const char *text, const char *prefix)
{
    const size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 && text[length] ? text + length : NULL;
}

static int parse_port(const char *text, uint16_t *port, struct hb_err *err)
{
    uint64_t number = 0;
    const char *end = hb_unit_read_digits(text, &number);
    if (!end || *end || number < 1 || number > UINT16_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "tcp:%s: expected a port, 1 to 65535",
                          hb_quote(text).text);
    *port = (uint16_t)number;
    return 0;
}

static int check_pattern(const char *text, struct hb_err *err)
{
    regex_t pattern;
    char why[128];
    const int status = regcomp(&pattern, text, REG_EXTENDED | REG_NOSUB);
    if (status == 0) {
        regfree(&pattern);
        return 0;
    }
    (void)regerror(status, &pattern, why, sizeof why);
    return hb_err_set(err, HB_ERR_USAGE, "output:%s: %s", hb_quote(text).text, why);
}

int hb_program_parse_ready(const char *text, struct hb_program_ready *ready, struct hb_err *err)
{
    const char *rest;
    *ready = (struct hb_program_ready){.kind = HB_PROGRAM_READY_TCP};
    if ((rest = after(text, "tcp:")))
        return parse_port(rest, &ready->port, err);
    if ((rest = after(text, "unix:"))) {
        ready->kind = HB_PROGRAM_READY_UNIX;
        ready->path = rest;
        return strlen(rest) < sizeof((struct sockaddr_un *)0)->sun_path
                   ? 0
                   : hb_err_set(err, HB_ERR_USAGE, "unix:%s: the path of a socket is shorter",
                                hb_quote(rest).text);
    }
    if ((rest = after(text, "output:"))) {
        ready->kind = HB_PROGRAM_READY_OUTPUT;
        ready->pattern = rest;
        return check_pattern(rest, err);
    }
    return hb_err_set(err, HB_ERR_USAGE, "%s: expected tcp:PORT, unix:PATH or output:REGEX",
                      hb_quote(text).text);
}

/* ---- asking ---- */

static bool takes_connections(int family, const void *address, socklen_t length)
{
    int failed = 1;
    socklen_t size = sizeof failed;
    const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pollfd file = {.fd = fd, .events = POLLOUT};
    if (fd < 0)
        return false;
    const bool is_done = connect(fd, address, length) == 0;
    if (!is_done && poll(&file, 1, CONNECT_MS) > 0)
        (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size);
    else
        failed = !is_done;
    const bool is_refused = (file.revents & (POLLERR | POLLHUP)) != 0;
    (void)close(fd);
    return failed == 0 && !is_refused;
}

static bool tcp_is_up(uint16_t port)
{
    const struct sockaddr_in v4 = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr_in6 v6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    return takes_connections(AF_INET, &v4, sizeof v4) ||
           takes_connections(AF_INET6, &v6, sizeof v6);
}

static bool unix_is_up(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    return HB_COPY(address.sun_path, path) && takes_connections(AF_UNIX, &address, sizeof address);
}

bool hb_program_is_taken(const struct hb_program_ready *ready)
{
    if (ready->kind == HB_PROGRAM_READY_TCP)
        return tcp_is_up(ready->port);
    return ready->kind == HB_PROGRAM_READY_UNIX && unix_is_up(ready->path);
}

/* Standard output or error as far as it is kept; a NUL byte in it is a byte like any. */
static bool has_said(struct hb_ledger *ledger, const regex_t *pattern)
{
    for (unsigned i = 0; i < HB_LEDGER_STREAMS; i++) {
        regmatch_t whole = {.rm_so = 0, .rm_eo = (regoff_t)atomic_load(&ledger->kept_bytes[i])};
        if (regexec(pattern, hb_ledger_kept(ledger, i), 1, &whole, REG_STARTEND) == 0)
            return true;
    }
    return false;
}

static int wait_until_up(struct hb_program *program, const struct hb_program_ready *ready,
                         const regex_t *pattern, double timeout_s, enum hb_program_came_up *came_up,
                         struct hb_err *err)
{
    const uint64_t most_ns = (uint64_t)(timeout_s * 1e9);
    for (uint64_t waited_ns = 0;;) {
        const uint64_t began_ns = hb_clock_monotonic_ns();
        const bool is_over = hb_program_hear(program, ASK_EVERY_MS) == HB_HEARD_END;
        const bool is_up =
            pattern ? has_said(program->ledger, pattern) : hb_program_is_taken(ready);
        *came_up = is_over ? HB_PROGRAM_DIED : is_up ? HB_PROGRAM_UP : HB_PROGRAM_NOT_READY;
        if (hb_program_is_interrupted(program))
            return hb_err_set(err, HB_ERR_INTERRUPTED, "interrupted");
        const uint64_t turn_ns = hb_clock_monotonic_ns() - began_ns;
        waited_ns += turn_ns < TURN_NS ? turn_ns : TURN_NS;
        if (is_over || is_up || waited_ns >= most_ns)
            return 0;
    }
}

int hb_program_wait_ready(struct hb_program *program, const struct hb_program_ready *ready,
                          double timeout_s, enum hb_program_came_up *came_up, struct hb_err *err)
{
    regex_t pattern;
    if (ready->kind != HB_PROGRAM_READY_OUTPUT)
        return wait_until_up(program, ready, NULL, timeout_s, came_up, err);
    if (regcomp(&pattern, ready->pattern, REG_EXTENDED | REG_NEWLINE) != 0)
        return hb_err_set(err, HB_ERR_USAGE, "output:%s: no regular expression",
                          hb_quote(ready->pattern).text);
    const int status = wait_until_up(program, ready, &pattern, timeout_s, came_up, err);
    regfree(&pattern);
    return status;
}
