/* How a page and its charts look: see page_style.h. Colours are variables in a page; a picture by
 * itself has them written out.
 * Palette: Okabe and Ito (2008), darker on light and lighter on dark grounds, each at least 3:1. */
#include "report/page_style.h"

#include <string.h>

static const struct {
    const char *name, *light, *dark;
} colours[] = {
    {"bg", "#fff", "#14181d"},         {"soft", "#f5f7f9", "#1b2128"},
    {"ink", "#1b2229", "#e8ecf0"},     {"ink-2", "#3d4650", "#c2cad2"},
    {"ink-3", "#5a6570", "#9aa5b0"},   {"line", "#dfe4e9", "#313a44"},
    {"link", "#0b5394", "#7fbdf0"},    {"good", "#0b6b45", "#63d3a0"},
    {"good-bg", "#e3f4ec", "#15352a"}, {"bad", "#a3241b", "#ff9a8f"},
    {"bad-bg", "#fbe9e7", "#431f1c"},  {"dim-bg", "#eef1f4", "#262e37"},
    {"warn-bg", "#fff4d6", "#382e12"}, {"warn-line", "#c98a00", "#d9a441"},
    {"grid", "#e4e7eb", "#2a323b"},    {"axis", "#9aa3ad", "#5b6773"},
    {"band", "#eef1f4", "#222a33"},    {"s0", "#0064a8", "#5aa9e6"},
    {"s1", "#c44e00", "#f0803c"},      {"s2", "#00805c", "#35c49a"},
    {"s3", "#a8508a", "#e39ac4"},      {"s4", "#a87000", "#e8a92e"},
    {"s5", "#2a8cc4", "#8cd3f7"},      {"s6", "#7a6e00", "#d8cf55"},
    {"s7", "#5c6470", "#a9b3bd"},
};
#define COLOURS (sizeof colours / sizeof *colours)

/* Rules of charts that have a colour. */
static const struct {
    const char *selector, *property, *colour;
} painted[] = {
    {".c text", "fill", "ink-2"},  {".c-grid", "stroke", "grid"},
    {".c-axis", "stroke", "axis"}, {".c-at,.c-mid", "stroke", "ink-3"},
    {".c-band", "fill", "band"},   {".c-far", "color", "bad"},
    {".k0", "color", "s0"},        {".k1", "color", "s1"},
    {".k2", "color", "s2"},        {".k3", "color", "s3"},
    {".k4", "color", "s4"},        {".k5", "color", "s5"},
    {".k6", "color", "s6"},        {".k7", "color", "s7"},
};

/* And those that have none. */
static const char shaped[] = ".c{font-size:13px}.c.small{font-size:12px}"
                             ".c-at{stroke-dasharray:5 4;stroke-width:1.2}.c-mid{stroke-width:2}"
                             ".c-line{fill:none;stroke:currentColor;stroke-width:1.7;"
                             "stroke-linejoin:round}.c-dash{stroke-dasharray:7 5}\n";

