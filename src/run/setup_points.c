/* What flags add to a session's header: see setup_points.h. */
#include "run/setup_points.h"

#include "base/unit.h"
#include "result/sweep.h"
#include "run/callgrind.h"
#include "run/cpus.h"
#include "run/paramfile.h"
#include "run/request.h"
#include "run/setup.h"
#include "run/sizefile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int hb_setup_count(const struct hb_places *places, const char *word, struct hb_session *session,
                   struct hb_err *err)
{
    if (hb_tally_choose(word, session->kind == HB_KIND_EXEC, session->count_source, err) != 0)
        return -1;
    if (hb_tally_of(session->count_source) == HB_TALLY_CALLGRIND &&
        access(places->clock, R_OK) != 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "--count %s: %s", word, places->clock);
    return hb_setup_key(places, session, err);
}

/* ---- sweeps ---- */

static int make_points(const struct hb_sweep *sweep, struct hb_session *session, struct hb_err *err)
{
    session->points = calloc(sweep->count, sizeof *session->points);
    if (!session->points)
        return hb_err_memory(err, NULL);
    for (; session->point_count < sweep->count; session->point_count++) {
        struct hb_parameter_value *point = &session->points[session->point_count];
        HB_COPY(point->name, sweep->name);
        HB_COPY(point->text, sweep->values[session->point_count]);
    }
    return 0;
}

/* A loop takes a number, however it is written; a program takes the word. */
static bool is_same_point(const struct hb_session *session, size_t i, size_t k)
{
    const struct hb_parameter_value *a = &session->points[i], *b = &session->points[k];
    return session->kind == HB_KIND_EXEC ? strcmp(a->text, b->text) == 0 : a->value == b->value;
}

static int check_twice(const struct hb_session *session, struct hb_err *err)
{
    for (size_t i = 0; i < session->point_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (is_same_point(session, i, k))
                return hb_err_set(err, HB_ERR_USAGE, "--sweep %s: %s is there twice",
                                  session->points[i].name, session->points[i].text);
        }
    }
    return 0;
}

/* As --set would take it, with all that only makes sense together. */
static int check_point(const struct hb_places *places, const struct hb_workload_info *workload,
                       struct hb_session *session, size_t index, struct hb_err *err)
{
    struct hb_parameter_value *point = &session->points[index];
    struct hb_parameter_value values[HB_PARAMETERS_MAX];
    /* By the workload's table, which has a row more than a session without a size profile. */
    hb_parameters_defaults(workload, values);
    if (hb_parameters_set(workload, values, point->name, point->text, "--sweep", err) != 0 ||
        hb_sizefile_permits(hb_session_find_parameter(session, HB_SIZES_PARAMETER), point->name,
                            "--sweep", err) != 0)
        return -1;
    *point = values[hb_parameters_find(workload, point->name)];
    (void)hb_session_parameters_at(session, index, values);
    int file_fd;
    if (hb_paramfile_open(places, session, &file_fd, err) != 0)
        return -1;
    const int status =
        hb_catalog_check(places, workload, values, session->parameter_count, file_fd, err);
    if (file_fd > 0)
        (void)close(file_fd);
    return status;
}

int hb_setup_sweep(const struct hb_places *places, const char *text, struct hb_session *session,
                   struct hb_err *err)
{
    struct hb_sweep sweep;
    struct hb_workload_info *workload = calloc(1, sizeof *workload);
    if (!workload)
        return hb_err_memory(err, NULL);
    int status = hb_sweep_parse(text, &sweep, err);
    if (status == 0)
        status = hb_catalog_workload(places, session->workload, workload, err);
    if (status == 0)
        status = make_points(&sweep, session, err);
    for (size_t i = 0; status == 0 && i < session->point_count; i++)
        status = check_point(places, workload, session, i, err);
    free(workload);
    if (status == 0)
        status = check_twice(session, err);
    if (status == 0)
        status = hb_cpus_choose(hb_session_threads_most(session), &session->host, err);
    return status == 0 ? hb_setup_key(places, session, err) : -1;
}

/* A value of a program's is any word; one that is a number has its place on an axis. */
static void read_number(struct hb_parameter_value *point, size_t index)
{
    if (hb_unit_parse_count(point->text, &point->value, NULL) != 0 &&
        hb_unit_parse_bytes(point->text, &point->value, NULL) != 0)
        point->value = index;
}

int hb_setup_sweep_programs(const struct hb_places *places, const char *text,
                            struct hb_session *session, struct hb_err *err)
{
    struct hb_sweep sweep;
    if (hb_sweep_parse(text, &sweep, err) != 0 || make_points(&sweep, session, err) != 0)
        return -1;
    for (size_t i = 0; i < session->point_count; i++)
        read_number(&session->points[i], i);
    return check_twice(session, err) == 0 ? hb_setup_key(places, session, err) : -1;
}
