/* Programs that count themselves (callgrind) write files named after their process: PID, and PID.1
 * and so on. A process that runs several programs one after another would write over those of the
 * program before. So the files of each are moved to a folder of its own as soon as it is over: at
 * the process's next exec, while it stands, or at its end. Read next: tracer.h (who sees both),
 * src/run/callgrind.h (who reads them). */
#ifndef HB_PROGRAM_IMAGES_H
#define HB_PROGRAM_IMAGES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct hb_images {
    const char *folder; /* where they write; NULL: nobody does */
    const char *writer; /* how the name of an executable that writes begins: "callgrind-" */
    uint32_t count;     /* folders made: folder/image-0 and so on */
};

/* Whether the process runs such an executable now. */
bool hb_images_is_writer(const struct hb_images *images, pid_t pid);

/* What the process has written goes to the next folder, which stays empty if that is nothing. */
void hb_images_part(struct hb_images *images, pid_t pid);

#endif
