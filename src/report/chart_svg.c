/* gnuplot's SVG made part of a page: see chart_svg.h. A scanner of tags that keeps what is on two
 * short lists and drops the rest, so that no version of gnuplot can bring scripts, links, fixed
 * colours or ids along. */
#include "report/chart_svg.h"

#include "report/gnuplot.h"
#include "report/html_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHORT_WIDE   24u /* characters of a row's label */
#define SHORT_NARROW 16u
#define DEPTH_MOST   32u

static const char *const kept_elements[] = {"g",       "path", "circle", "rect",
                                            "polygon", "use",  "text"};
#define ELEMENTS (sizeof kept_elements / sizeof *kept_elements)

static const char *const kept_attributes[] = {"d",
                                              "points",
                                              "transform",
                                              "fill",
                                              "stroke",
                                              "color",
                                              "x",
                                              "y",
                                              "width",
                                              "height",
                                              "cx",
                                              "cy",
                                              "r",
                                              "stroke-width",
                                              "stroke-linecap",
                                              "font-size",
                                              "text-anchor",
                                              "fill-opacity",
                                              "opacity",
                                              "stroke-linejoin",
                                              "stroke-dasharray"};
#define ATTRIBUTES (sizeof kept_attributes / sizeof *kept_attributes)

struct rewriter {
    const struct hb_chart *chart;
    enum hb_chart_form form;
    const char *at, *end;
    struct hb_buf *out;
    struct hb_err *err;
    size_t open[DEPTH_MOST]; /* kept elements that are open, the last one innermost */
    size_t depth;
};

struct span {
    const char *start;
    size_t size;
};

static bool is_word(struct span span, const char *word)
{
    return span.size == strlen(word) && memcmp(span.start, word, span.size) == 0;
}

/* Its place among words[0..count), or count. */
static size_t place_of(struct span span, const char *const *words, size_t count)
{
    size_t i = 0;
    while (i < count && !is_word(span, words[i]))
        i++;
    return i;
}

static int not_svg(struct rewriter *r, const char *what)
{
    return hb_err_set(r->err, HB_ERR_SYSTEM, "gnuplot drew what is not understood: %s", what);
}

/* ---- values ---- */

/* "rgb(  1,   1,   0)" is a word of chart_script: see HB_CHART_INK. */
static bool add_ink(struct hb_buf *out, struct span value)
{
    static const char *const names[HB_INKS] = {
        [HB_INK_GRID] = "grid", [HB_INK_AXIS] = "axis", [HB_INK_TEXT] = "ink-2",
        [HB_INK_BAND] = "band", [HB_INK_FAR] = "bad",   [HB_INK_AT] = "ink-3",
    };
    unsigned red, green, blue;
    char text[40];
    (void)snprintf(text, sizeof text, "%.*s", (int)value.size, value.start);
    if (sscanf(text, "rgb(%3u,%4u,%4u)", &red, &green, &blue) != 3 || red != HB_CHART_INK)
        return false;
    if (green == HB_CHART_INK_SLOT && blue < HB_CHART_SLOTS)
        hb_buf_printf(out, "var(--s%u)", blue);
    else if (green == HB_CHART_INK_OTHERS && blue < HB_INKS)
        hb_buf_printf(out, "var(--%s)", names[blue]);
    else
        return false;
    return true;
}

/* Whatever other colour gnuplot thought of is the page's own. */
static void add_colour(struct hb_buf *out, struct span value)
{
    if (is_word(value, "none"))
        hb_buf_text(out, "none");
    else if (!add_ink(out, value))
        hb_buf_text(out, "currentColor");
}

/* Numbers, letters of paths and words: nothing that could end the attribute or name a place. */
static void add_plain(struct hb_buf *out, struct span value)
{
    bool was_space = true;
    for (size_t i = 0; i < value.size; i++) {
        const char c = value.start[i];
        const bool is_space = isspace((unsigned char)c);
        if (is_space && !was_space)
            hb_buf_char(out, ' ');
        else if (isalnum((unsigned char)c) || (c && strchr(".,-()%", c)))
            hb_buf_char(out, c);
        was_space = is_space;
    }
    if (out->size && out->bytes[out->size - 1] == ' ')
        out->bytes[--out->size] = '\0';
}

static bool is_colour(struct span name)
{
    return is_word(name, "fill") || is_word(name, "stroke") || is_word(name, "color");
}

static void add_attribute(struct rewriter *r, struct span name, struct span value)
{
    static const char shape[] = "#gpPt";
    if ((is_word(name, "xlink:href") || is_word(name, "href")) && value.size > sizeof shape - 1 &&
        memcmp(value.start, shape, sizeof shape - 1) == 0) {
        hb_buf_printf(r->out, " href=\"#m%d\"", atoi(value.start + sizeof shape - 1));
        return;
    }
    if (place_of(name, kept_attributes, ATTRIBUTES) == ATTRIBUTES)
        return;
    hb_buf_printf(r->out, " %.*s=\"", (int)name.size, name.start);
    if (is_colour(name))
        add_colour(r->out, value);
    else
        add_plain(r->out, value);
    hb_buf_char(r->out, '"');
}

