/* The charts of a document as PNG files. rsvg-convert draws them of our SVG, as a child, with files
 * between: no pipe that both sides could wait on. It opens no file itself.
 * Read next: chart_svg.h. */
#ifndef HB_REPORT_PICTURE_H
#define HB_REPORT_PICTURE_H

#include "report/document.h"

/* Who takes pictures that were drawn. */
struct hb_picture_taker {
    /* name is a file's, without a folder. */
    int (*take)(void *self, const char *name, const struct hb_buf *picture, struct hb_err *err);
    void *self;
};

/* Draws every chart of the document: "ranking.png", of one with parts "1-mixed-ranking.png".
 * Returns how many. -1: rsvg-convert is not there, or failed, with its words, or a picture was not
 * taken. */
int hb_doc_pictures(const struct hb_doc *doc, const struct hb_picture_taker *taker,
                    struct hb_err *err);

#endif
