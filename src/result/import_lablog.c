/* The old lab log: lists of "Run N: 59684554 ops/s", each under a line that names its allocator.
 * Liberal about what names a list, strict about the runs.
 * Read next: import_parts.h, docs/exports.md, "A lab log". */
#include "result/import_parts.h"

#include "base/copy.h"
#include "base/quote.h"
#include "base/unit.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NAME              "lab log"
#define THROUGHPUT_MAX    UINT64_C(1000000000000) /* a thousand times what any machine does */
#define NUMBER_MAX        UINT64_C(1000000000)
#define HEADING_WORDS_MAX 4u
#define UNKNOWN_WORKLOAD  NAME
#define ONLY_THROUGHPUT   "a lab log has the throughput alone"

struct lab {
    struct hb_import_lines lines;
    struct hb_session *session;
    struct hb_err *err;
    char name[HB_NAME_MAX]; /* of the list below; "" as long as none was read */
    bool name_too_long;
    uint64_t last[HB_IMPORT_ALLOCATORS_MAX]; /* the last run's number of each allocator */
    bool has_runs[HB_IMPORT_ALLOCATORS_MAX];
};

/* ---- run lines ---- */

/* Past "- ", "* ", "> ". */
static const char *past_bullet(const char *line)
{
    const size_t bullet = strspn(line, "-*>");
    return bullet && line[bullet] == ' ' ? line + bullet + strspn(line + bullet, " ") : line;
}

/* What follows "Run " when the line is one of a run, well formed, wrong or cut off; else NULL.
 * Prose such as "Run 10 times" is none. */
static const char *run_number(const char *line)
{
    line = past_bullet(line);
    if (strncasecmp(line, "run", 3) != 0 || !strchr(" #", line[3]) || !line[3])
        return NULL;
    const char *number = line + 3 + strspn(line + 3, " ");
    const char *digits = number + strspn(number, "#+-");
    const char *end = digits + strspn(digits, "0123456789.,");
    if (end == digits)
        return NULL;
    end += strspn(end, " ");
    return strchr(":=)", *end) || strcasestr(end, "ops") ? number : NULL;
}

/* "3: 59684554 ops/s". */
static int parse_run(const struct lab *lab, const char *text, uint64_t *number,
                     uint64_t *throughput)
{
    static const char form[] = "expected \"Run N: 59684554 ops/s\"";
    const char *end;
    if (!hb_import_whole(text, NUMBER_MAX, number, &end) || *end != ':')
        return hb_import_fault(&lab->lines, lab->err, "%s with N a whole number, found %s", form,
                               hb_quote(lab->lines.line).text);
    end += 1 + strspn(end + 1, " ");
    const char *digits = end;
    if (!hb_import_whole(digits, THROUGHPUT_MAX, throughput, &end) || *throughput == 0)
        return hb_import_fault(&lab->lines, lab->err,
                               "%s with a whole number from 1 to 10^12, found %s", form,
                               hb_quote(digits).text);
    end += strspn(end, " ");
    if (strcmp(end, "ops/s") != 0)
        return hb_import_fault(&lab->lines, lab->err, "%s, found %s", form,
                               hb_quote(lab->lines.line).text);
    return 0;
}

static void set_reasons(struct hb_job *job)
{
    for (size_t i = 0; i < HB_GROUP_COUNT; i++)
        (void)snprintf(job->null_reason[i], sizeof job->null_reason[i], ONLY_THROUGHPUT);
}

/* "hakmem" of "logs/hakmem.log". */
static void name_by_file(struct lab *lab)
{
    const char *file = hb_path_name(lab->lines.path);
    const char *dot = strrchr(file, '.');
    const size_t length = dot && dot > file ? (size_t)(dot - file) : strlen(file);
    (void)snprintf(lab->name, sizeof lab->name, "%.*s",
                   length < HB_NAME_MAX ? (int)length : HB_NAME_MAX - 1, file);
    hb_utf8_repair(lab->name);
    if (!lab->name[0])
        (void)snprintf(lab->name, sizeof lab->name, "allocator");
}

static int find_allocator(struct lab *lab, uint32_t *allocator)
{
    if (!lab->name[0] && !lab->name_too_long)
        name_by_file(lab);
    if (lab->name_too_long)
        return hb_import_fault(&lab->lines, lab->err,
                               "the heading above is longer than the %d bytes of a name",
                               HB_NAME_MAX - 1);
    const int index = hb_import_allocator(lab->session, lab->name, "");
    if (index < 0)
        return hb_import_no_room(&lab->lines, lab->err, lab->session->allocator_count,
                                 HB_IMPORT_ALLOCATORS_MAX, "allocators");
    *allocator = (uint32_t)index;
    return 0;
}

