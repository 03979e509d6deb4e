/* The pieces of a report: see section.h. */
#include "report/section.h"

#include "base/quote.h"

#include <stdarg.h>
#include <stdio.h>

void hb_section_heading(const struct hb_section *section, const char *text)
{
    if (section->markdown) {
        hb_buf_printf(section->out, "\n### %s\n\n", text);
        return;
    }
    hb_buf_char(section->out, '\n');
    hb_style_text(section->out, section->colour, HB_STYLE_STRONG, text);
    hb_buf_char(section->out, '\n');
}

void hb_section_line(const struct hb_section *section, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    hb_hide_controls(text);
    hb_buf_printf(section->out, "%s%s\n", section->markdown ? "- " : "  ", text);
}

void hb_section_table(const struct hb_section *section, struct hb_table *table)
{
    const int status = section->markdown ? hb_table_write_markdown(table, section->out)
                                         : hb_table_write(table, section->colour, section->out);
    if (status != 0)
        section->out->failed = true;
    hb_table_free(table);
}
