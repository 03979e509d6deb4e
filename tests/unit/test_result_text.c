/* base/json: what is JSON and what is not, and text that gives every value back.
 * Cases are named as in the JSON conformance corpora: y_ must be read, n_ must be refused; where
 * RFC 8259 leaves the choice (i_), ours is written beside the case. */
#include "unit/cmocka.h"

#include "base/json/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }
struct text {
    const char *bytes;
    size_t size;
};

static cJSON *parse_text(const char *text, size_t size, const char *path, struct hb_err *err)
{
    struct hb_json_source source = {.path = path, .text = text, .size = size};
    return hb_json_parse_source(&source, err);
}

/* A copy of exactly its size, so that AddressSanitizer sees one byte too many. */
static cJSON *parse(const struct text *text, struct hb_err *err)
{
    char *copy = malloc(text->size ? text->size : 1);
    if (text->size)
        memcpy(copy, text->bytes, text->size);
    cJSON *root = parse_text(copy, text->size, "x.json", err);
    free(copy);
    return root;
}

static const struct text accepted[] = {
    TEXT("[]"),
    TEXT("{}"),
    TEXT("0"),
    TEXT("-0"),
    TEXT("\"\""),
    TEXT("null"),
    TEXT("true"),
    TEXT("false"),
    TEXT(" [] "),
    TEXT("\t\r\n[ ]\n"),
    TEXT("[1,2,3]"),
    TEXT("[[[]]]"),
    TEXT("{\"a\":1}"),
    TEXT("{\"a\":1,\"b\":2}"),
    TEXT("{\"\":0}"),
    TEXT("{\"a\":{\"a\":{}}}"),
    TEXT("[null, 1, \"1\", {}]"),
    TEXT("[1\n]"),
    TEXT("[1 , 2]"),
    /* numbers */
    TEXT("[123]"),
    TEXT("[-1]"),
    TEXT("[-123]"),
    TEXT("[0e+1]"),
    TEXT("[0e1]"),
    TEXT("[ 4]"),
    TEXT("[1E22]"),
    TEXT("[1E-2]"),
    TEXT("[1E+2]"),
    TEXT("[123e45]"),
    TEXT("[123.456e78]"),
    TEXT("[1e-2]"),
    TEXT("[1e+2]"),
    TEXT("[20e1]"),
    TEXT("[123.456789]"),
    TEXT("[-0.0]"),
    TEXT("[0.0000000000000000000000000000000000000000000000000000000000001]"),
    TEXT("[1.7976931348623157e308]"),
    TEXT("[5e-324]"),
    TEXT("[1e-400]") /* i_: becomes 0 */,
    TEXT("[123456789012345678901234567890]") /* i_: nearest double */,
    /* strings */
    TEXT("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"),
    TEXT("[\"\\u0060\\u012a\\u12AB\"]"),
    TEXT("[\"\\uD801\\udc37\"]"),
    TEXT("[\"\\ud83d\\ude39\\ud83d\\udc8d\"]"),
    TEXT("[\"a/*b*/c\"]"),
    TEXT("[\"\\\\a\"]"),
    TEXT("[\"\\\\u0000\"]"),
    TEXT("[\"\\uFFFF\"]"),
    TEXT("[\"\\uDBFF\\uDFFF\"]"),
    TEXT("[\"\\u0821\"]"),
    TEXT("[\"\x7f\"]"),
    TEXT("[\"\xe2\x82\xac\xf0\x9d\x84\x9e\"]"),
    TEXT("[\"\xef\xbf\xbf\"]"),
    TEXT("[\"\xf4\x8f\xbf\xbf\"]"),
    TEXT("[\"\xe2\x80\xa8\"]"),
    TEXT("[\"\\u200B\"]"),
    TEXT("[\"\\u000A\"]"),
    TEXT("[\"\\u0012\"]"),
    TEXT("\" \""),
};

