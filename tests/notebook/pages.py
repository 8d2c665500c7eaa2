"""What must hold of every output: read by a parser, not by the eye."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from zygote_nb.display.shown import bundle

VOID = {"img", "br", "input", "hr"}
LIMIT = 200_000


class Page(HTMLParser):
    """Collects elements with their attributes, and the text outside of scripts; elements must be closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "script" not in self.open:
            self.words += data.split()


def checked(document) -> Page:
    """The page of a document, after the rules for all pages."""
    shown = bundle(document)
    html = shown["text/html"]
    page = Page(html)
    assert len(html) <= LIMIT
    for tag, attributes in page.elements:
        assert tag not in {"style", "svg", "iframe", "link"}, f"<{tag}> doesn't survive, or reaches beyond the output"
        assert "id" not in attributes
        assert "class" not in attributes
        if tag == "img":
            assert attributes["alt"]
            assert attributes["src"].startswith("data:")
    assert not re.search(r"https?://(?!www\.w3\.org)", html)
    assert shown["text/plain"].strip()
    return page
