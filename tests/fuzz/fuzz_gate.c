/* Gates and lists of metrics as people type them. */
#include "fuzz.h"

#include "compare/gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_gate *gates = NULL;
    size_t count = 0;
    struct hb_err err = {0}, apart = {0};
    bool chosen[HB_FIGURE_COUNT];
    char *text = malloc(size + 1);
    HOLDS(text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    if (hb_gates_parse(text, &gates, &count, &err) != 0) {
        HOLDS(!gates && err.message[0] != '\0');
    } else {
        HOLDS(count > 0);
        for (size_t i = 0; i < count; i++)
            HOLDS(gates[i].figure < HB_FIGURE_COUNT && gates[i].limit - gates[i].limit == 0);
    }
    free(gates);
    if (hb_figures_choose(text, chosen, &apart) != 0)
        HOLDS(apart.message[0] != '\0');
    free(text);
    return 0;
}
