// Case 55: sized delete of a wrong size is tolerated, the heap stays whole, or caught in one line.
// Group: misuse
// Means: a wrong size in sized delete corrupts the heap silently
#include "cxx_promise.h"

static size_t made_bytes, told_bytes;

// Whatever was tolerated: blocks made after do not overlap.
static void act()
{
    enum { COUNT = 200 };
    static unsigned char *blocks[COUNT];
    const int count = made_bytes + told_bytes < 50000 ? COUNT : COUNT / 5;
    for (int i = 0; i < count; i++)
        blocks[i] = static_cast<unsigned char *>(::operator new(made_bytes));
    for (int i = 0; i < count; i += 2)
        ::operator delete(blocks[i], told_bytes);
    for (int i = 0; i < count; i += 2)
        blocks[i] = static_cast<unsigned char *>(::operator new(i % 4 ? made_bytes : told_bytes));
    for (int i = 0; i < count; i++)
        memset(blocks[i], i, i % 4 ? made_bytes : told_bytes);
    for (int i = 0; i < count; i++) {
        const size_t bytes = i % 4 ? made_bytes : told_bytes;
        CHECK(holds_only(blocks[i], bytes, static_cast<unsigned char>(i)));
        ::operator delete(blocks[i], bytes);
    }
}

int main()
{
    const size_t sizes[] = {1, 24, 500, 9000, 70000, 300000};
    for (size_t made : sizes)
        for (size_t told : sizes) {
            char name[60];
            made_bytes = made;
            told_bytes = told;
            snprintf(name, sizeof name, "%zu bytes deleted as %zu", made, told);
            must_go_on_or_abort(name, act);
        }
    return 0;
}