/* ---- tags ---- */

static void skip_space(const char **at, const char *end)
{
    while (*at < end && isspace((unsigned char)**at))
        (*at)++;
}

static struct span take_name(const char **at, const char *end)
{
    struct span name = {*at, 0};
    while (*at < end && (isalnum((unsigned char)**at) || strchr("-:_", **at)))
        (*at)++;
    name.size = (size_t)(*at - name.start);
    return name;
}

/* name = 'value' or "value"; false at the end of the tag, or where it is not understood. */
static bool take_attribute(const char **at, const char *end, struct span *name, struct span *value)
{
    skip_space(at, end);
    *name = take_name(at, end);
    skip_space(at, end);
    if (name->size == 0 || *at == end || **at != '=')
        return false;
    (*at)++;
    skip_space(at, end);
    if (*at == end || (**at != '"' && **at != '\''))
        return false;
    const char quote = *(*at)++;
    const char *close = memchr(*at, quote, (size_t)(end - *at));
    if (!close)
        return false;
    *value = (struct span){*at, (size_t)(close - *at)};
    *at = close + 1;
    return true;
}

/* Past the end of this element, whatever is in it. */
static int skip_element(struct rewriter *r, struct span name)
{
    char closing[40];
    (void)snprintf(closing, sizeof closing, "</%.*s>", (int)(name.size < 32 ? name.size : 32),
                   name.start);
    const char *found = memmem(r->at, (size_t)(r->end - r->at), closing, strlen(closing));
    if (!found)
        return not_svg(r, closing);
    r->at = found + strlen(closing);
    return 0;
}

static int open_tag(struct rewriter *r, const char *tag, const char *end)
{
    struct span attribute, value;
    const bool is_empty = end > tag && end[-1] == '/';
    const struct span name = take_name(&tag, end);
    const size_t element = place_of(name, kept_elements, ELEMENTS);
    if (element == ELEMENTS)
        return is_empty || is_word(name, "svg") ? 0 : skip_element(r, name);
    if (r->depth == DEPTH_MOST)
        return not_svg(r, "elements in elements without end");
    hb_buf_printf(r->out, "<%.*s", (int)name.size, name.start);
    while (take_attribute(&tag, end, &attribute, &value))
        add_attribute(r, attribute, value);
    hb_buf_text(r->out, is_empty ? "/>" : ">");
    if (!is_empty)
        r->open[r->depth++] = element;
    return 0;
}

static int close_tag(struct rewriter *r, const char *tag, const char *end)
{
    const struct span name = take_name(&tag, end);
    if (is_word(name, "svg"))
        return 0;
    if (r->depth == 0 || r->open[r->depth - 1] != place_of(name, kept_elements, ELEMENTS))
        return not_svg(r, "an element that ends and never began");
    hb_buf_printf(r->out, "</%.*s>", (int)name.size, name.start);
    r->depth--;
    return 0;
}

/* <?xml ...?>, <!DOCTYPE ...>, <!-- -->: gone; everything else by its kind. */
static int take_tag(struct rewriter *r)
{
    const char *end = memchr(r->at, '>', (size_t)(r->end - r->at));
    const char *tag = r->at + 1;
    if (!end)
        return not_svg(r, "a tag without an end");
    r->at = end + 1;
    if (*tag == '?' || *tag == '!')
        return 0;
    return *tag == '/' ? close_tag(r, tag + 1, end) : open_tag(r, tag, end);
}

/* ---- text ---- */

static void add_label(struct rewriter *r, size_t line)
{
    const size_t most = r->form == HB_CHART_NARROW ? SHORT_NARROW : SHORT_WIDE;
    if (line < r->chart->line_count)
        hb_html_short_text(r->out, r->chart->lines[line].label, most);
}

/* A word of gnuplot's own is written again with what it has escaped; a token is a label. */
static void add_text(struct rewriter *r, struct span text)
{
    const size_t token = strlen(HB_CHART_TOKEN);
    size_t i = 0;
    while (i < text.size) {
        char digits[5] = "";
        if (text.size - i >= token + 4 && memcmp(text.start + i, HB_CHART_TOKEN, token) == 0) {
            memcpy(digits, text.start + i + token, 4);
            add_label(r, (size_t)strtoul(digits, NULL, 10));
            i += token + 4;
            continue;
        }
        if (text.start[i] == '>')
            hb_buf_text(r->out, "&gt;");
        else
            hb_buf_char(r->out, text.start[i]);
        i++;
    }
}

