"""Results that display themselves: plain text in a terminal, HTML in a notebook.

What a document is made of is imported when something is shown: `import zygote_nb` doesn't pay for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zygote_nb.display.document import Document

__all__ = ["Shown", "Shows", "bundle"]


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

    shown = {"text/plain": to_text(document)}
    try:
        shown["text/html"] = to_html(document)
    except Exception as error:  # a display that fails must never lose a result
        shown["text/plain"] += f"\n(no HTML: {error!r})"
    return shown
