"""A page of `hakbench report` as a parser sees it: prints what is wrong with it, a line each, and
fails when there is anything. Other modes print a part of it.
   page.py check FILE [--charts N]    what must hold of every page
   page.py text FILE                  its text, without style
   page.py outline FILE               its headings, indented by level
   page.py figures FILE               the titles of its charts"""
import html.parser
import re
import sys

VOID = {"meta", "br", "hr", "img", "input", "link", "col", "wbr", "source", "area", "base", "embed"}
FORBIDDEN = {"script", "link", "iframe", "object", "embed", "img", "image", "base", "form", "audio",
             "video", "source", "foreignobject", "animate", "set", "math", "template"}
ADDRESSES = {"href", "src", "srcset", "action", "formaction", "poster", "data", "background",
             "xlink:href", "cite", "ping", "manifest"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.faults, self.open, self.ids, self.links = [], [], [], []
        self.metas, self.headings, self.svgs = [], [], []
        self.text, self.style, self.doctype, self.cell = [], [], None, ""
        self.is_mark = False

    def fault(self, what):
        self.faults.append(f"line {self.getpos()[0]}: {what}")

    def handle_decl(self, decl):
        self.doctype = decl

    def handle_comment(self, data):
        self.fault(f"a comment: {data[:60]}")

    def unknown_decl(self, data):
        self.fault(f"a section: {data[:60]}")

    def handle_pi(self, data):
        self.fault(f"an instruction: {data[:60]}")

    def handle_startendtag(self, tag, attrs):
        self.start(tag, attrs)

    def handle_starttag(self, tag, attrs):
        self.start(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def start(self, tag, attrs):
        values = dict(attrs)
        if tag not in ("span", "b", "strong", "code", "a"):
            self.text.append(" ")
        self.cell = "" if tag == "th" else self.cell
        if tag in FORBIDDEN:
            self.fault(f"<{tag}>")
        if len(values) != len(attrs):
            self.fault(f"<{tag}> has an attribute twice")
        for name, value in attrs:
            self.attribute(tag, name, value or "")
        if tag == "meta":
            self.metas.append(values)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append([int(tag[1]), ""])
        if tag == "svg":
            self.svgs.append({"attrs": values, "title": None, "desc": None, "texts": 0, "marks": 0,
                              "said": 0})
        if self.svgs and "svg" in self.open:
            self.inside_svg(tag)

    def inside_svg(self, tag):
        """The first title is the picture's; each mark, a <g> or a bar, has one of its own."""
        svg = self.svgs[-1]
        self.is_mark = tag == "title" and svg["title"] is not None
        if tag in ("title", "desc") and not self.is_mark:
            svg[tag] = ""
        svg["texts"] += tag == "text"
        svg["marks"] += tag == "g"
        svg["said"] += self.is_mark

    def attribute(self, tag, name, value):
        if name.startswith("on"):
            self.fault(f"<{tag} {name}>")
        if name in ADDRESSES and not value.startswith("#"):
            self.fault(f"<{tag} {name}={value[:60]!r}>")
        if name == "style" or "url(" in value:
            self.fault(f"<{tag} {name}={value[:60]!r}>")
        if name == "id":
            self.ids.append(value)
        if name == "href" and value.startswith("#"):
            self.links.append(value[1:])
        if name == "aria-labelledby":
            self.links += value.split()

    def handle_endtag(self, tag):
        if tag == "th" and not self.cell.strip():
            self.fault("a heading of a table without words")
        if not self.open or self.open[-1] != tag:
            self.fault(f"</{tag}> where {self.open[-1:] or 'nothing'} is open")
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        inside = self.open[-1] if self.open else ""
        self.cell += data
        if inside == "style":
            self.style.append(data)
            return
        if inside == "title" and self.is_mark:
            return
        self.text.append(data)
        if re.fullmatch("h[1-6]", inside):
            self.headings[-1][1] += data
        if self.svgs and "svg" in self.open and inside in ("title", "desc"):
            self.svgs[-1][inside] += data


def read(path):
    page = Page()
    with open(path, encoding="utf-8", errors="strict") as file:
        page.feed(file.read())
    page.close()
    return page


def pictures(page):
    return [s for s in page.svgs if s["attrs"].get("role") == "img"]


def check_head(page):
    if page.doctype != "DOCTYPE html":
        page.faults.append("no <!DOCTYPE html>")
    viewport = [m for m in page.metas if m.get("name") == "viewport"]
    if not viewport or "width=device-width" not in viewport[0]["content"]:
        page.faults.append("no viewport for phones")
    policy = [m["content"] for m in page.metas if m.get("http-equiv") == "Content-Security-Policy"]
    if not policy or "default-src 'none'" not in policy[0] or "script-src" in policy[0]:
        page.faults.append("no policy that forbids all")
    style = "".join(page.style)
    if re.search(r"(?i)url\(|@import|https?:|@font-face|expression\(", style):
        page.faults.append("the style sheet fetches something")
    for rule in ("prefers-color-scheme:dark", "@media print", "max-width:"):
        if rule not in style:
            page.faults.append(f"no {rule} in the style sheet")


def check_outline(page):
    levels = [level for level, _ in page.headings]
    if levels.count(1) != 1 or levels[0] != 1:
        page.faults.append(f"headings do not begin with the one h1: {levels[:5]}")
    for before, after in zip(levels, levels[1:]):
        if after > before + 1:
            page.faults.append(f"h{after} after h{before}")
    if not all(text.strip() for _, text in page.headings):
        page.faults.append("an empty heading")


def check(path, charts):
    page = read(path)
    page.faults += [f"<{tag}> never ends" for tag in page.open]
    doubles = sorted({i for i in page.ids if page.ids.count(i) > 1})
    page.faults += [f"id {i} stands twice" for i in doubles]
    page.faults += [f"#{link} is nowhere" for link in set(page.links) - set(page.ids)]
    check_head(page)
    check_outline(page)
    for svg in page.svgs:
        if svg["attrs"].get("aria-hidden") == "true":
            continue
        if svg["attrs"].get("role") != "img" or not svg["title"] or not svg["desc"]:
            page.faults.append(f"a picture without role, title or words: {svg}")
        if "width" in svg["attrs"] or "viewbox" not in svg["attrs"]:
            page.faults.append(f"a picture that does not scale: {svg['title']}")
        if svg["marks"] == 0 or svg["said"] != svg["marks"]:
            page.faults.append(f"{svg['marks']} marks, {svg['said']} say their value: {svg['title']}")
        if svg["texts"] < 2:
            page.faults.append(f"a picture without texts: {svg['title']}")
    if charts is not None and len(pictures(page)) != charts:
        page.faults.append(f"{len(pictures(page))} pictures, not {charts}")
    return page.faults


def main(mode, path, *rest):
    if mode == "check":
        faults = check(path, int(rest[1]) if rest else None)
        print("\n".join(faults))
        return 1 if faults else 0
    page = read(path)
    if mode == "text":
        print(" ".join("".join(page.text).split()))
    elif mode == "outline":
        print("\n".join("  " * (level - 1) + text for level, text in page.headings))
    else:
        print("\n".join(s["title"] for s in pictures(page)))
    return 0


sys.exit(main(*sys.argv[1:]))
