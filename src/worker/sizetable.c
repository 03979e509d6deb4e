/* The table of a size profile, as the runner has decoded it: one file that a descriptor of this
 * process is open on. Nothing is parsed here, and nothing of it is believed.
 * Read next: workload.h (struct hb_size_table), src/plan/sizes.c (who writes it). */
#include "worker/worker.h"

#include <sys/mman.h>
#include <sys/stat.h>

static bool is_whole(const struct hb_size_table *table, size_t bytes)
{
    if (bytes < sizeof *table || table->magic != HB_SIZE_TABLE_MAGIC || table->count < 1 ||
        table->count > HB_SIZE_ROWS_MAX ||
        bytes != sizeof *table + table->count * sizeof table->rows[0])
        return false;
    uint32_t live_end = 0;
    for (uint32_t i = 0; i < table->count; i++) {
        const struct hb_size_row *row = &table->rows[i];
        if (row->size < 1 || row->size < table->size_min || row->size > table->size_max ||
            row->other >= table->count || row->live_end < live_end)
            return false;
        live_end = row->live_end;
    }
    return live_end == UINT32_MAX;
}

int hb_worker_map_sizes(uint64_t descriptor, const char *name, uint64_t *address,
                        struct hb_worker_failure *failure)
{
    struct stat status;
    const int fd = descriptor <= HB_WORKER_DESCRIPTOR_MAX ? (int)descriptor : -1;
    void *memory = MAP_FAILED;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        memory = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (memory == MAP_FAILED || !is_whole(memory, (size_t)status.st_size))
        return hb_worker_fail(failure, HB_WORKER_WORKLOAD,
                              "%s: descriptor %llu has no size table; hakbench reads the file and "
                              "gives one",
                              name, (unsigned long long)descriptor);
    *address = (uint64_t)(uintptr_t)memory;
    return 0;
}
