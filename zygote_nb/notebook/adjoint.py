"""What `%adjoint` shows: the generated backward pass beside its source, or another stage of the same road."""

from __future__ import annotations

from collections.abc import Iterable

import zygote_nb as zg
from zygote_nb.api import Call
from zygote_nb.frontend.source import capture
from zygote_nb.notebook.display.document import Beside, Code, Document, Line

__all__ = ["adjoint_document", "stage_document"]


def stage_document(stage: str | None, call: Call, title: str) -> Document:
    """The text of a stage: "ir", "llvm" or "explain"; None is the backward pass."""
    match stage:
        case "ir":
            return (_plain(f"{title}: before differentiation", zg.code_ir(call)),)
        case "llvm":
            return (_plain(f"{title}: LLVM IR of the gradient", zg.code_llvm(call)),)
        case "explain":
            return (_plain(f"{title}: how it is differentiated", zg.explain(call)),)
        case _:
            return adjoint_document(call, title)


def adjoint_document(call: Call, title: str) -> Document:
    """Source on the left, generated code on the right; lines of one origin have one colour.

    Both number the source from its `def`, as the generated code does.
    """
    generated = zg.code_adjoint(call)
    source = capture(call.function)
    code = generated.source.splitlines()
    # The functions that it calls come before it, with line numbers of their own sources.
    own = max((n for n, line in enumerate(code, 1) if line.startswith("def ")), default=0)
    origins = {line: origin - source.first_line + 1 for line, origin in generated.linemap if line > own}
    groups = {line: group for group, line in enumerate(sorted(set(origins.values())), 1)}
    left = _lines(source.text.splitlines(), groups)
    right = _lines(code, {line: groups[origin] for line, origin in origins.items()}, numbered=False)
    return (Beside(Code(title, left), Code("backward pass", right)),)


def _plain(title: str, shown: object) -> Code:
    return Code(title, tuple(Line(line) for line in str(shown).splitlines()))


def _lines(text: Iterable[str], groups: dict[int, int], numbered: bool = True) -> tuple[Line, ...]:
    return tuple(Line(line, n if numbered else None, groups.get(n, 0)) for n, line in enumerate(text, 1))
