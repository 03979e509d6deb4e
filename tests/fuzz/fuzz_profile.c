/* Profiles: what is read is, written with every default, read as the same. */
#include "fuzz.h"

#include "base/json/json.h"
#include "result/profile.h"

static char *text_of(const struct hb_profile *profile)
{
    struct hb_buf text = {0};
    cJSON *root = hb_profile_to_json(profile);
    HOLDS(root);
    HOLDS(hb_json_print(root, true, &text, NULL) == 0);
    cJSON_Delete(root);
    return hb_buf_take(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_profile profile, again;
    struct hb_err err = {0};
    if (hb_profile_parse((const char *)data, size, "fuzz.json", &profile, &err) != 0) {
        check_refusal(&err);
        HOLDS(!profile.allocators);
        return 0;
    }
    char *text = text_of(&profile);
    HOLDS(hb_profile_parse(text, strlen(text), "fuzz.json", &again, &err) == 0);
    char *text_again = text_of(&again);
    HOLDS(strcmp(text, text_again) == 0);
    free(text);
    free(text_again);
    hb_profile_free(&profile);
    hb_profile_free(&again);
    return 0;
}
