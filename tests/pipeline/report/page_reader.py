"""Read a rendered page back with the standard library's parser."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "img", "br", "link", "input"}


@dataclass
class Page:
    texts: dict[str, str] = field(default_factory=dict)
    tags: dict[str, list[str]] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    all_tags: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.page = Page()
        self.open: list[str] = []
        self.section = ""

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        page = self.page
        page.all_tags.add(tag)
        if "id" in values:
            page.ids.append(values["id"])
        page.links += [values[key] for key in ("src", "href", "xlink:href", "action", "data") if key in values]
        page.titles += [values[key] for key in ("title", "alt") if key in values]
        if tag == "section":
            self.section = values["id"]
        if self.section:
            page.tags.setdefault(self.section, []).append(tag)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        expected = self.open.pop()
        assert tag == expected, f"</{tag}> closes <{expected}>"
        if tag == "section":
            self.section = ""

    def handle_data(self, data):
        if self.section and data.strip():
            before = self.page.texts.get(self.section, "")
            self.page.texts[self.section] = f"{before} {' '.join(data.split())}".strip()


def read_page(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader.page