static const struct text refused[] = {
    TEXT(""),
    TEXT(" "),
    TEXT("\n"),
    TEXT("["),
    TEXT("]"),
    TEXT("{"),
    TEXT("}"),
    TEXT("[}"),
    TEXT("{]"),
    TEXT("[1,]"),
    TEXT("[,1]"),
    TEXT("[1,,2]"),
    TEXT("[1 2]"),
    TEXT("[1"),
    TEXT("[1,"),
    TEXT("[\"a\""),
    TEXT("[]]"),
    TEXT("[][]"),
    TEXT("[]1"),
    TEXT("1 2"),
    TEXT("[\"x\"]]"),
    TEXT("[:1]"),
    TEXT("[1:2]"),
    TEXT("[*]"),
    TEXT("[\"\",]"),
    TEXT("[3[4]]"),
    TEXT("[a"),
    TEXT("<.>"),
    TEXT("[<null>]"),
    TEXT("abc"),
    TEXT("\xef\xbb\xbf{}"),
    TEXT("\xef\xbb\xbf"),
    TEXT("\xff\xfe[\0]\0"),
    TEXT("[1]x"),
    TEXT("[\xe2\x81\xa0]"),
    TEXT("[\x0c]"),
    TEXT("[\xc2\xa0]"),
    /* words */
    TEXT("nul"),
    TEXT("[nul]"),
    TEXT("[fals]"),
    TEXT("[tru]"),
    TEXT("[True]"),
    TEXT("[TRUE]"),
    TEXT("[truefalse]"),
    TEXT("[NaN]"),
    TEXT("[nan]"),
    TEXT("[Infinity]"),
    TEXT("[-Infinity]"),
    TEXT("[-NaN]"),
    TEXT("[Inf]"),
    TEXT("[undefined]"),
    /* numbers */
    TEXT("[01]"),
    TEXT("[-01]"),
    TEXT("[012]"),
    TEXT("[+1]"),
    TEXT("[++1234]"),
    TEXT("[-]"),
    TEXT("[- 1]"),
    TEXT("[--2.]"),
    TEXT("[.1]"),
    TEXT("[.-1]"),
    TEXT("[-.1]"),
    TEXT("[1.]"),
    TEXT("[2.e3]"),
    TEXT("[2.e+3]"),
    TEXT("[0.e1]"),
    TEXT("[0.1.2]"),
    TEXT("[0.3e]"),
    TEXT("[0.3e+]"),
    TEXT("[0E]"),
    TEXT("[0e+]"),
    TEXT("[0e+-1]"),
    TEXT("[1.0e-]"),
    TEXT("[1.0e]"),
    TEXT("[1 000.0]"),
    TEXT("[1eE2]"),
    TEXT("[1+2]"),
    TEXT("[0x1]"),
    TEXT("[0x42]"),
    TEXT("[-1x]"),
    TEXT("[1.2a]"),
    TEXT("[1e1.5]"),
    TEXT("[\xef\xbc\x91]"),
    TEXT("[1,2e]"),
    TEXT("-"),
    TEXT("1e"),
    TEXT("1."),
    TEXT("[1e999]") /* i_: no double holds it */,
    TEXT("[-1e999]"),
    TEXT("[1.8e308]"),
    TEXT("[0.00000000000000000000000000000000000000000000000000000000000001]") /* 64 characters */,
    /* strings */
    TEXT("[\"a]"),
    TEXT("\""),
    TEXT("\"\\"),
    TEXT("\"\\\""),
    TEXT("[\"\\\"]"),
    TEXT("[\"\\x00\"]"),
    TEXT("[\"\\a\"]"),
    TEXT("[\"\\'\"]"),
    TEXT("[\"\\\xf0\x9f\x8c\x80\"]"),
    TEXT("[\"\\u\"]"),
    TEXT("[\"\\u00A\"]"),
    TEXT("[\"\\u00Gz\"]"),
    TEXT("[\"\\U0041\"]"),
    TEXT("[\"a\0b\"]"),
    TEXT("[\"new\nline\"]"),
    TEXT("[\"\t\"]"),
    TEXT("[\"\x1f\"]"),
    TEXT("['a']"),
    TEXT("[a\"b\"]"),
    TEXT("[\"\\"),
    TEXT("[\"\\u1"),
    TEXT("[\"\\u123\"]"),
    TEXT("[\\n]"),
    TEXT("[\"\\\0\"]"),
    TEXT("[\"\\u0000\"]") /* y_ in the corpora: a NUL would cut every name short */,
    TEXT("{\"a\\u0000b\":1}"),
    /* surrogates: i_ */
    TEXT("[\"\\ud800\"]"),
    TEXT("[\"\\udc00\"]"),
    TEXT("[\"\\ud800\\ud800\"]"),
    TEXT("[\"\\ud800\\n\"]"),
    TEXT("[\"\\ud800abc\"]"),
    TEXT("[\"\\uD800\\u\"]"),
    TEXT("[\"\\uD834\\uDd\"]"),
    /* UTF-8: i_ */
    TEXT("[\"\xff\"]"),
    TEXT("[\"\xc0\xaf\"]"),
    TEXT("[\"\xe0\xff\"]"),
    TEXT("[\"\xed\xa0\x80\"]"),
    TEXT("[\"\xfc\x83\xbf\xbf\xbf\xbf\"]"),
    TEXT("[\"\xe9\"]"),
    TEXT("[\"\x81\"]"),
    TEXT("[\"\xf4\xbf\xbf\xbf\"]"),
    TEXT("[\"\xe6\x97\xa5\xd1\x88\xfa\"]"),
    TEXT("[\"\xc3"),
    /* objects */
    TEXT("{\"a\"}"),
    TEXT("{\"a\":}"),
    TEXT("{\"a\""),
    TEXT("{\"a\":\"b\""),
    TEXT("{\"a\":1,}"),
    TEXT("{,}"),
    TEXT("{a:1}"),
    TEXT("{'a':1}"),
    TEXT("{1:1}"),
    TEXT("{\"a\" 1}"),
    TEXT("{\"a\"::1}"),
    TEXT("{\"a\":1 \"b\":2}"),
    TEXT("{\"a\":1,,\"b\":2}"),
    TEXT("{null:null}"),
    TEXT("{:\"b\"}"),
    TEXT("{[1:\"x\"]}"),
    TEXT("{\"a\":\"a\" 123}"),
    TEXT("{}}"),
    TEXT("{\"a\":true} \"x\""),
    TEXT("{\"id\":0}/**/"),
    TEXT("/**/{}"),
    TEXT("{\"id\":0}//"),
    TEXT("{\"id\":0}#"),
    TEXT("{\"a\":1,\"a\":1}") /* y_ in the corpora: one of the two would be lost */,
    TEXT("{\"a\":1,\"b\":2,\"\\u0061\":3}"),
    TEXT("[{\"x\":{\"a\":0,\"a\":0}}]"),
};

