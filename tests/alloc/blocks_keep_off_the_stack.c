/* Case 154: where others hold most of the address space, blocks still keep off the stack's room.
 * Limit: 60 s
 * Emulated: no, the layout of the kernel is what it is about
 * glibc: no, the kernel gives what is left, and that lies there */
#include "figures.h"

#include <sys/mman.h>
#include <sys/personality.h>

enum { COUNT = 300, STACK_MIB = 6 };

static uintptr_t top; /* of the kernel's own mappings: the stack grows above */

/* In halves, from the largest that the kernel grants: what is left is too little to matter. */
static void hold_address_space(void)
{
    for (size_t bytes = (size_t)1 << 46; bytes >= (size_t)1 << 32; bytes /= 2) {
        char *held;
        while ((held = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                            0)) != MAP_FAILED) {
            if ((uintptr_t)held + bytes > top)
                top = (uintptr_t)held + bytes;
        }
    }
}

static void use_stack(void)
{
    volatile char room[STACK_MIB << 20];
    for (size_t at = 0; at < sizeof room; at += 4096)
        room[sizeof room - 1 - at] = 1;
}

int main(int argc, char **argv)
{
    static unsigned char *blocks[COUNT];
    char *line_up;
    (void)argc;
    if (!(personality(0xffffffff) & ADDR_NO_RANDOMIZE)) { /* the room is smallest then */
        if (personality(ADDR_NO_RANDOMIZE) < 0)
            return skipped("the layout cannot be fixed");
        execv("/proc/self/exe", argv);
        return skipped("no /proc");
    }
    line_up = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(line_up != MAP_FAILED);
    hold_address_space();
    for (int i = 0; i < COUNT; i++) {
        const size_t bytes = i % 3 == 0 ? 40 : i % 3 == 1 ? 20000 : 300000 + (size_t)i * 4096;
        blocks[i] = malloc(bytes);
        if (blocks[i] != NULL)
            memset(blocks[i], i, bytes);
        CHECK(blocks[i] == NULL || (uintptr_t)blocks[i] < top);
    }
    use_stack();
    for (int i = 0; i < COUNT; i++) {
        CHECK(blocks[i] == NULL || blocks[i][39] == (unsigned char)i);
        free(blocks[i]);
    }
    return 0;
}