static int take_run(struct lab *lab, const char *text)
{
    uint64_t number = 0, throughput = 0;
    struct hb_job job;
    hb_job_init(&job);
    if (parse_run(lab, text, &number, &throughput) != 0 || find_allocator(lab, &job.allocator) != 0)
        return -1;
    if (lab->has_runs[job.allocator] && number <= lab->last[job.allocator])
        return hb_import_fault(&lab->lines, lab->err,
                               "run %" PRIu64 " of %s: expected a number above the %" PRIu64
                               " of its run before",
                               number, hb_quote(lab->name).text, lab->last[job.allocator]);
    lab->has_runs[job.allocator] = true;
    lab->last[job.allocator] = number;
    job.metric[HB_METRIC_THROUGHPUT] = (double)throughput;
    set_reasons(&job);
    return hb_import_job(&lab->lines, lab->session, &job, lab->err);
}

/* ---- parameters ---- */

/* What this tool calls it, or NULL. */
static const char *parameter_name(const char *key, size_t length)
{
    static const char *const names[][2] = {
        {"ws", "working_set"},    {"working_set", "working_set"}, {"iterations", "operations"},
        {"iters", "operations"},  {"operations", "operations"},   {"threads", "threads"},
        {"min_size", "min_size"}, {"max_size", "max_size"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i][0]) == length && strncasecmp(names[i][0], key, length) == 0)
            return names[i][1];
    }
    return NULL;
}

static int take_parameter(struct lab *lab, const char *name, const char *text)
{
    struct hb_err own = {0};
    const char *other = "";
    uint64_t value;
    if (strlen(text) >= HB_NAME_MAX || hb_unit_parse_count(text, &value, &own) != 0 || value == 0)
        return hb_import_fault(&lab->lines, lab->err, "%s: expected a count above 0, found %s",
                               name, hb_quote(text).text);
    const int status = hb_import_parameter(lab->session, name, value, text, &other);
    if (status < 0)
        return hb_import_fault(&lab->lines, lab->err,
                               "%s is %s here and %s above: a session has one benchmark, so keep "
                               "them in files of their own",
                               name, hb_quote(text).text, hb_quote(other).text);
    return status > 0 ? hb_err_memory(lab->err, lab->lines.path) : 0;
}

/* "( )", where a parameter was, is no part of a name. */
static void drop_empty_parentheses(char *line)
{
    for (char *open = line; (open = strchr(open, '(')); open++) {
        const size_t size = 1 + strspn(open + 1, " ,;");
        if (open[size] == ')')
            memset(open, ' ', size + 1);
    }
}

/* Takes "WS=400" and its like out of the line, blanks in their place. */
static int take_parameters(struct lab *lab, char *line)
{
    static const char gaps[] = " ,;:()";
    for (char *at = line; *(at += strspn(at, gaps));) {
        char *const token = at;
        at += strcspn(at, gaps);
        const char *equals = memchr(token, '=', (size_t)(at - token));
        const char *name = equals ? parameter_name(token, (size_t)(equals - token)) : NULL;
        char text[HB_NAME_MAX + 1];
        if (!name)
            continue;
        (void)snprintf(text, sizeof text, "%.*s", (int)(at - equals - 1), equals + 1);
        if (take_parameter(lab, name, text) != 0)
            return -1;
        memset(token, ' ', (size_t)(at - token));
    }
    drop_empty_parentheses(line);
    return 0;
}

/* ---- headings ---- */

/* Part of a line. */
struct span {
    const char *at; /* NULL: there is none */
    size_t size;
};

static struct span trimmed(struct span text, const char *what)
{
    while (text.size > 0 && strchr(what, *text.at)) {
        text.at++;
        text.size--;
    }
    while (text.size > 0 && strchr(what, text.at[text.size - 1]))
        text.size--;
    return text;
}

static size_t word_count(struct span text)
{
    size_t words = 0;
    for (size_t i = 0; i < text.size; i++)
        words += text.at[i] != ' ' && (i == 0 || text.at[i - 1] == ' ');
    return words;
}