static void conforming_texts_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        struct hb_err err = {0};
        cJSON *root = parse(&accepted[i], &err);
        if (!root)
            fail_msg("%s: %s", accepted[i].bytes, err.message);
        cJSON_Delete(root);
    }
}

static void other_texts_are_refused_with_a_position(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct hb_err err = {0};
        unsigned line, column;
        if (parse(&refused[i], &err))
            fail_msg("case %zu was read: %s", i, refused[i].bytes);
        assert_int_equal(err.kind, HB_ERR_USAGE);
        if (sscanf(err.message, "x.json:%u:%u: ", &line, &column) != 2)
            fail_msg("case %zu has no position: %s", i, err.message);
    }
}

static void every_prefix_is_refused_or_read_without_harm(void **state)
{
    (void)state;
    static const char whole[] = "{\"a\":[1,-2.5e+3,true,false,null,"
                                "\"\\u00e9\\ud83d\\ude39\xe2\x82\xac\"],\"b\":{\"c\":{}}}";
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        const struct text text = {whole, size};
        assert_null(parse(&text, NULL));
    }
}

static struct text repeated(const char *open, size_t count, const char *middle, const char *close)
{
    struct hb_buf buf = {0};
    for (size_t i = 0; i < count; i++)
        (void)hb_buf_text(&buf, open);
    (void)hb_buf_text(&buf, middle);
    for (size_t i = 0; i < count; i++)
        (void)hb_buf_text(&buf, close);
    const size_t size = buf.size;
    return (struct text){hb_buf_take(&buf), size};
}

