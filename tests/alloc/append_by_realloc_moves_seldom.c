/* Also: a buffer that grows by realloc of a byte more moves seldom, also in the hardened mode
 * Group: memory
 * Means: buffers that grow bit by bit take the square of their size in time
 * To 200,000 bytes by 1, 2,000,000 by 7 and 20,000,000 by 1,000: an allocator that moved it each
 * time would take the square of that. Counted are the moves, the figure that does not depend on the
 * machine. */
#include "promise.h"

struct growth {
    size_t to, step;
    int most_moves;
};

/* Alone, or beside small blocks that are made in between and lie behind it. */
static int moves_of(const struct growth *growth, int has_neighbours)
{
    char *block = NULL, *neighbours[64] = {NULL};
    int moves = 0;
    for (size_t bytes = 1, i = 0; bytes <= growth->to; bytes += growth->step, i++) {
        char *now = realloc(block, bytes);
        CHECK(now != NULL);
        moves += now != block;
        block = now;
        block[bytes - 1] = (char)i;
        if (has_neighbours) {
            free(neighbours[i % 64]);
            neighbours[i % 64] = malloc(i % 500 + 1);
        }
    }
    for (int i = 0; i < 64; i++)
        free(neighbours[i]);
    for (size_t bytes = 1, i = 0; bytes <= growth->to; bytes += growth->step, i++)
        CHECK(block[bytes - 1] == (char)i);
    free(block);
    return moves;
}

static int grow(void)
{
    /* Eighths of a size as steps give 8 moves a doubling: 18, 21 and 25 doublings, and some. */
    static const struct growth growths[] = {
        {200000, 1, 400}, {2000000, 7, 600}, {20000000, 1000, 800}};
    int bad = 0;
    for (size_t i = 0; i < 3; i++)
        for (int has_neighbours = 0; has_neighbours < 2; has_neighbours++) {
            const int moves = moves_of(&growths[i], has_neighbours);
            if (moves <= growths[i].most_moves)
                continue;
            fprintf(stderr, "%zu bytes by %zu%s: %d moves\n", growths[i].to, growths[i].step,
                    has_neighbours ? ", beside others" : "", moves);
            bad++;
        }
    return bad != 0;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return grow();
    int status = -1;
    const int bad = grow();
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        setenv("HAKMEM_HARDEN", "1", 1);
        alarm(CHILD_LIMIT_S);
        execl("/proc/self/exe", argv[0], "hardened", (char *)NULL);
        _exit(77);
    }
    CHECK(waitpid(child, &status, 0) == child);
    if (status != 0)
        fprintf(stderr, "hardened: %s\n", end_of(status));
    return bad || status != 0;
}