static const char style[] =
    "*{box-sizing:border-box}\n"
    "html{-webkit-text-size-adjust:100%;scroll-behavior:smooth;scroll-padding-top:1rem}\n"
    "body{margin:0;background:var(--bg);color:var(--ink);font:1rem/1.6 system-ui,-apple-system,"
    "\"Segoe UI\",Roboto,\"Helvetica Neue\",\"Noto Sans\",\"Liberation Sans\",Arial,sans-serif}\n"
    ".frame{max-width:80rem;margin:0 auto;padding:2rem 1rem 4rem;display:grid;"
    "grid-template-columns:minmax(0,1fr);gap:2rem}\n"
    "a{color:var(--link)}\n"
    ".skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;z-index:2;padding:.5rem "
    "1rem;"
    "background:var(--bg);border:1px solid var(--line)}\n"
    ".shapes{position:absolute;width:0;height:0}\n"
    "h1,h2,h3{line-height:1.2;letter-spacing:-.012em;text-wrap:balance;overflow-wrap:anywhere}\n"
    "h1{font-size:clamp(1.6rem,1.2rem + 1.8vw,2.3rem);margin:.2rem 0 .8rem;font-weight:700}\n"
    "h2{font-size:1.4rem;margin:0 0 .5rem;font-weight:650}\n"
    "h3{font-size:1.15rem;margin:0 0 .4rem;font-weight:650}\n"
    ".brand{margin:0;color:var(--ink-3);font-size:.8rem;letter-spacing:.06em;font-weight:600;"
    "overflow-wrap:anywhere}\n"
    ".lede{font-size:1.15rem;line-height:1.5;margin:0 0 "
    "1.2rem;max-width:62ch;overflow-wrap:anywhere}\n"
    ".says{margin:0 0 1.1rem;color:var(--ink-2);max-width:68ch;overflow-wrap:anywhere}\n"
    ".top{border-bottom:1px solid var(--line);padding-bottom:1rem}\n"
    ".part{margin:0 0 3.2rem}.session{margin:0 0 4rem;padding-top:2rem;border-top:3px solid "
    "var(--line)}\n"
    ".session h2{font-size:1.7rem}summary h2{display:inline}\n"
    "td.words{white-space:normal;min-width:9rem}\n"
    ".facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr));"
    "gap:.7rem 2rem;margin:0 0 1.2rem;font-size:.92rem}\n"
    ".facts div{min-width:0}.facts dt{color:var(--ink-3);font-size:.8rem;font-weight:600}\n"
    ".facts dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}\n"
    ".caution{margin:0 0 1.2rem;padding:.7rem 1rem;background:var(--warn-bg);"
    "border-left:4px solid var(--warn-line);border-radius:.25rem}\n"
    ".contents ul{list-style:none;margin:.4rem 0 0;padding:0;display:flex;flex-wrap:wrap;gap:.3rem "
    "1.1rem}\n"
    ".contents a{text-decoration:none;display:inline-block;padding:.15rem 0;overflow-wrap:anywhere}"
    ".contents a:hover{text-decoration:underline}\n"
    ".scroll{overflow-x:auto;border:1px solid var(--line);border-radius:.5rem;margin:0 0 1.2rem;"
    "background:var(--bg)}.scroll.tall{max-height:24rem;overflow-y:auto}\n"
    ".scroll:focus-visible,summary:focus-visible,a:focus-visible{outline:3px solid var(--link);"
    "outline-offset:2px}\n"
    "table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}"
    "\n"
    "caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\n"
    "th,td{padding:.42rem .6rem;text-align:left;border-bottom:1px solid "
    "var(--line);white-space:nowrap;"
    "vertical-align:baseline}\n"
    "tbody tr:last-child>*{border-bottom:0}tbody tr:hover>td{background:var(--soft)}"
    "th[rowspan]{vertical-align:top}\n"
    "thead tr>*{background:var(--soft);color:var(--ink-2);font-size:.8rem;font-weight:600}\n"
    "tbody th{font-weight:600;position:sticky;left:0;background:var(--bg)}\n"
    ".n{text-align:right}.dim{color:var(--ink-3)}\n"
    ".tall thead th{position:sticky;top:0;z-index:1}.numbers{font-size:.84rem}\n"
    "td.long{white-space:normal;min-width:20rem;overflow-wrap:anywhere;font-size:.84rem}"
    "td.long code{display:block;color:var(--ink-3)}\n"
    ".chip{display:inline-block;padding:.05rem "
    ".55rem;border-radius:1rem;font-weight:600;font-size:.85rem}"
    ".chip.good{color:var(--good);background:var(--good-bg)}"
    ".chip.bad{color:var(--bad);background:var(--bad-bg)}"
    ".chip.dim{color:var(--ink-2);background:var(--dim-bg)}\n"
    ".chart{margin:0 0 1.4rem}.chart figcaption{font-weight:600;font-size:.92rem;margin:0 0 .3rem;"
    "overflow-wrap:anywhere}.more{display:block;font-weight:400;color:var(--ink-3);font-size:."
    "84rem}\n"
    ".chart>svg{display:block;width:100%;height:auto;color:var(--ink-2);font-family:inherit}"
    ".chart>svg.narrow{display:none}\n"
    ".multiples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr));"
    "gap:1rem 1.6rem;margin:0 0 .6rem}.multiples .chart{margin:0}\n"
    ".legend{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.2rem;padding:0;margin:.5rem "
    "0 .8rem;"
    "font-size:.88rem;overflow-wrap:anywhere}\n"
    ".key{width:1.15em;height:1.15em;margin-right:.35em;vertical-align:-.2em}"
    "\n"
    "summary{cursor:pointer;color:var(--link);font-size:.88rem;padding:.25rem 0}\n"
    "details>.scroll,details>pre{margin-top:.4rem}\n"
    "pre{background:var(--soft);border:1px solid var(--line);border-radius:.5rem;padding:.8rem "
    "1rem;"
    "margin:0 0 "
    "1.1rem;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.84rem;line-height:1.5}\n"
    "code,pre{font-family:ui-monospace,\"SF Mono\",Menlo,Consolas,\"DejaVu Sans Mono\","
    "\"Liberation Mono\",monospace}\n"
    ".notes{margin:0 0 1.1rem;padding-left:1.2rem;max-width:75ch;overflow-wrap:anywhere}"
    ".notes li{margin:.25rem 0}\n"
    "footer{color:var(--ink-3);font-size:.85rem;border-top:1px solid "
    "var(--line);padding-top:1rem}\n"
    "footer p{margin:0}\n"
    "@media (max-width:35rem){.chart>svg.wide{display:none}.chart>svg.narrow{display:block}"
    ".frame{padding-top:1.2rem}th,td{padding:.4rem .5rem}.part{margin-bottom:2.4rem}}\n"
    "@media screen and (min-width:68rem){.frame{grid-template-columns:13rem minmax(0,1fr);gap:0 "
    "3rem}"
    ".top,footer{grid-column:1/-1}.top{margin-bottom:2rem}.contents{position:sticky;top:1.5rem;"
    "align-self:start;max-height:calc(100vh - 3rem);overflow-y:auto;font-size:.92rem}"
    ".contents ul{display:block}}\n"
    "@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}\n"
    "@media print{body{font-size:10pt}.frame{display:block;max-width:none;padding:0}.contents,.skip"
    "{display:none}.chart,.multiples "
    ".chart,tr,pre,.caution{break-inside:avoid}h1,h2,h3,figcaption,.says"
    "{break-after:avoid}.session{break-before:page;border-top:0}.scroll,.scroll.tall{overflow:"
    "visible;"
    "max-height:none;border:0}table{font-size:7.5pt}th,td{padding:.15rem .3rem;white-space:normal}"
    "tbody th{position:static}.tall thead th{position:static}.chart>svg.wide{display:block}"
    ".chart>svg.narrow{display:none}details:not([open]){display:none}.chip{padding:0;background:"
    "none}"
    "a{color:inherit;text-decoration:none}*{print-color-adjust:exact;-webkit-print-color-adjust:"
    "exact}}\n";

