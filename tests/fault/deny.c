/* deny NAME... -- PROGRAM ARGUMENT...: runs a program whose calls of these names are refused with
 * EPERM, as a container's filter does. */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int i = 1;
    for (; filter && i < argc && strcmp(argv[i], "--") != 0; i++) {
        const int number = seccomp_syscall_resolve_name(argv[i]);
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0) != 0)
            return 9;
    }
    if (!filter || i + 1 >= argc || seccomp_load(filter) != 0)
        return 9;
    (void)execvp(argv[i + 1], argv + i + 1);
    perror(argv[i + 1]);
    return 9;
}
