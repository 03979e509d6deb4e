/* HAKMEM_* options: see option.h. */
#include "option.h"

#include "msg.h"

#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

struct hk_options hk_options;

static bool set_profile(const char *value)
{
    if (strcmp(value, "MIXED_TINYV3_C7_SAFE") == 0)
        hk_options.profile = HK_PROFILE_SPEED;
    else if (strcmp(value, "MIXED_TINYV3_C7_BALANCED") == 0)
        hk_options.profile = HK_PROFILE_BALANCED;
    else
        return false;
    return true;
}

static bool set_switch(const char *value, bool *on)
{
    *on = value[0] == '1';
    return (value[0] == '0' || value[0] == '1') && value[1] == '\0';
}

static bool set_lean(const char *value)
{
    bool lean;
    if (!set_switch(value, &lean))
        return false;
    if (lean)
        hk_options.profile = HK_PROFILE_LEAN;
    return true;
}

static bool set_os_stats(const char *value)
{
    return set_switch(value, &hk_options.os_stats);
}

static bool set_stats(const char *value)
{
    return set_switch(value, &hk_options.stats);
}

static bool set_harden(const char *value)
{
    return set_switch(value, &hk_options.harden);
}

/* In this order: lean, named after the profile, wins over it. */
static const struct {
    const char *name;
    bool (*set)(const char *value);
    const char *accepted;
} table[] = {
    {"HAKMEM_PROFILE", set_profile, "MIXED_TINYV3_C7_SAFE, MIXED_TINYV3_C7_BALANCED"},
    {"HAKMEM_SS_MEM_LEAN", set_lean, "0, 1"},
    {"HAKMEM_SS_OS_STATS", set_os_stats, "0, 1"},
    {"HAKMEM_STATS", set_stats, "0, 1"},
    {"HAKMEM_HARDEN", set_harden, "0, 1"},
};
#define OPTION_COUNT (sizeof table / sizeof table[0])

static void complain(const char *name, size_t name_length, const char *accepted)
{
    struct hk_text text = {.size = 0};
    char short_name[64] = "";
    memcpy(short_name, name, name_length < sizeof short_name ? name_length : sizeof short_name - 1);
    hk_text_add(&text, "hakmem: ");
    hk_text_add(&text, accepted ? "unknown value of " : "unknown option ");
    hk_text_add(&text, short_name);
    hk_text_add(&text, accepted ? "; it takes: " : "; there are: ");
    for (size_t i = 0; !accepted && i < OPTION_COUNT; i++) {
        hk_text_add(&text, i ? ", " : "");
        hk_text_add(&text, table[i].name);
    }
    hk_text_add(&text, accepted ? accepted : "");
    hk_text_add(&text, "\n");
    hk_text_write(&text);
}

static bool is_known(const char *entry, size_t name_length)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strlen(table[i].name) == name_length && strncmp(entry, table[i].name, name_length) == 0)
            return true;
    }
    return false;
}

/* getenv looks into `environ`. NULL: not set. */
static const char *value_of(char **environment, const char *name)
{
    const size_t name_length = strlen(name);
    for (char **entry = environment; *entry; entry++) {
        if (strncmp(*entry, name, name_length) == 0 && (*entry)[name_length] == '=')
            return *entry + name_length + 1;
    }
    return NULL;
}

void hk_options_read(char **environment)
{
    static bool done;
    if (environ)
        environment = environ;
    if (done || !environment || getauxval(AT_SECURE))
        return;
    done = true;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *value = value_of(environment, table[i].name);
        if (value && !table[i].set(value))
            complain(table[i].name, strlen(table[i].name), table[i].accepted);
    }
    for (char **entry = environment; *entry; entry++) {
        const size_t name_length = strcspn(*entry, "=");
        if (strncmp(*entry, "HAKMEM_", 7) == 0 && !is_known(*entry, name_length))
            complain(*entry, name_length, NULL);
    }
}