static void depth_ends_at_64_levels(void **state)
{
    (void)state;
    static const struct {
        size_t depth;
        bool read;
    } cases[] = {{63, true}, {64, true}, {65, false}, {100000, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct text arrays = repeated("[", cases[i].depth, "", "]");
        const struct text objects = repeated("{\"a\":", cases[i].depth, "1", "}");
        const struct text open = repeated("[", cases[i].depth, "", "");
        cJSON *a = parse(&arrays, NULL), *o = parse(&objects, NULL);
        assert_int_equal(a != NULL, cases[i].read);
        assert_int_equal(o != NULL, cases[i].read);
        assert_null(parse(&open, NULL));
        cJSON_Delete(a);
        cJSON_Delete(o);
        free((void *)(uintptr_t)arrays.bytes);
        free((void *)(uintptr_t)objects.bytes);
        free((void *)(uintptr_t)open.bytes);
    }
}

static void message_is(const char *text, const char *expected)
{
    struct hb_err err = {0};
    const struct text t = {text, strlen(text)};
    assert_null(parse(&t, &err));
    assert_string_equal(err.message, expected);
}

static void messages_say_where_and_what(void **state)
{
    (void)state;
    message_is("{\n  \"a\": 01\n}",
               "x.json:2:9: not JSON: a number cannot begin with a zero and go on");
    message_is("{\"\xc3\xa9\":tru}", "x.json:1:6: not JSON: expected a value");
    message_is("[1,\n 2\n", "x.json:3:1: not JSON: expected ',' or ']'");
    message_is("{\"a\":1,\n\"a\":2}", "x.json:2:1: a: the key is there twice");
    message_is("[0,\n1e999]",
               "x.json:2:1: [1]: the number is out of range (a double holds up to 1.8e308)");
}

/* --- positions ------------------------------------------------------------------------------- */

static const char places[] = "{\n"
                             "  \"a\": [10,\n"
                             "        {\"b\": true}],\n"
                             "  \"c\"\n"
                             "  : null\n"
                             "}";

static void positions_are_those_of_the_text(void **state)
{
    (void)state;
    struct hb_json_source source = {.path = "p", .text = places, .size = sizeof places - 1};
    cJSON *root = hb_json_parse_source(&source, NULL);
    const cJSON *a = hb_json_member(root, "a"), *c = hb_json_member(root, "c");
    const cJSON *b = hb_json_member(cJSON_GetArrayItem(a, 1), "b");
    assert_int_equal(hb_json_line(&source, root, HB_JSON_AT_VALUE), 1);
    assert_int_equal(hb_json_line(&source, a, HB_JSON_AT_KEY), 2);
    assert_int_equal(hb_json_line(&source, b, HB_JSON_AT_VALUE), 3);
    assert_int_equal(hb_json_line(&source, c, HB_JSON_AT_KEY), 4);
    assert_int_equal(hb_json_line(&source, c, HB_JSON_AT_VALUE), 5);
    source.first_line = 10;
    assert_int_equal(hb_json_line(&source, b, HB_JSON_AT_VALUE), 12);
    source.text = NULL;
    assert_int_equal(hb_json_line(&source, b, HB_JSON_AT_VALUE), 0);
    cJSON_Delete(root);
}

/* A line of a journal has the next one behind it. */
static void nothing_behind_the_text_is_read(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\": [true, false, null, -1.5e+3, \"x\\u20ac\\n\xc3\xa9\"], \"b\": {}}";
    for (size_t size = 0; size < sizeof text; size++) {
        struct hb_json_source source = {.path = "p", .text = text, .size = size};
        cJSON *root = hb_json_parse_source(&source, NULL);
        assert_int_equal(root != NULL, size == sizeof text - 1);
        cJSON_Delete(root);
    }
    static const char *const words[] = {"[true", "[false", "[null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct hb_json_source source = {
            .path = "p", .text = words[i], .size = strlen(words[i]) - 1};
        struct hb_err err = {0};
        assert_null(hb_json_parse_source(&source, &err));
        assert_string_equal(err.message, "p:1:2: not JSON: expected a value");
    }
}

static void faults_name_the_path_with_and_without_text(void **state)
{
    (void)state;
    struct hb_json_source source = {.path = "p", .text = places, .size = sizeof places - 1};
    struct hb_err err = {0}, bare = {0};
    cJSON *root = hb_json_parse_source(&source, NULL);
    const cJSON *b = hb_json_member(cJSON_GetArrayItem(hb_json_member(root, "a"), 1), "b");
    assert_int_equal(hb_json_fault(&source, b, HB_JSON_AT_KEY, &err, "no %s", "good"), -1);
    assert_string_equal(err.message, "p:3:10: a[1].b: no good");
    source.text = NULL;
    assert_int_equal(hb_json_fault(&source, b, HB_JSON_AT_KEY, &bare, "no good"), -1);
    assert_string_equal(bare.message, "p: a[1].b: no good");
    cJSON_Delete(root);
}

