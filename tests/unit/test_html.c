/* Words on a page, charts as scripts, and what is left of gnuplot's SVG: see src/report/html.h. */
#include "report/chart.h"
#include "report/chart_svg.h"
#include "report/gnuplot.h"
#include "report/html_parts.h"
#include "report/html_text.h"
#include "report/voice.h"

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

/* ---- tables ---- */

static void tables_have_heads_signs_and_no_empty_columns(void **state)
{
    static const char *const headings[] = {"who", "empty", "how"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT, HB_ALIGN_LEFT, HB_ALIGN_RIGHT};
    struct hb_buf out = {0};
    struct hb_html page = {.out = &out};
    struct hb_table table;
    (void)state;
    hb_table_init(&table, headings, aligns, 3);
    hb_table_add(&table, HB_STYLE_STRONG, "<a>");
    hb_table_add(&table, HB_STYLE_PLAIN, "%s", "");
    hb_table_add(&table, HB_STYLE_GOOD, "\xe2\x96\xb2 faster");
    hb_table_add(&table, HB_STYLE_STRONG, "b");
    hb_table_add(&table, HB_STYLE_PLAIN, "%s", "");
    hb_table_add(&table, HB_STYLE_PLAIN, "7 %%");
    hb_html_table(&page, &table, "who & how");
    assert_has(&out, "aria-label=\"who &amp; how\"");
    assert_has(&out, "<th scope=\"row\">&lt;a&gt;</th><td class=\"n\"><span class=\"chip good\">"
                     "<span aria-hidden=\"true\">\xe2\x96\xb2</span> faster</span></td>");
    assert_has(&out, "<td class=\"n\">7 %</td>");
    assert_has_not(&out, "empty");
    hb_buf_free(&out);
}

static void notes_become_a_list(void **state)
{
    struct hb_buf out = {0};
    struct hb_html page = {.out = &out};
    (void)state;
    hb_html_list_of_markdown(&page, "\n### Notes\n\n- a <b>\n- c\n");
    assert_written(&out, "<ul class=\"notes\">\n<li>a &lt;b&gt;</li>\n<li>c</li>\n</ul>\n");
    hb_html_list_of_markdown(&page, "nothing\n");
    assert_written(&out, "");
}

/* ---- charts ---- */

static void make_chart(struct hb_chart *chart, enum hb_chart_kind kind, const char *label)
{
    hb_chart_init(chart, kind, "made");
    struct hb_chart_line *line = hb_chart_add_line(chart, label, 1);
    assert_non_null(line);
    assert_non_null(hb_chart_add_point(chart, line, 1, 2, 0));
    struct hb_chart_point *point = hb_chart_add_point(chart, line, 3, 4, 1);
    assert_non_null(point);
    point->is_far = true;
    assert_null(hb_chart_add_point(chart, line, (double)NAN, 4, 2));
    (void)snprintf(chart->title, sizeof chart->title, "A <title>");
    (void)snprintf(chart->says, sizeof chart->says, "What & how");
    assert_int_equal(hb_chart_points(chart), 2);
}

static void gnuplot_never_sees_words_from_outside(void **state)
{
    struct hb_chart chart;
    struct hb_buf out = {0};
    (void)state;
    make_chart(&chart, HB_CHART_DOTS, "it's 5% `id` \"x\"\nEOD\nexit");
    hb_chart_script(&chart, HB_CHART_WIDE, &out);
    assert_has(&out, "set ytics nomirror textcolor rgb '#010202' ('HBTEXT0000' 0)\n");
    assert_has(&out, "linecolor rgb '#010101'");
    assert_has_not(&out, "it's");
    hb_buf_free(&out);
    hb_chart_script(&chart, HB_CHART_PNG, &out);
    assert_has_not(&out, "set output");
    assert_has(&out, "('it''s 5%% `id` \"x\" EOD exit' 0)\n");
    assert_has_not(&out, "\nexit");
    hb_buf_free(&out);
    hb_chart_free(&chart);
}

static void outliers_are_ringed(void **state)
{
    struct hb_chart chart;
    struct hb_buf out = {0};
    (void)state;
    make_chart(&chart, HB_CHART_DOTS, "a");
    hb_chart_script(&chart, HB_CHART_NARROW, &out);
    assert_has(&out, "$far using 1:2 with points");
    chart.lines[0].points[1].is_far = false;
    hb_buf_free(&out);
    hb_chart_script(&chart, HB_CHART_NARROW, &out);
    assert_has_not(&out, "$far using");
    hb_buf_free(&out);
    hb_chart_free(&chart);
}

static int rewrite(const char *drawn, struct hb_buf *out, struct hb_err *err)
{
    struct hb_chart chart;
    make_chart(&chart, HB_CHART_OVER, "</svg><script>");
    const int status =
        hb_chart_svg_rewrite(&chart, HB_CHART_WIDE, "f1w", drawn, strlen(drawn), out, err);
    hb_chart_free(&chart);
    return status;
}

