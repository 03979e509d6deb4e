/* The machine's lock: see machine_lock.h. */
#include "session/machine_lock.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool hb_machine_is_shared(bool flag)
{
    const char *value = getenv("HAKBENCH_SHARE_MACHINE");
    return flag || (value && strcmp(value, "1") == 0);
}

/* Who listens at the name; 0 when that is not known. */
static pid_t holder(const struct sockaddr *name, socklen_t length)
{
    struct ucred credentials = {0};
    socklen_t size = sizeof credentials;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return 0;
    if (connect(fd, name, length) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        credentials.pid = 0;
    (void)close(fd);
    return credentials.pid;
}

int hb_machine_lock(bool share, int *fd, struct hb_err *err)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0hakbench measures"};
    const socklen_t length =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof "\0hakbench measures" - 1);
    const struct sockaddr *address = (const struct sockaddr *)&name;
    char who[32] = "";
    *fd = share ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return 0;
    if (bind(*fd, address, length) == 0 && listen(*fd, 1) == 0)
        return 0;
    const bool is_taken = errno == EADDRINUSE;
    (void)close(*fd);
    *fd = -1;
    if (!is_taken)
        return 0;
    const pid_t pid = holder(address, length);
    if (pid > 0)
        (void)snprintf(who, sizeof who, " (process %d)", (int)pid);
    return hb_err_set(err, HB_ERR_USAGE,
                      "another hakbench%s is measuring on this machine, and two at once disturb "
                      "each other; --share-machine allows it",
                      who);
}
