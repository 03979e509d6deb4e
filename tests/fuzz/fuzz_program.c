/* What is read of a program under measure: its file, its maps, its environment, how a server is up.
 */
#include "fuzz.h"

#include "program/effect.h"
#include "program/elf_facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct hb_effect_library library = {
        .path = "/opt/libmine.so", .asked = "/opt/libmine.so", .inode = 4711};
    struct hb_elf_facts facts;
    struct hb_program_ready ready;
    struct hb_err err = {0};
    char *text = malloc(size + 1);
    HOLDS(text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    hb_elf_parse(data, size, &facts);
    HOLDS(facts.is_native || !(facts.has_loader || facts.has_malloc));
    HOLDS(facts.is_elf || !facts.is_native);
    (void)hb_effect_is_mapping(text, &library);
    (void)hb_effect_is_asked((const char *)data, size, library.asked);
    if (hb_program_parse_ready(text, &ready, &err) != 0)
        check_refusal(&err);
    free(text);
    return 0;
}
