/* Documents in three voices, words on a page, and charts: see src/report/document.h. */
#include "report/chart_svg.h"
#include "report/charts.h"
#include "report/document.h"
#include "report/picture.h"
#include "report/voice.h"
#include "report/write_page.h"
#include "report/write_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka.h"

static void assert_written(struct hb_buf *out, const char *expected)
{
    assert_string_equal(hb_buf_string(out), expected);
    hb_buf_free(out);
}

static void assert_has(const struct hb_buf *out, const char *text)
{
    if (!strstr(hb_buf_string(out), text))
        fail_msg("no \"%s\" in:\n%s", text, hb_buf_string(out));
}

static void assert_has_not(const struct hb_buf *out, const char *text)
{
    if (strstr(hb_buf_string(out), text))
        fail_msg("\"%s\" in:\n%s", text, hb_buf_string(out));
}

/* ---- words ---- */

static void text_cannot_become_markup(void **state)
{
    struct hb_buf out = {0};
    (void)state;
    hb_html_text(&out, "<script>\"'&amp;]]></x>");
    assert_written(&out, "&lt;script&gt;&quot;&#39;&amp;amp;]]&gt;&lt;/x&gt;");
    hb_html_text(&out, "\xc3\xa9\xe2\x82\xac\xf0\x9d\x92\xb3 a\tb\nc");
    assert_written(&out, "\xc3\xa9\xe2\x82\xac\xf0\x9d\x92\xb3 a\tb\nc");
    hb_html_text(&out, "\x01 \xff \xc3 \x7f");
    assert_written(&out, "\xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbd");
    hb_html_element(&out, "td", "n", "%s %d", "<", 7);
    assert_written(&out, "<td class=\"n\">&lt; 7</td>");
    hb_html_element(&out, "td", NULL, "%s", "");
    assert_written(&out, "<td></td>");
}

static void short_text_counts_characters(void **state)
{
    struct hb_buf out = {0};
    (void)state;
    hb_html_short_text(&out, "\xc3\xa9\xc3\xa9\xc3\xa9<", 4);
    assert_written(&out, "\xc3\xa9\xc3\xa9\xc3\xa9&lt;");
    hb_html_short_text(&out, "\xc3\xa9\xc3\xa9\xc3\xa9<x", 4);
    assert_written(&out, "\xc3\xa9\xc3\xa9\xc3\xa9\xe2\x80\xa6");
}

static void markdown_has_no_tags_and_no_links(void **state)
{
    struct hb_buf out = {0};
    (void)state;
    hb_buf_text(&out, "| a<b | [x](y) | ![i](u) | [1.0, 2.0] (z) | &lt; |\n");
    hb_voice_apply(&out, HB_VOICE_MARKDOWN);
    assert_written(&out, "| a&lt;b | [x]\\(y) | ![i]\\(u) | [1.0, 2.0] (z) | &amp;lt; |\n");
}

/* C0, DEL, C1 as UTF-8 and as a byte, directions, line separator; what is none of them stays. */
static void no_voice_says_a_control(void **state)
{
    static const char words[] = "a\033[31mb\x7f\xc2\x9b"
                                "c\x9b\xe2\x80\xae\xe2\x81\xa6\xd8\x9c\xe2\x80\xa8\t\xc3\xa9\n";
    struct hb_buf out = {0};
    (void)state;
    hb_buf_text(&out, words);
    hb_voice_apply(&out, HB_VOICE_PLAIN);
    assert_written(&out, "a?[31mb??c?????\t\xc3\xa9\n");
    hb_buf_text(&out, words);
    hb_voice_apply(&out, HB_VOICE_MARKDOWN);
    assert_written(&out, "a?[31mb??c?????\t\xc3\xa9\n");
    hb_style_text(&out, true, HB_STYLE_BAD, "x\033[5m\xc2\x9b");
    hb_buf_text(&out, "\033[5m");
    hb_voice_apply(&out, HB_VOICE_COLOUR);
    assert_written(&out, "\033[31mx?[5m?\033[0m?[5m");
}

/* ---- documents ---- */

static const struct hb_page_options page_options = {"A <title>", "hakbench", true};

static void write_page(const struct hb_doc *doc, struct hb_buf *out)
{
    hb_buf_free(out);
    assert_int_equal(hb_doc_write_page(doc, &page_options, out, NULL), 0);
}