static void add_variables(struct hb_buf *out, bool dark)
{
    for (size_t i = 0; i < COLOURS; i++)
        hb_buf_printf(out, ";--%s:%s", colours[i].name, dark ? colours[i].dark : colours[i].light);
}

void hb_page_style(struct hb_buf *out)
{
    hb_buf_text(out, ":root{color-scheme:light dark");
    add_variables(out, false);
    hb_buf_text(out,
                "}\n@media screen and (prefers-color-scheme:dark){:root{color-scheme:light dark");
    add_variables(out, true);
    hb_buf_text(out, "}}\n");
    for (size_t i = 0; i < sizeof painted / sizeof *painted; i++)
        hb_buf_printf(out, "%s{%s:var(--%s)}", painted[i].selector, painted[i].property,
                      painted[i].colour);
    hb_buf_text(out, shaped);
    hb_buf_text(out, style);
}

static const char *light_of(const char *name)
{
    size_t i = 0;
    while (i + 1 < COLOURS && strcmp(colours[i].name, name) != 0)
        i++;
    return colours[i].light;
}

void hb_page_style_picture(struct hb_buf *out)
{
    hb_buf_text(out, "<style>.c{font-family:sans-serif}");
    for (size_t i = 0; i < sizeof painted / sizeof *painted; i++)
        hb_buf_printf(out, "%s{%s:%s}", painted[i].selector, painted[i].property,
                      light_of(painted[i].colour));
    hb_buf_text(out, shaped);
    hb_buf_text(out, "</style>");
}
