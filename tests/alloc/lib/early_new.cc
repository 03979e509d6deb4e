/* A library whose constructor makes an array and whose destructor deletes it. A program that is
 * linked with it has neither of them in its own hands.
 * Read next: ../cxx_early_constructor_uses_own_new.cc. */
static int *numbers;

__attribute__((constructor)) static void start()
{
    numbers = new int[10];
}

__attribute__((destructor)) static void end()
{
    delete[] numbers;
}

extern "C" bool early_new_has_numbers()
{
    return numbers != nullptr;
}
