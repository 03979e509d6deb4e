/* A sound shared object that is neither a plugin nor a malloc library. */
int hb_allocator_plug_in(void);

__attribute__((visibility("default"))) int hb_allocator_plug_in(void)
{
    return 0;
}
