/* A profile of programs: what it has besides the lists that every profile has. See profile_parts.h
 * and hakbench-profile(5), "PROGRAMS". */
#include "base/quote.h"
#include "base/unit.h"
#include "result/profile_parts.h"

#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MAX 86400.0

static void free_program(struct hb_profile_program *program)
{
    hb_words_free(&program->command);
    hb_words_free(&program->server);
    hb_words_free(&program->needs);
    hb_words_free(&program->environment);
    free(program->ready);
    free(program->prepare);
    free(program->setup);
    free(program->cleanup);
    free(program->input);
    free(program->cwd);
    for (size_t i = 0; i < program->metric_count; i++)
        free(program->metrics[i].regex);
}

void hb_profile_exec_free(struct hb_profile_exec *exec)
{
    for (size_t i = 0; i < exec->count; i++)
        free_program(&exec->programs[i]);
    free(exec->programs);
    *exec = (struct hb_profile_exec){0};
}

void hb_profile_keep_program(struct hb_profile *profile, size_t program)
{
    struct hb_profile_exec *exec = &profile->exec;
    const struct hb_profile_program kept = exec->programs[program];
    for (size_t i = 0; i < exec->count; i++) {
        if (i != program)
            free_program(&exec->programs[i]);
    }
    exec->programs[0] = kept;
    exec->count = 1;
}

/* ---- texts and words ---- */

/* A text, or an array of its lines. */
static int read_lines(struct hb_profile_reader *r, const cJSON *node, char **text)
{
    struct hb_buf lines = {0};
    if (!cJSON_IsArray(node) && !cJSON_IsString(node))
        return HB_PROFILE_FAULT(r, node, VALUE, "expected a text or an array of its lines");
    if (cJSON_IsString(node))
        hb_buf_text(&lines, node->valuestring);
    for (const cJSON *child = cJSON_IsArray(node) ? node->child : NULL; child;
         child = child->next) {
        if (!cJSON_IsString(child)) {
            hb_buf_free(&lines);
            return HB_PROFILE_FAULT(r, child, VALUE, "expected a line of text");
        }
        hb_buf_printf(&lines, "%s%s", lines.size ? "\n" : "", child->valuestring);
    }
    *text = hb_buf_take(&lines);
    return *text ? 0 : hb_err_memory(r->err, r->source.path);
}

/* An array of words, or a text that is cut into them. */
static int read_words(struct hb_profile_reader *r, const cJSON *node, struct hb_words *words)
{
    struct hb_err problem = {0};
    if (cJSON_IsString(node)) {
        if (hb_words_split(words, node->valuestring, &problem) != 0)
            return HB_PROFILE_FAULT(r, node, VALUE, "%s", problem.message);
    } else if (hb_json_expect_array(&r->source, node, r->err) != 0) {
        return -1;
    }
    for (const cJSON *child = cJSON_IsArray(node) ? node->child : NULL; child;
         child = child->next) {
        if (!cJSON_IsString(child))
            return HB_PROFILE_FAULT(r, child, VALUE, "expected a word");
        if (hb_words_add(words, child->valuestring) != 0)
            return hb_err_memory(r->err, r->source.path);
    }
    if (words->count == 0 || !words->items[0][0])
        return HB_PROFILE_FAULT(r, node, VALUE, "expected at least one word");
    return 0;
}

/* With "shell" the command is one text, or an array of its lines; else words. */
static int read_command(struct hb_profile_reader *r, const cJSON *node, bool shell,
                        struct hb_words *words)
{
    char *text = NULL;
    if (!shell)
        return read_words(r, node, words);
    if (read_lines(r, node, &text) != 0)
        return -1;
    const int status = hb_words_add(words, text);
    free(text);
    return status == 0 ? 0 : hb_err_memory(r->err, r->source.path);
}

static int read_environment(struct hb_profile_reader *r, const cJSON *node, struct hb_words *words)
{
    if (hb_json_expect_object(&r->source, node, r->err) != 0)
        return -1;
    for (const cJSON *child = node->child; child; child = child->next) {
        struct hb_buf word = {0};
        if (!hb_profile_is_variable(child->string))
            return HB_PROFILE_FAULT(r, child, KEY,
                                    "%s cannot be set here; expected " HB_PROFILE_VARIABLE_HELP,
                                    hb_quote(child->string).text);
        if (!cJSON_IsString(child))
            return HB_PROFILE_FAULT(r, child, VALUE, "expected a string");
        hb_buf_printf(&word, "%s=%s", child->string, child->valuestring);
        const bool is_added = !word.failed && hb_words_add(words, hb_buf_string(&word)) == 0;
        hb_buf_free(&word);
        if (!is_added)
            return hb_err_memory(r->err, r->source.path);
    }
    return 0;
}

