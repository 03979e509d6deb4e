// Case 68: destructors of thread_local objects allocate and free, after much else has ended.
// Group: cxx
// Means: threads that end crash or leak in destructors of thread_local objects
#include "promise.h"

#include <string>
#include <thread>
#include <vector>

struct Holder {
    std::vector<std::string> words;
    ~Holder()
    {
        std::vector<std::string> more(100, std::string(100, 'y'));
        words.clear();
        words.shrink_to_fit();
        char *late = static_cast<char *>(malloc(3000));
        memset(late, 1, 3000);
        free(late);
    }
};

static thread_local Holder holder;

static void work()
{
    for (int i = 0; i < 500; i++)
        holder.words.push_back(std::string(size_t(i), 'x'));
}

int main()
{
    for (int i = 0; i < 200; i++) {
        std::thread a(work), b(work);
        a.join();
        b.join();
    }
    work();
    return 0;
}