/* What follows "Allocator:" or "allocator =". */
static struct span past_keyword(struct span text)
{
    static const char keyword[] = "allocator";
    size_t i = sizeof keyword - 1;
    if (text.size <= i || strncasecmp(text.at, keyword, i) != 0)
        return (struct span){0};
    while (i < text.size && text.at[i] == ' ')
        i++;
    if (i == text.size || !strchr(":=", text.at[i]))
        return (struct span){0};
    return (struct span){text.at + i + 1, text.size - i - 1};
}

/* "# x", "=== x ===", "--- x ---", "**x**", "[x]", with or without a colon. */
static bool is_marked(struct span text)
{
    if (text.size > 0 && *text.at == '#')
        return true;
    text = trimmed(text, ":");
    return text.size > 2 && strchr("=-*~_[", *text.at) && strchr("=-*~_]", text.at[text.size - 1]);
}

/* Words that head a list without naming an allocator. */
static bool is_generic(struct span text)
{
    static const char *const words[] = {"results", "result",     "runs",       "raw runs", "raw",
                                        "data",    "stats",      "statistics", "summary",  "output",
                                        "notes",   "throughput", "parameters"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == text.size && strncasecmp(words[i], text.at, text.size) == 0)
            return true;
    }
    return false;
}

/* The name in a heading: a marked line, "x:" or "Allocator: x". */
static struct span heading_of(const char *line)
{
    static const char marks[] = "#=-*~_[]: ";
    const struct span text = trimmed((struct span){line, strlen(line)}, " ");
    struct span named = past_keyword(text);
    if (named.at)
        return trimmed(named, marks);
    const bool ends_so = text.size > 1 && text.at[text.size - 1] == ':';
    if (!is_marked(text) && !(ends_so && word_count(text) <= HEADING_WORDS_MAX))
        return (struct span){0};
    const struct span inner = trimmed(text, marks);
    named = past_keyword(inner);
    return named.at ? trimmed(named, marks) : inner;
}

static void take_heading(struct lab *lab, const char *line)
{
    const struct span name = heading_of(line);
    if (name.size == 0 || is_generic(name))
        return;
    lab->name_too_long = name.size >= sizeof lab->name;
    (void)snprintf(lab->name, sizeof lab->name, "%.*s", lab->name_too_long ? 0 : (int)name.size,
                   name.at);
}

/* ---- the log ---- */

static int take_line(struct lab *lab)
{
    const char *number = run_number(lab->lines.line);
    if (number)
        return take_run(lab, number);
    if (take_parameters(lab, lab->lines.line) != 0)
        return -1;
    take_heading(lab, lab->lines.line);
    return 0;
}

/* What the parameters say of every run, wherever in the log they stood. */
static void apply_parameters(struct hb_session *session)
{
    const struct hb_parameter_value *operations = hb_session_find_parameter(session, "operations");
    const struct hb_parameter_value *threads = hb_session_find_parameter(session, "threads");
    for (size_t i = 0; i < session->job_count; i++) {
        double *metric = session->jobs[i].metric;
        if (operations)
            metric[HB_METRIC_OPERATIONS] = (double)operations->value;
        if (threads)
            metric[HB_METRIC_NS_PER_OP] =
                (double)threads->value * 1e9 / metric[HB_METRIC_THROUGHPUT];
    }
}

static int read_log(const char *text, size_t size, const char *path, struct hb_imported *imported,
                    struct hb_err *err)
{
    struct lab lab = {.lines = {.text = text, .path = path, .size = size}, .err = err};
    int status;
    lab.session = hb_import_session(imported, NAME, UNKNOWN_WORKLOAD);
    if (!lab.session)
        return hb_err_memory(err, path);
    while ((status = hb_import_next(&lab.lines, err)) > 0) {
        if (take_line(&lab) != 0)
            return -1;
    }
    if (status == 0 && lab.session->job_count == 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s: no line \"Run N: 59684554 ops/s\"", path);
    if (status == 0)
        apply_parameters(lab.session);
    return status;
}

/* Some line of a run, before a byte that no log has. */
static bool is_log(const char *text, size_t size)
{
    const char *const end = text + size;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const size_t length = (size_t)((newline ? newline : end) - text);
        char line[128];
        (void)snprintf(line, sizeof line, "%.*s",
                       length < sizeof line ? (int)length : (int)sizeof line - 1, text);
        if (memchr(text, '\0', length))
            return false;
        if (run_number(line + strspn(line, " \t")))
            return true;
        text += length + 1;
    }
    return false;
}

const struct hb_import hb_import_lablog = {
    .name = NAME,
    .form = "a log with lines \"Run N: 59684554 ops/s\"",
    .recognise = is_log,
    .read = read_log,
};
