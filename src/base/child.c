/* Children that do not outlive their parent: see child.h. */
#include "base/child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

void hb_child_end_with(pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
}
