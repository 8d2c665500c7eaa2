"""Results that display themselves: plain text in a terminal, HTML in a notebook.

What a document is made of is imported when something is shown: `import zygote_nb` doesn't pay for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zygote_nb.dataclass import dataclass

if TYPE_CHECKING:
    from zygote_nb.display.document import Document

__all__ = ["Shown", "Shows", "bundle"]

LARGEST = 199_000  # characters of an output in both of its forms; a longer text is cut, and printed whole


class Shows:
    """Shows its `document()`."""

    __slots__ = ()

    def document(self) -> Document:
        raise NotImplementedError

    def __repr__(self) -> str:
        from zygote_nb.display.text import to_text

        return to_text(self.document())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(self.document())


@dataclass(frozen=True, slots=True, repr=False)
class Shown(Shows):
    """Something to look at."""

    parts: Document

    def document(self) -> Document:
        return self.parts


def bundle(document: Document) -> dict[str, Any]:
    """The document in both of its forms; HTML that fails leaves the text."""
    from zygote_nb.display.html import to_html
    from zygote_nb.display.text import to_text

    text, html = to_text(document), ""
    try:
        html = to_html(document)
    except Exception as error:  # a display that fails must never lose a result
        text += f"\n(no HTML: {error!r})"
    return {"text/plain": _shortened(text, LARGEST - len(html)), **({"text/html": html} if html else {})}


def _shortened(text: str, room: int) -> str:
    """What is displayed of a text, in whole lines."""
    if len(text) <= room:
        return text
    shown = text[:room].rpartition("\n")[0]
    return f"{shown}\n... {text.count(chr(10), len(shown) + 1) + 1} more lines; print(_) shows all"
