"""What the magics return: the numbers, and a document that shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from zygote_nb.notebook.display.document import Document, Row, Say, Table
from zygote_nb.notebook.display.html import to_html
from zygote_nb.notebook.display.text import to_text

__all__ = ["Gradients", "Shown", "Shows", "bundle"]


class Shows:
    """Shows its `document()`: plain text in a terminal, HTML in a notebook."""

    __slots__ = ()

    def document(self) -> Document:
        raise NotImplementedError

    def __repr__(self) -> str:
        return to_text(self.document())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(self.document())


@dataclass(frozen=True, slots=True, repr=False)
class Shown(Shows):
    """Something to look at."""

    parts: Document

    def document(self) -> Document:
        return self.parts


@dataclass(frozen=True, slots=True, repr=False)
class Gradients(Shows):
    """Gradients under the names of what they belong to, and the value if it was asked for.

    Indexed by name, or by position as the tuple that `zg.gradient` returns.
    """

    by_name: Mapping[str, Any]
    value: Any = None
    value_name: str = ""
    remarks: Document = ()

    def __getitem__(self, key: str | int | slice) -> Any:
        if isinstance(key, str):
            return self.by_name[key]
        return tuple(self.by_name.values())[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.by_name.values())

    def __len__(self) -> int:
        return len(self.by_name)

    def document(self) -> Document:
        """The numbers, and what was remarked about them."""
        return _document(self)


def bundle(document: Document) -> dict[str, str]:
    """The document in both of its forms; HTML that fails leaves the text."""
    shown = {"text/plain": to_text(document)}
    try:
        shown["text/html"] = to_html(document)
    except Exception as error:  # a display that fails must never lose a result
        shown["text/plain"] += f"\n(no HTML: {error!r})"
    return shown


def _document(result: Gradients) -> Document:
    rows = [_row(_shortened(result.value_name), result.value)] if result.value_name else []
    rows += [_row(f"d {name}", gradient) for name, gradient in result.by_name.items()]
    return (*([Table(tuple(rows))] if rows else [Say("no arguments, no gradient")]), *result.remarks)


def _row(name: str, value: Any) -> Row:
    if value is None:
        return Row(name, "None", "no derivative: not a number, or used only where none exists")
    if isinstance(value, np.ndarray):
        text = np.array2string(value, threshold=100, edgeitems=3, max_line_width=88)
        return Row(name, text, f"{value.dtype} {value.shape}")
    if isinstance(value, np.generic):
        return Row(name, str(value), str(value.dtype))
    return Row(name, repr(value), "" if type(value) is float else type(value).__name__)


def _shortened(text: str, longest: int = 40) -> str:
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."
