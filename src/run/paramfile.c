/* Parameters that are files: see paramfile.h. */
#include "run/paramfile.h"

#include "run/sizefile.h"
#include "run/tracefile.h"

/* No loop has both. */
int hb_paramfile_open(const struct hb_places *places, const struct hb_session *session, int *fd,
                      struct hb_err *err)
{
    if (hb_tracefile_open(session, fd, err) != 0)
        return -1;
    return *fd > 0 ? 0 : hb_sizefile_open(places, session, fd, err);
}