static void write_text(const struct hb_doc *doc, enum hb_voice voice, struct hb_buf *out)
{
    hb_buf_free(out);
    assert_int_equal(hb_doc_write(doc, &(struct hb_screen){.voice = voice}, out, NULL), 0);
}

static void add_made_table(struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("who"), HB_LEFT("empty"), HB_RIGHT("how"),
                                               HB_LEFT("word", .unit = "in a word", .leads = true)};
    struct hb_table *table = hb_doc_table(doc, "who & how", columns, 4);
    hb_table_add(table, HB_STYLE_STRONG, "<a>");
    hb_table_text(table, "");
    hb_table_add(table, HB_STYLE_DIM, "7 %%");
    hb_table_sign(table, HB_STYLE_GOOD, "\xe2\x96\xb2", "faster");
}

/* What a section says is written once, and is there in all three. */
static void a_section_is_seen_in_three_voices(void **state)
{
    struct hb_doc doc = {0};
    struct hb_buf out = {0};
    (void)state;
    hb_doc_fact(&doc, "Measured", "a loop");
    hb_doc_section(&doc, "made", "Made", "by %s", "hand");
    hb_doc_guide(&doc, "How to read it.");
    add_made_table(&doc);
    hb_doc_line(&doc, "a <note>");
    hb_doc_section(&doc, "none", "Nothing is here", "%s", "");
    hb_doc_guide(&doc, "How to read nothing.");
    write_text(&doc, HB_VOICE_PLAIN, &out);
    assert_string_equal(out.bytes, "  a loop\n\nMade (by hand)\nwho  how  word\n"
                                   "----------------\n<a>  7 %  faster\n  a <note>\n");
    write_text(&doc, HB_VOICE_MARKDOWN, &out);
    assert_string_equal(out.bytes,
                        "- a loop\n\n### Made (by hand)\n\n| who | how | word |\n"
                        "| --- | --: | --- |\n| &lt;a> | 7 % | faster |\n\n- a &lt;note>\n");
    write_page(&doc, &out);
    assert_has(&out, "<div><dt>Measured</dt><dd>a loop</dd></div>\n</dl>\n</header>");
    assert_has(&out, "<li><a href=\"#s1-made\">Made</a></li>\n</ul>");
    assert_has(&out, "<h2 id=\"s1-made\">Made</h2>\n<p class=\"more\">by hand</p>\n"
                     "<p class=\"says\">How to read it.</p>");
    assert_has(&out, "<ul class=\"notes\">\n<li>a &lt;note&gt;</li>\n</ul>\n</section>");
    assert_has_not(&out, "read nothing");
    assert_has_not(&out, "Nothing is here");
    hb_buf_free(&out);
    hb_doc_free(&doc);
}

static void tables_have_heads_signs_and_no_empty_columns(void **state)
{
    struct hb_doc doc = {0};
    struct hb_buf out = {0};
    (void)state;
    add_made_table(&doc);
    write_page(&doc, &out);
    assert_has(&out, "aria-label=\"who &amp; how\"");
    assert_has(&out, "<th scope=\"col\">who</th><th scope=\"col\" title=\"in a word\">word</th>"
                     "<th scope=\"col\" class=\"n\">how</th></tr>");
    assert_has(&out, "<th scope=\"row\">&lt;a&gt;</th><td><span class=\"chip good\">"
                     "<span aria-hidden=\"true\">\xe2\x96\xb2</span> faster</span></td>"
                     "<td class=\"n dim\">7 %</td>");
    assert_has_not(&out, "empty");
    hb_buf_free(&out);
    hb_doc_free(&doc);
}

/* ---- charts ---- */

static struct hb_chart *make_chart(struct hb_doc *doc, enum hb_chart_kind kind, const char *label)
{
    struct hb_chart *chart = hb_doc_chart(doc, kind, "made");
    struct hb_chart_line *line = hb_chart_add_line(chart, label, 1);
    assert_non_null(line);
    assert_non_null(hb_chart_add_point(chart, line, 1, 2, 0));
    struct hb_chart_point *point = hb_chart_add_point(chart, line, 3, 4, 1);
    assert_non_null(point);
    point->is_far = true;
    assert_null(hb_chart_add_point(chart, line, (double)NAN, 4, 2));
    hb_chart_words(chart, "A <title>", "What & how");
    assert_int_equal(hb_chart_points(chart), 2);
    return chart;
}