static void svg_is_themed_and_bare(void **state)
{
    struct hb_buf out = {0};
    (void)state;
    assert_int_equal(
        rewrite("<?xml version=\"1.0\"?>\n<!DOCTYPE svg>\n<svg width=\"9\" height=\"9\" "
                "viewBox=\"0 0 9 9\"\n"
                " xmlns=\"http://www.w3.org/2000/svg\">\n<title>Gnuplot</title><desc>by</desc>\n"
                "<g id=\"gnuplot_canvas\"><defs><circle id='gpDot' r='1'/></defs>\n"
                "<g fill=\"none\" color=\"black\" stroke=\"currentColor\" stroke-width=\"1.00\">\n"
                "\t<path stroke='rgb(  1,   1,   3)' class=\"gridline\"  d='M1.5,2\n\tL3,4 '/>"
                "<use xlink:href='#gpPt6' transform='translate(1,2) scale(3.00)' "
                "color='rgb(  1,   2,   0)'/>\n"
                "<polygon fill = 'rgb(  9,   9,   9)' points = '1,2 3,4'/>\n"
                "<text><tspan font-family=\"Arial\">lost</tspan>HBTEXT0000 "
                "&lt;</text></g></g>\n</svg>\n",
                &out, NULL),
        0);
    assert_written(
        &out,
        "<svg class=\"wide\" viewBox=\"0 0 820 380\" role=\"img\" aria-labelledby=\"f1w-t f1w-d\">"
        "<title id=\"f1w-t\">A &lt;title&gt;</title><desc id=\"f1w-d\">What &amp; how</desc>"
        "<g><g fill=\"none\" color=\"currentColor\" stroke=\"currentColor\" stroke-width=\"1.00\">"
        "<path stroke=\"var(--s3)\" d=\"M1.5,2 L3,4\"/>"
        "<use href=\"#m6\" transform=\"translate(1,2) scale(3.00)\" color=\"var(--grid)\"/>"
        "<polygon fill=\"currentColor\" points=\"1,2 3,4\"/>"
        "<text>&lt;/svg&gt;&lt;script&gt; &lt;</text></g></g></svg>\n");
}

static void svg_brings_nothing_else_along(void **state)
{
    struct hb_buf out = {0};
    (void)state;
    assert_int_equal(rewrite("<svg onload='x()'><script>alert(1)</script><g onclick=\"x()\" "
                             "style='a:url(b)' fill='url(#c)'><image href='http://x/'/>"
                             "<use href='http://x/#gpPt1'/><!-- c --><foreignObject><p>x</p>"
                             "</foreignObject></g></svg>",
                             &out, NULL),
                     0);
    assert_has(&out, "</desc><g fill=\"currentColor\"><use/></g></svg>\n");
    hb_buf_free(&out);
}

static void what_is_no_svg_is_told(void **state)
{
    static const char *const bad[] = {
        "",        "gnuplot says no",   "<svg><g>",       "<svg></g></svg>",
        "<svg><g", "<svg><defs></svg>", "<svg><g></path>"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hb_buf out = {0};
        struct hb_err err = {0};
        if (rewrite(bad[i], &out, &err) == 0)
            fail_msg("taken for SVG: %s", bad[i]);
        assert_int_equal(err.kind, HB_ERR_SYSTEM);
        hb_buf_free(&out);
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
    free(palette);
}

static void gnuplot_is_run(void **state)
{
    struct hb_buf script = {0}, drawn = {0};
    struct hb_err err = {0};
    (void)state;
    hb_buf_text(&script, "set print '-'\nprint ");
    hb_gnuplot_quoted(&script, "it's\nhere");
    hb_buf_text(&script, "\n");
    assert_int_equal(hb_gnuplot_run(&script, &drawn, &err), 0);
    assert_string_equal(hb_buf_string(&drawn), "it's here\n");
    hb_buf_text(&script, "no such command\n");
    assert_int_equal(hb_gnuplot_run(&script, &drawn, &err), -1);
    assert_non_null(strstr(err.message, "gnuplot failed: "));
    hb_buf_free(&script);
    hb_buf_free(&drawn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_cannot_become_markup),
        cmocka_unit_test(short_text_counts_characters),
        cmocka_unit_test(markdown_has_no_tags_and_no_links),
        cmocka_unit_test(no_voice_says_a_control),
        cmocka_unit_test(tables_have_heads_signs_and_no_empty_columns),
        cmocka_unit_test(notes_become_a_list),
        cmocka_unit_test(gnuplot_never_sees_words_from_outside),
        cmocka_unit_test(outliers_are_ringed),
        cmocka_unit_test(svg_is_themed_and_bare),
        cmocka_unit_test(svg_brings_nothing_else_along),
        cmocka_unit_test(what_is_no_svg_is_told),
        cmocka_unit_test(labels_keep_their_colours),
        cmocka_unit_test(gnuplot_is_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