/* ---- figures of the program's own ---- */

static int check_regex(const char *text, char *why, size_t why_bytes)
{
    regex_t compiled;
    const int failed = regcomp(&compiled, text, REG_EXTENDED | REG_NEWLINE);
    if (failed) {
        (void)regerror(failed, &compiled, why, why_bytes);
        return -1;
    }
    const size_t groups = compiled.re_nsub;
    regfree(&compiled);
    if (groups == 0)
        (void)snprintf(why, why_bytes, "there is no group: (...) is where the number stands");
    return groups ? 0 : -1;
}

static int set_metric(struct hb_profile_metric *metric, const char *name, const char *regex,
                      struct hb_err *err)
{
    char why[128];
    if (!hb_profile_is_word(name) || hb_profile_copy(metric->name, sizeof metric->name, name) != 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s is no name; expected " HB_PROFILE_WORD_HELP,
                          hb_quote(name).text);
    if (check_regex(regex, why, sizeof why) != 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s: %s", hb_quote(regex).text, why);
    metric->regex = strdup(regex);
    return metric->regex ? 0 : hb_err_memory(err, NULL);
}

static struct hb_profile_metric *next_metric(struct hb_profile_program *program, const char *name,
                                             struct hb_err *err)
{
    for (size_t i = 0; i < program->metric_count; i++) {
        if (strcmp(program->metrics[i].name, name) == 0) {
            (void)hb_err_set(err, HB_ERR_USAGE, "the figure %s is there twice",
                             hb_quote(name).text);
            return NULL;
        }
    }
    if (program->metric_count < HB_PROGRAM_METRICS_MAX)
        return &program->metrics[program->metric_count];
    (void)hb_err_set(err, HB_ERR_USAGE, "at most %u figures of a program", HB_PROGRAM_METRICS_MAX);
    return NULL;
}

static int read_metric(struct hb_profile_reader *r, const cJSON *node,
                       struct hb_profile_program *program)
{
    static const char *const keys[] = {"regex", "higher_is_better"};
    struct hb_err problem = {0};
    if (hb_json_expect_object(&r->source, node, r->err) != 0 ||
        hb_profile_check_keys(r, node, keys, HB_TABLE_COUNT(keys)) != 0)
        return -1;
    const cJSON *regex = hb_json_require(&r->source, node, "regex", r->err);
    const cJSON *higher = hb_json_member(node, "higher_is_better");
    if (!regex)
        return -1;
    if (!cJSON_IsString(regex))
        return HB_PROFILE_FAULT(r, regex, VALUE, "expected a regular expression");
    struct hb_profile_metric *metric = next_metric(program, node->string, &problem);
    if (!metric || set_metric(metric, node->string, regex->valuestring, &problem) != 0)
        return HB_PROFILE_FAULT(r, node, VALUE, "%s", problem.message);
    program->metric_count++;
    return higher ? hb_json_get_bool(&r->source, higher, &metric->is_higher_better, r->err) : 0;
}

static int read_metrics(struct hb_profile_reader *r, const cJSON *node,
                        struct hb_profile_program *program)
{
    if (hb_json_expect_object(&r->source, node, r->err) != 0)
        return -1;
    for (const cJSON *child = node->child; child; child = child->next) {
        if (read_metric(r, child, program) != 0)
            return -1;
    }
    return 0;
}

int hb_profile_add_metric(struct hb_profile_program *program, const char *text, struct hb_err *err)
{
    const char *equals = strchr(text, '=');
    char name[HB_NAME_MAX];
    const size_t length = equals ? (size_t)(equals - text) : 0;
    if (!length || length >= sizeof name)
        return hb_err_set(err, HB_ERR_USAGE, "--metric %s: expected NAME=REGEX", text);
    (void)snprintf(name, sizeof name, "%.*s", (int)length, text);
    struct hb_err problem = {0};
    struct hb_profile_metric *metric = next_metric(program, name, &problem);
    if (!metric || set_metric(metric, name, equals + 1, &problem) != 0)
        return hb_err_set(err, HB_ERR_USAGE, "--metric %s: %s", text, problem.message);
    program->metric_count++;
    return 0;
}

/* ---- one program ---- */

enum member_kind { MEMBER_LINES, MEMBER_WORDS, MEMBER_BOOL };
struct member {
    const char *key;
    enum member_kind kind;
    size_t offset;
};
#define MEMBER(kind_, key_, field)                                                                 \
    {                                                                                              \
        key_, MEMBER_##kind_, offsetof(struct hb_profile_program, field)                           \
    }

/* Those that one rule reads and writes. */
static const struct member members[] = {
    MEMBER(WORDS, "needs", needs),
    MEMBER(LINES, "ready", ready),
    MEMBER(LINES, "prepare", prepare),
    MEMBER(LINES, "setup", setup),
    MEMBER(LINES, "cleanup", cleanup),
    MEMBER(LINES, "input", input),
    MEMBER(LINES, "cwd", cwd),
    MEMBER(BOOL, "ignore_output", ignore_output),
    MEMBER(BOOL, "ignore_failure", ignore_failure),
};
static const char *const keys[] = {
    "name",        "command", "client",        "server",         "shell",    "needs",
    "ready",       "prepare", "setup",         "cleanup",        "input",    "cwd",
    "environment", "metrics", "ignore_output", "ignore_failure", "timeout_s"};

static int read_member(struct hb_profile_reader *r, const cJSON *node, const struct member *member,
                       struct hb_profile_program *program)
{
    void *at = (char *)program + member->offset;
    switch (member->kind) {
    case MEMBER_LINES:
        return read_lines(r, node, at);
    case MEMBER_WORDS:
        return read_words(r, node, at);
    case MEMBER_BOOL:
        break;
    }
    return hb_json_get_bool(&r->source, node, at, r->err);
}

static int read_name(struct hb_profile_reader *r, const cJSON *object,
                     struct hb_profile_program *program)
{
    const cJSON *node = hb_json_require(&r->source, object, "name", r->err);
    if (!node ||
        hb_json_get_text(&r->source, node, program->name, sizeof program->name, r->err) != 0)
        return -1;
    if (!hb_profile_is_word(program->name))
        return HB_PROFILE_FAULT(r, node, VALUE, "%s is no name; expected " HB_PROFILE_WORD_HELP,
                                hb_quote(program->name).text);
    const struct hb_profile_exec *exec = &r->profile->exec;
    for (size_t i = 0; i + 1 < exec->count; i++) {
        if (strcmp(exec->programs[i].name, program->name) == 0)
            return HB_PROFILE_FAULT(r, node, VALUE, "the program \"%s\" is there twice",
                                    program->name);
    }
    return 0;
}

/* A command; or a server, which has a client and a sign that it is up. */
static int read_what_runs(struct hb_profile_reader *r, const cJSON *object,
                          struct hb_profile_program *program)
{
    const cJSON *shell = hb_json_member(object, "shell");
    const cJSON *server = hb_json_member(object, "server");
    const cJSON *command =
        hb_json_require(&r->source, object, server ? "client" : "command", r->err);
    if (!command || (shell && hb_json_get_bool(&r->source, shell, &program->shell, r->err) != 0) ||
        read_command(r, command, program->shell, &program->command) != 0)
        return -1;
    if (!server)
        return 0;
    return hb_json_require(&r->source, object, "ready", r->err)
               ? read_command(r, server, program->shell, &program->server)
               : -1;
}

static int read_program(struct hb_profile_reader *r, const cJSON *object,
                        struct hb_profile_program *program)
{
    const cJSON *environment = hb_json_member(object, "environment");
    const cJSON *metrics = hb_json_member(object, "metrics");
    const cJSON *timeout = hb_json_member(object, "timeout_s");
    program->timeout_s = HB_PROGRAM_TIMEOUT_S;
    program->line = hb_profile_key_line(r, object);
    if (hb_json_expect_object(&r->source, object, r->err) != 0 ||
        hb_profile_check_keys(r, object, keys, HB_TABLE_COUNT(keys)) != 0 ||
        read_name(r, object, program) != 0 || read_what_runs(r, object, program) != 0)
        return -1;
    for (size_t i = 0; i < HB_TABLE_COUNT(members); i++) {
        const cJSON *node = hb_json_member(object, members[i].key);
        if (node && read_member(r, node, &members[i], program) != 0)
            return -1;
    }
    if (timeout &&
        hb_json_get_double(&r->source, timeout, 0.001, TIMEOUT_MAX, &program->timeout_s, r->err))
        return -1;
    if (environment && read_environment(r, environment, &program->environment) != 0)
        return -1;
    return metrics ? read_metrics(r, metrics, program) : 0;
}

int hb_profile_read_programs(struct hb_profile_reader *r, const cJSON *node)
{
    struct hb_profile_exec *exec = &r->profile->exec;
    if (hb_json_expect_array(&r->source, node, r->err) != 0)
        return -1;
    const size_t count = (size_t)cJSON_GetArraySize(node);
    if (count == 0 || count > HB_PROFILE_PROGRAMS_MAX)
        return HB_PROFILE_FAULT(r, node, VALUE, "expected 1 to %u programs, found %zu",
                                HB_PROFILE_PROGRAMS_MAX, count);
    exec->programs = calloc(count, sizeof *exec->programs);
    if (!exec->programs)
        return hb_err_memory(r->err, r->source.path);
    for (const cJSON *child = node->child; child; child = child->next) {
        if (read_program(r, child, &exec->programs[exec->count++]) != 0)
            return -1;
    }
    return 0;
}

/* ---- weights ---- */

static int add_weight(struct hb_profile_exec *exec, const char *name, double weight,
                      struct hb_err *err)
{
    if (exec->weight_count == HB_PROFILE_WEIGHTS_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "at most %u weights", HB_PROFILE_WEIGHTS_MAX);
    struct hb_profile_weight *place = &exec->weights[exec->weight_count];
    if (!hb_profile_is_word(name) || hb_profile_copy(place->name, sizeof place->name, name) != 0 ||
        !(weight >= 0 && weight <= 1000))
        return hb_err_set(err, HB_ERR_USAGE,
                          "expected time, cpu, memory or a figure of the program, each with a "
                          "number from 0 to 1000");
    place->weight = weight;
    exec->weight_count++;
    return 0;
}

int hb_profile_read_weights(struct hb_profile_reader *r, const cJSON *node)
{
    struct hb_profile_exec *exec = &r->profile->exec;
    if (hb_json_expect_object(&r->source, node, r->err) != 0)
        return -1;
    exec->weight_count = 0;
    for (const cJSON *child = node->child; child; child = child->next) {
        struct hb_err problem = {0};
        double weight = 0;
        if (hb_json_get_double(&r->source, child, 0, 1000, &weight, r->err) != 0)
            return -1;
        if (add_weight(exec, child->string, weight, &problem) != 0)
            return HB_PROFILE_FAULT(r, child, VALUE, "%s", problem.message);
    }
    return 0;
}

int hb_profile_set_weights(struct hb_profile *profile, const char *text, struct hb_err *err)
{
    struct hb_profile_exec *exec = &profile->exec;
    exec->weight_count = 0;
    while (*text) {
        const size_t size = strcspn(text, ","), length = strcspn(text, "=,");
        char name[HB_NAME_MAX], *end = NULL;
        struct hb_err problem = {0};
        (void)snprintf(name, sizeof name, "%.*s", (int)length, text);
        const double weight = length < size ? strtod(text + length + 1, &end) : (double)NAN;
        if (end != text + size || end == text + length + 1 ||
            add_weight(exec, name, weight, &problem) != 0)
            return hb_err_set(err, HB_ERR_USAGE, "--weigh %s: %s", text,
                              problem.kind ? problem.message
                                           : "expected NAME=NUMBER, as in time=1,memory=0.5");
        text += size + (text[size] == ',');
    }
    return exec->weight_count
               ? 0
               : hb_err_set(err, HB_ERR_USAGE,
                            "--weigh: expected NAME=NUMBER, as in time=1,memory=0.5");
}

/* ---- to JSON ---- */

static void put_words(struct hb_json_writer *writer, cJSON *object, const char *key,
                      const struct hb_words *words)
{
    cJSON *array = words->count ? hb_json_put_array(writer, object, key) : NULL;
    for (size_t i = 0; i < words->count; i++)
        hb_json_put_at_end(writer, array, cJSON_CreateString(words->items[i]));
}

static void put_member(struct hb_json_writer *writer, cJSON *object, const struct member *member,
                       const struct hb_profile_program *program)
{
    const void *at = (const char *)program + member->offset;
    if (member->kind == MEMBER_WORDS)
        put_words(writer, object, member->key, at);
    else if (member->kind == MEMBER_LINES && *(char *const *)at)
        hb_json_put_text(writer, object, member->key, *(char *const *)at);
    else if (member->kind == MEMBER_BOOL && *(const bool *)at)
        hb_json_put_boolean(writer, object, member->key, true);
}

static void put_environment(struct hb_json_writer *writer, cJSON *object,
                            const struct hb_words *words)
{
    cJSON *members_ = words->count ? hb_json_put_object(writer, object, "environment") : NULL;
    for (size_t i = 0; i < words->count; i++) {
        char name[HB_NAME_MAX];
        const size_t length = strcspn(words->items[i], "=");
        (void)snprintf(name, sizeof name, "%.*s", (int)length, words->items[i]);
        hb_json_put_text(writer, members_, name, words->items[i] + length + 1);
    }
}

static void put_metrics(struct hb_json_writer *writer, cJSON *object,
                        const struct hb_profile_program *program)
{
    cJSON *metrics = program->metric_count ? hb_json_put_object(writer, object, "metrics") : NULL;
    for (size_t i = 0; i < program->metric_count; i++) {
        cJSON *metric = hb_json_put_object(writer, metrics, program->metrics[i].name);
        hb_json_put_text(writer, metric, "regex", program->metrics[i].regex);
        if (program->metrics[i].is_higher_better)
            hb_json_put_boolean(writer, metric, "higher_is_better", true);
    }
}

static void put_program(struct hb_json_writer *writer, cJSON *object,
                        const struct hb_profile_program *program)
{
    hb_json_put_text(writer, object, "name", program->name);
    if (program->shell)
        hb_json_put_boolean(writer, object, "shell", true);
    put_words(writer, object, "server", &program->server);
    put_words(writer, object, program->server.count ? "client" : "command", &program->command);
    for (size_t i = 0; i < HB_TABLE_COUNT(members); i++)
        put_member(writer, object, &members[i], program);
    hb_json_put_number(writer, object, "timeout_s", program->timeout_s);
    put_environment(writer, object, &program->environment);
    put_metrics(writer, object, program);
}

void hb_profile_put_programs(struct hb_json_writer *writer, cJSON *root,
                             const struct hb_profile *profile)
{
    cJSON *array = hb_json_put_array(writer, root, "programs");
    for (size_t i = 0; i < profile->exec.count; i++)
        put_program(writer, hb_json_put_object_at_end(writer, array), &profile->exec.programs[i]);
}

void hb_profile_put_weights(struct hb_json_writer *writer, cJSON *root,
                            const struct hb_profile *profile)
{
    cJSON *object = hb_json_put_object(writer, root, "weigh");
    for (size_t i = 0; i < profile->exec.weight_count; i++)
        hb_json_put_number(writer, object, profile->exec.weights[i].name,
                           profile->exec.weights[i].weight);
}

/* ---- of flags ---- */

/* "/usr/bin/python3 -c x" is python3; a letter that no name has becomes a dash. */
static void name_of(const char *command, char *name, size_t name_bytes)
{
    const size_t length = strcspn(command, " \t");
    const char *start = command + length;
    while (start > command && start[-1] != '/')
        start--;
    (void)snprintf(name, name_bytes, "%.*s", (int)(command + length - start), start);
    for (char *at = name; *at; at++) {
        const char one[2] = {*at, '\0'};
        *at = hb_profile_is_word(one) ? *at : '-';
    }
    if (!name[0])
        (void)snprintf(name, name_bytes, "program");
}

int hb_profile_of_program(struct hb_profile *profile, const char *command, struct hb_err *err)
{
    char name[HB_NAME_MAX - 1];
    name_of(command, name, sizeof name);
    if (hb_profile_init(profile, name, err) != 0)
        return -1;
    hb_profile_init_exec(profile);
    profile->path[0] = '\0';
    profile->exec.programs = calloc(1, sizeof *profile->exec.programs);
    if (!profile->exec.programs) {
        hb_profile_free(profile);
        return hb_err_memory(err, NULL);
    }
    profile->exec.count = 1;
    profile->exec.programs[0].timeout_s = HB_PROGRAM_TIMEOUT_S;
    HB_COPY(profile->exec.programs[0].name, name);
    return 0;
}