static size_t count_of(const struct hb_buf *out, const char *text)
{
    size_t count = 0;
    for (const char *at = hb_buf_string(out); (at = strstr(at, text)); at++)
        count++;
    return count;
}

static void marks_say_their_value(void **state)
{
    static const enum hb_chart_kind kinds[] = {HB_CHART_DOTS, HB_CHART_INTERVALS, HB_CHART_BARS};
    struct hb_buf out = {0};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct hb_doc doc = {0};
        struct hb_chart *chart = make_chart(&doc, kinds[i], "a<b>");
        chart->lines[0].points[0].lo = 0.5;
        chart->lines[0].points[0].hi = 1.5;
        hb_chart_svg(chart, HB_CHART_WIDE, NULL, "f1", &out);
        assert_has(&out, "aria-labelledby=\"f1-t f1-d\"><title id=\"f1-t\">A &lt;title&gt;</title>"
                         "<desc id=\"f1-d\">What &amp; how</desc>");
        assert_has(&out, "<title>a&lt;b&gt;, run 1: 1 [0.5, 1.5]</title>");
        assert_has(&out, "<title>a&lt;b&gt;, run 2: 3 (outlier)</title>");
        assert_has_not(&out, "nan");
        hb_buf_free(&out);
        hb_doc_free(&doc);
    }
}

static void outliers_are_ringed(void **state)
{
    struct hb_doc doc = {0};
    struct hb_buf out = {0};
    struct hb_chart *chart = make_chart(&doc, HB_CHART_DOTS, "a");
    (void)state;
    hb_chart_svg(chart, HB_CHART_NARROW, NULL, "f1", &out);
    assert_int_equal(count_of(&out, "#m8"), 1);
    hb_buf_free(&out);
    chart->lines[0].points[1].is_far = false;
    hb_chart_svg(chart, HB_CHART_NARROW, NULL, "f1", &out);
    assert_int_equal(count_of(&out, "#m8"), 0);
    hb_buf_free(&out);
    hb_doc_free(&doc);
}

/* A line goes through its points, in pixels; not over a gap, and not out of the frame. */
static void lines_go_through_their_points(void **state)
{
    struct hb_doc doc = {0};
    struct hb_buf out = {0};
    struct hb_chart *chart = make_chart(&doc, HB_CHART_OVER, "a");
    (void)state;
    chart->x.from = 1;
    chart->x.to = 3;
    chart->y.from = 0;
    chart->y.to = 4;
    hb_chart_svg(chart, HB_CHART_WIDE, NULL, "f1", &out);
    assert_has(&out, "<path class=\"c-line\" d=\"M58.0 180.0L802.0 34.0\"/>");
    assert_has(&out, "<title>a, 3: 4 (outlier)</title>");
    hb_buf_free(&out);
    chart->lines[0].points[1].is_gap = true;
    chart->lines[0].points[1].y = 1e300;
    hb_chart_svg(chart, HB_CHART_WIDE, NULL, "f1", &out);
    assert_has(&out, "d=\"M58.0 180.0M802.0 31.1\"/>");
    hb_buf_free(&out);
    hb_doc_free(&doc);
}

/* One point, all the same, none that differ by much: an axis has a beginning and an end. */
static void every_range_can_be_drawn(void **state)
{
    static const double pairs[][2] = {{0, 0},
                                      {5, 5},
                                      {-3, -3},
                                      {1e-300, 1e300},
                                      {1, 1 + 1e-15},
                                      {1, 1 + 2.3e-16},
                                      {1e9, 1.0000000000000002e9}};
    struct hb_buf out = {0};
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        for (int form = HB_CHART_WIDE; form <= HB_CHART_ALONE; form++) {
            struct hb_doc doc = {0};
            struct hb_chart *chart = hb_doc_chart(&doc, HB_CHART_OVER, "made");
            struct hb_chart_line *line = hb_chart_add_line(chart, "a", 0);
            chart->y.is_log = form % 2 == 1;
            (void)hb_chart_add_point(chart, line, pairs[i][0], pairs[i][0], 0);
            (void)hb_chart_add_point(chart, line, pairs[i][1], pairs[i][1], 1);
            if (hb_chart_points(chart)) /* of 0 and below there are none on a logarithmic axis */
                hb_chart_svg(chart, (enum hb_chart_form)form, NULL, "f", &out);
            assert_has_not(&out, "nan");
            assert_has_not(&out, "inf");
            assert_true(out.size < 20000);
            hb_buf_free(&out);
            hb_doc_free(&doc);
        }
    }
}

