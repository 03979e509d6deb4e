/* The survey as a whole: see noise.h.
 * Read next: noise_cpu.c, noise_others.c, noise_system.c, noise_system.c. */
#include "host/noise.h"

#include "base/copy.h"
#include "host/identity.h"
#include "host/survey.h"

#include <stdarg.h>
#include <stdio.h>

#define SAMPLE_MS 200u

const char *const hb_finding_level_names[HB_FINDING_LEVELS] = {[HB_FINDING_OK] = "ok",
                                                               [HB_FINDING_NOTE] = "note",
                                                               [HB_FINDING_WARN] = "warn",
                                                               [HB_FINDING_BAD] = "bad"};

void hb_survey_add(struct hb_survey *survey, const char *key, enum hb_finding_level level,
                   const char *meaning, const char *remedy, const char *value, ...)
{
    struct hb_findings *findings = survey->findings;
    if (findings->count == HB_FINDINGS_MAX)
        return;
    struct hb_finding *finding = &findings->finding[findings->count++];
    va_list args;
    *finding = (struct hb_finding){.key = key, .level = level, .meaning = meaning};
    va_start(args, value);
    (void)vsnprintf(finding->value, sizeof finding->value, value, args);
    va_end(args);
    HB_COPY(finding->remedy, remedy);
}

static unsigned usable_cpus(const struct hb_survey *survey)
{
    struct hb_cpuset allowed;
    if (!survey->options.files_only && hb_cpuset_read_own(&allowed) == 0)
        return hb_cpuset_count(&allowed);
    return survey->host.cpu_count;
}

void hb_noise_survey(const struct hb_noise_options *options, struct hb_findings *findings)
{
    struct hb_survey survey = {.findings = findings};
    *findings = (struct hb_findings){0};
    if (options)
        survey.options = *options;
    if (!survey.options.root)
        survey.options.root = "";
    if (survey.options.sample_ms == 0)
        survey.options.sample_ms = SAMPLE_MS;
    hb_host_identity_at(survey.options.root, &survey.host);
    hb_cgroup_read_limits(survey.options.root, &survey.limits);
    survey.cpu_count = usable_cpus(&survey);
    hb_survey_cpu(&survey);
    hb_survey_others(&survey);
    hb_survey_memory(&survey);
    hb_survey_kernel(&survey);
}
