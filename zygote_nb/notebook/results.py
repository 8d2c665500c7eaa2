"""What the magics return: the numbers, and a document that shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zygote_nb.dataclass import dataclass
from zygote_nb.display.document import Document, Say, Table
from zygote_nb.display.shown import Shows
from zygote_nb.display.values import value_row, value_rows

__all__ = ["Gradients"]


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
        rows = [value_row(_shortened(self.value_name), self.value)] if self.value_name else []
        rows += [row for name, gradient in self.by_name.items() for row in value_rows(f"d {name}", gradient)]
        return (*([Table(tuple(rows))] if rows else [Say("no arguments, no gradient")]), *self.remarks)


def _shortened(text: str, longest: int = 40) -> str:
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."