/* A legend that is too wide goes on in a line of its own, for which the picture is higher. */
static double height_alone(size_t lines)
{
    static const char many[] = "a label that is long enough for a third of the picture";
    struct hb_doc doc = {0};
    struct hb_buf out = {0};
    struct hb_chart *chart = make_chart(&doc, HB_CHART_OVER, many);
    while (chart->line_count < lines)
        (void)hb_chart_add_point(chart, hb_chart_add_line(chart, many, 1), 1, 1, 0);
    hb_chart_svg(chart, HB_CHART_ALONE, NULL, "f", &out);
    const char *height = strstr(hb_buf_string(&out), "height=\"");
    assert_non_null(height);
    const double found = strtod(height + strlen("height=\""), NULL);
    hb_buf_free(&out);
    hb_doc_free(&doc);
    return found;
}

static void a_legend_has_room(void **state)
{
    (void)state;
    assert_true(height_alone(12) > height_alone(6));
    assert_true(height_alone(6) > height_alone(1));
}

static void rates_have_their_unit(void **state)
{
    static const struct {
        double most, divisor;
        const char *title;
    } cases[] = {
        {2e9, 1e9, "billion operations a second"},
        {1.999e9, 1e6, "million operations a second"},
        {1e6, 1e6, "million operations a second"},
        {999999, 1e3, "thousand operations a second"},
        {1e3, 1e3, "thousand operations a second"},
        {999, 1, "operations a second"},
        {0, 1, "operations a second"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hb_chart_axis axis = {0};
        hb_chart_rate_axis(&axis, cases[i].most);
        assert_string_equal(axis.title, cases[i].title);
        assert_true(fabs(axis.divisor - cases[i].divisor) < 0.5);
    }
}

static void labels_keep_their_colours(void **state)
{
    struct hb_chart_palette *palette = calloc(1, sizeof *palette);
    struct hb_allocator_entry a = {.label = "a"}, b = {.label = "b"},
                              floor = {.label = "floor", .role = HB_ROLE_FLOOR};
    (void)state;
    assert_int_equal(hb_chart_slot(palette, &a), 0);
    assert_int_equal(hb_chart_slot(palette, &floor), HB_CHART_FLOOR);
    assert_int_equal(hb_chart_slot(palette, &b), 1);
    assert_int_equal(hb_chart_slot(palette, &a), 0);
    hb_chart_palette_free(palette);
    free(palette);
}

static int keep_picture(void *self, const char *name, const struct hb_buf *picture,
                        struct hb_err *err)
{
    (void)err;
    assert_string_equal(name, "made.png");
    hb_buf_add(self, picture->bytes, picture->size);
    return 0;
}

static void charts_are_drawn_as_png(void **state)
{
    struct hb_doc doc = {0};
    struct hb_buf kept = {0};
    const struct hb_picture_taker taker = {keep_picture, &kept};
    struct hb_err err = {0};
    (void)state;
    (void)make_chart(&doc, HB_CHART_OVER, "</svg><b>&'\"\xff");
    assert_int_equal(hb_doc_pictures(&doc, &taker, &err), 1);
    assert_memory_equal(kept.bytes, "\x89PNG", 4);
    hb_buf_free(&kept);
    hb_doc_free(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_cannot_become_markup),
        cmocka_unit_test(short_text_counts_characters),
        cmocka_unit_test(markdown_has_no_tags_and_no_links),
        cmocka_unit_test(no_voice_says_a_control),
        cmocka_unit_test(a_section_is_seen_in_three_voices),
        cmocka_unit_test(tables_have_heads_signs_and_no_empty_columns),
        cmocka_unit_test(marks_say_their_value),
        cmocka_unit_test(outliers_are_ringed),
        cmocka_unit_test(lines_go_through_their_points),
        cmocka_unit_test(every_range_can_be_drawn),
        cmocka_unit_test(a_legend_has_room),
        cmocka_unit_test(rates_have_their_unit),
        cmocka_unit_test(labels_keep_their_colours),
        cmocka_unit_test(charts_are_drawn_as_png),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