static void long_paths_are_cut_and_not_overrun(void **state)
{
    (void)state;
    struct hb_buf text = {0};
    struct hb_err err = {0};
    for (int i = 0; i < 60; i++)
        (void)hb_buf_text(&text, "{\"a_rather_long_key_of_thirty_bytes\":");
    (void)hb_buf_text(&text, "1e999");
    for (int i = 0; i < 60; i++)
        (void)hb_buf_text(&text, "}");
    const struct text t = {text.bytes, text.size};
    assert_null(parse(&t, &err));
    assert_int_equal(strncmp(err.message, "x.json:1:", 9), 0);
    hb_buf_free(&text);
}

/* --- printing -------------------------------------------------------------------------------- */

static char *print(const cJSON *root, bool pretty)
{
    struct hb_buf out = {0};
    assert_int_equal(hb_json_print(root, pretty, &out, NULL), 0);
    return hb_buf_take(&out);
}

static void printed(const char *text, bool pretty, const char *expected)
{
    cJSON *root = parse_text(text, strlen(text), "x", NULL);
    assert_non_null(root);
    char *out = print(root, pretty);
    assert_string_equal(out, expected);
    free(out);
    cJSON_Delete(root);
}

static void layout_is_one_line_or_two_spaces_a_level(void **state)
{
    (void)state;
    printed(" {\"a\": [1, 2.5 ,\"x\"], \"b\": {}, \"c\": [] , \"d\":[{\"e\":null}]}", false,
            "{\"a\":[1,2.5,\"x\"],\"b\":{},\"c\":[],\"d\":[{\"e\":null}]}");
    printed(
        "{\"a\":[1,2],\"b\":{},\"d\":[{\"e\":null}]}", true,
        "{\n  \"a\": [1, 2],\n  \"b\": {},\n  \"d\": [\n    {\n      \"e\": null\n    }\n  ]\n}\n");
}

static void strings_are_escaped_where_they_must_be(void **state)
{
    (void)state;
    printed("\"\\u0001\\b\\t\\n\\f\\r\\\"\\\\\\/\\u00e9\x7f\"", false,
            "\"\\u0001\\b\\t\\n\\f\\r\\\"\\\\/\xc3\xa9\\u007f\"");
}

static void accepted_texts_survive_printing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        cJSON *root = parse(&accepted[i], NULL);
        char *text = print(root, i % 2);
        cJSON *again = parse_text(text, strlen(text), "x", NULL);
        assert_true(cJSON_Compare(root, again, true));
        cJSON_Delete(root);
        cJSON_Delete(again);
        free(text);
    }
}

static void integers_print_exactly(void **state)
{
    (void)state;
    printed("[9007199254740991,-9007199254740991,1000000000000000,123456789012345]", false,
            "[9007199254740991,-9007199254740991,1000000000000000,123456789012345]");
}

static void u64_survives_beyond_what_a_double_holds(void **state)
{
    (void)state;
    static const uint64_t values[] = {0,
                                      1,
                                      (UINT64_C(1) << 53) - 1,
                                      UINT64_C(1) << 53,
                                      (UINT64_C(1) << 53) + 1,
                                      UINT64_MAX - 1,
                                      UINT64_MAX};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct hb_json_source source = {.path = "x"};
        uint64_t value = 0;
        cJSON *node = hb_json_new_u64(values[i]);
        char *text = print(node, false);
        cJSON *again = parse_text(text, strlen(text), "x", NULL);
        source.root = again;
        assert_int_equal(hb_json_get_u64(&source, again, 0, UINT64_MAX, &value, NULL), 0);
        assert_true(value == values[i]);
        assert_int_equal(cJSON_IsString(node), values[i] >> 53 != 0);
        free(text);
        cJSON_Delete(node);
        cJSON_Delete(again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conforming_texts_are_read),
        cmocka_unit_test(other_texts_are_refused_with_a_position),
        cmocka_unit_test(every_prefix_is_refused_or_read_without_harm),
        cmocka_unit_test(depth_ends_at_64_levels),
        cmocka_unit_test(messages_say_where_and_what),
        cmocka_unit_test(positions_are_those_of_the_text),
        cmocka_unit_test(faults_name_the_path_with_and_without_text),
        cmocka_unit_test(nothing_behind_the_text_is_read),
        cmocka_unit_test(long_paths_are_cut_and_not_overrun),
        cmocka_unit_test(layout_is_one_line_or_two_spaces_a_level),
        cmocka_unit_test(strings_are_escaped_where_they_must_be),
        cmocka_unit_test(accepted_texts_survive_printing),
        cmocka_unit_test(integers_print_exactly),
        cmocka_unit_test(u64_survives_beyond_what_a_double_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
