/* Size profiles of sessions: see sizefile.h. */
#include "run/sizefile.h"

#include "base/quote.h"
#include "plan/sizes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NONE "none"

/* A bare word that is no file here may be one of ours. */
static int find_file(const struct hb_places *places, const char *text, char path[HB_PATH_MAX],
                     struct hb_err *err)
{
    if (!strchr(text, '/') && access(text, F_OK) != 0 &&
        hb_copy_path(path, NULL, "%s/sizes/%s%s", places->profiles, text,
                     hb_path_stem(text, ".csv") ? "" : ".csv") == 0 &&
        access(path, F_OK) == 0)
        return 0;
    return hb_copy_path(path, err, "%s", text);
}

static int read_file(const struct hb_places *places, const char *text, const char *where,
                     struct hb_sizes *sizes, struct hb_err *err)
{
    char path[HB_PATH_MAX];
    struct hb_err inner = {0};
    if (find_file(places, text, path, err) != 0)
        return -1;
    if (hb_sizes_read(path, sizes, &inner) == 0)
        return 0;
    return hb_err_set(err, inner.kind, "%s: parameter " HB_SIZES_PARAMETER ": %s", where,
                      inner.message);
}

int hb_sizefile_set(const struct hb_places *places, const char *text, const char *where,
                    struct hb_parameter_value *sizes, uint64_t range[2], struct hb_err *err)
{
    struct hb_sizes read;
    const char *slash = strrchr(text, '/'), *name = slash ? slash + 1 : text;
    const size_t stem = hb_path_stem(name, ".csv");
    sizes->value = 0;
    HB_COPY(sizes->text, NONE);
    if (strcmp(text, NONE) == 0)
        return 0;
    if (read_file(places, text, where, &read, err) != 0)
        return -1;
    sizes->value = read.id;
    (void)snprintf(sizes->text, sizeof sizes->text, "%.*s-%013" PRIx64,
                   stem > 0 && stem < 40 ? (int)stem : 40, name, read.id);
    hb_hide_controls(sizes->text);
    range[0] = read.table->size_min;
    range[1] = read.table->size_max;
    hb_sizes_free(&read);
    return 0;
}

const char *const hb_sizefile_ranges[2] = {"min_size", "max_size"};

int hb_sizefile_permits(const struct hb_parameter_value *sizes, const char *name, const char *where,
                        struct hb_err *err)
{
    for (size_t i = 0; sizes && sizes->value != 0 && i < 2; i++) {
        if (strcmp(name, hb_sizefile_ranges[i]) == 0)
            return hb_err_set(err, HB_ERR_USAGE,
                              "%s: parameter %s: the size profile %s takes its place; "
                              "--set " HB_SIZES_PARAMETER "=" NONE " goes without one",
                              where, name, sizes->text);
    }
    return 0;
}

static int open_table(const struct hb_sizes *sizes, int *fd, struct hb_err *err)
{
    *fd = memfd_create("hakbench-sizes", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (*fd < 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot make room for a size profile");
    if (hb_file_write_all(*fd, sizes->table, sizes->bytes, "a size profile's table", err) != 0) {
        (void)close(*fd);
        return -1;
    }
    (void)fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    return 0;
}

static const char *setting_of(const struct hb_session *session)
{
    const struct hb_profile *profile = hb_session_profile(session);
    for (size_t i = 0; i < profile->parameter_count; i++)
        if (strcmp(profile->parameters[i].name, HB_SIZES_PARAMETER) == 0)
            return profile->parameters[i].text;
    return NULL;
}

int hb_sizefile_open(const struct hb_places *places, const struct hb_session *session, int *fd,
                     struct hb_err *err)
{
    const struct hb_parameter_value *parameter =
        hb_session_find_parameter(session, HB_SIZES_PARAMETER);
    struct hb_sizes sizes;
    *fd = 0;
    if (!parameter || parameter->value == 0)
        return 0;
    const char *text = setting_of(session);
    if (!text)
        return hb_err_set(err, HB_ERR_USAGE,
                          "the session does not say which file its sizes are of");
    if (read_file(places, text, "the session", &sizes, err) != 0)
        return -1;
    int status = 0;
    if (sizes.id != parameter->value)
        status = hb_err_set(err, HB_ERR_INCOMPARABLE,
                            "the size profile %s has changed since the session started: its jobs "
                            "would not be comparable; start a new session",
                            hb_quote(text).text);
    else
        status = open_table(&sizes, fd, err);
    hb_sizes_free(&sizes);
    return status;
}