/* White space between tags is nothing. */
static void take_text(struct rewriter *r)
{
    const char *next = memchr(r->at, '<', (size_t)(r->end - r->at));
    struct span text = {r->at, (size_t)((next ? next : r->end) - r->at)};
    r->at += text.size;
    for (size_t i = 0; i < text.size; i++) {
        if (!isspace((unsigned char)text.start[i])) {
            add_text(r, text);
            return;
        }
    }
}

/* ---- the whole ---- */

static void add_root(struct rewriter *r, const char *id)
{
    const struct hb_chart_size size = hb_chart_size(r->chart, r->form);
    hb_buf_printf(r->out,
                  "<svg class=\"%s\" viewBox=\"0 0 %u %u\" role=\"img\" "
                  "aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">",
                  r->chart->is_small           ? "small"
                  : r->form == HB_CHART_NARROW ? "narrow"
                                               : "wide",
                  size.width, size.height, id, id, id);
    hb_html_text(r->out, r->chart->title);
    hb_buf_printf(r->out, "</title><desc id=\"%s-d\">", id);
    hb_html_text(r->out, r->chart->says);
    hb_buf_text(r->out, "</desc>");
}

int hb_chart_svg_rewrite(const struct hb_chart *chart, enum hb_chart_form form, const char *id,
                         const char *drawn, size_t size, struct hb_buf *out, struct hb_err *err)
{
    struct rewriter r = {
        .chart = chart, .form = form, .at = drawn, .end = drawn + size, .out = out, .err = err};
    if (!memmem(drawn, size, "<svg", 4))
        return not_svg(&r, "there is no <svg>");
    add_root(&r, id);
    while (r.at < r.end) {
        if (*r.at != '<')
            take_text(&r);
        else if (take_tag(&r) != 0)
            return -1;
    }
    if (r.depth)
        return not_svg(&r, "elements that never end");
    hb_buf_text(out, "</svg>\n");
    return hb_buf_check(out, err);
}

int hb_chart_svg(const struct hb_chart *chart, enum hb_chart_form form, const char *id,
                 struct hb_buf *out, struct hb_err *err)
{
    struct hb_buf script = {0}, drawn = {0};
    hb_chart_script(chart, form, &script);
    int status = hb_buf_check(&script, err);
    if (status == 0)
        status = hb_gnuplot_run(&script, &drawn, err);
    if (status == 0)
        status = hb_chart_svg_rewrite(chart, form, id, hb_buf_string(&drawn), drawn.size, out, err);
    hb_buf_free(&script);
    hb_buf_free(&drawn);
    return status;
}

int hb_chart_png(const struct hb_chart *chart, const char *name,
                 const struct hb_picture_taker *taker, struct hb_err *err)
{
    struct hb_buf script = {0};
    hb_chart_script(chart, HB_CHART_PNG, &script);
    const int status = hb_gnuplot_picture(&script, name, taker, err);
    hb_buf_free(&script);
    return status;
}

/* On each shape itself: what <use> brings along from its place is the line's width there, which the
 * shape's own scale would make a blot. */
#define FILLED "fill=\"currentColor\" stroke=\"none\""
#define HOLLOW "fill=\"none\" stroke=\"currentColor\" stroke-width=\".35\""

/* Radius 1 about the middle, as gnuplot's; numbered as gnuplot numbers them, from 0. */
void hb_chart_shapes(struct hb_buf *out)
{
    hb_buf_text(
        out,
        "<svg class=\"shapes\" width=\"0\" height=\"0\" aria-hidden=\"true\" focusable=\"false\">"
        "<defs>"
        "<path id=\"m1\" d=\"M-.8-.8.8.8M.8-.8-.8.8\" " HOLLOW "/>"
        "<rect id=\"m3\" x=\"-.8\" y=\"-.8\" width=\"1.6\" height=\"1.6\" " HOLLOW "/>"
        "<rect id=\"m4\" x=\"-.9\" y=\"-.9\" width=\"1.8\" height=\"1.8\" " FILLED "/>"
        "<circle id=\"m5\" r=\".9\" " HOLLOW "/>"
        "<circle id=\"m6\" r=\"1\" " FILLED "/>"
        "<path id=\"m8\" d=\"M0-1.3-1.25.8h2.5z\" " FILLED "/>"
        "<path id=\"m10\" d=\"M0 1.3 1.25-.8h-2.5z\" " FILLED "/>"
        "<path id=\"m12\" d=\"M0-1.35 1.2 0 0 1.35-1.2 0z\" " FILLED "/>"
        "<path id=\"m14\" d=\"M0-1.25 1.2-.4.75 1h-1.5l-.45-1.4z\" " FILLED "/>"
        "</defs></svg>\n");
}

static const char *const shape_names[HB_CHART_SLOTS] = {"m6",  "m4",  "m8", "m12",
                                                        "m10", "m14", "m1", "m3"};

const char *hb_chart_shape(unsigned slot)
{
    return shape_names[slot % HB_CHART_SLOTS];
}
