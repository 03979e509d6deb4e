/* A library for LD_AUDIT that allocates in its own namespace, where the allocator is not.
 * Read next: ../audit_and_deepbind_work.c. */
#include <link.h>
#include <stdlib.h>
#include <string.h>

unsigned la_version(unsigned version)
{
    char *block = malloc(1000);
    if (block != NULL)
        memset(block, 1, 1000);
    free(block);
    return version;
}

unsigned la_objopen(struct link_map *map, Lmid_t namespace, uintptr_t *cookie)
{
    (void)namespace;
    free(strdup(map->l_name));
    *cookie = (uintptr_t)map;
    return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}

/* Every binding of a symbol passes here: allocates among the program's own calls. */
uintptr_t la_symbind64(Elf64_Sym *symbol, unsigned index, uintptr_t *from, uintptr_t *to,
                       unsigned *flags, const char *name)
{
    (void)index;
    (void)from;
    (void)to;
    (void)flags;
    free(strdup(name));
    return symbol->st_value;
}
