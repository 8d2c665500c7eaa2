"""What `%adjoint` shows: annotated source, the generated backward pass beside it, and the other stages of the road."""

from __future__ import annotations

from collections.abc import Iterator

import zygote_nb as zg
from zygote_nb.api import Call, request
from zygote_nb.dataclass import replace
from zygote_nb.display.document import Code, Document, Line, Tab
from zygote_nb.driver.ready import is_compiled
from zygote_nb.errors import CompileError
from zygote_nb.notebook.annotate import annotated_document

__all__ = ["adjoint_document", "stage_document"]

ASKED = 5.0  # seconds that a person who asks for a picture will wait for its values
LONGEST = 150  # lines of a stage that nobody asked for by name


def stage_document(stage: str | None, call: Call, title: str) -> Document:
    """The text of a stage: "ir", "llvm", "native" or "explain"; None is all of them, the backward pass first."""
    match stage:
        case "ir":
            return (_plain(f"{title}: before differentiation", zg.code_ir(call)),)
        case "llvm":
            return (_plain(f"{title}: LLVM IR of the gradient", zg.code_llvm(call)),)
        case "native":
            return (_plain(f"{title}: assembly of the gradient", zg.code_native(call)),)
        case "explain":
            return replace(zg.explain(call), title=f"{title}: how it is differentiated").document()
        case _:
            return adjoint_document(call, title)


def adjoint_document(call: Call, title: str) -> Document:
    """Annotated source, and a tab for each stage that can be had without waiting for a compiler."""
    return annotated_document(call, title, ASKED, True, tuple(_stages(call)))


def _stages(call: Call) -> Iterator[Tab]:
    yield Tab("IR", (_cut(_plain("before differentiation", zg.code_ir(call))),), how="%adjoint --ir")
    req = request(call, (), {})
    if is_compiled(req.bound):
        try:
            yield Tab("LLVM", (_cut(_plain("LLVM IR of the gradient", zg.code_llvm(call))),), how="%adjoint --llvm")
            yield Tab(
                "assembly", (_cut(_plain("assembly of the gradient", zg.code_native(call))),), how="%adjoint --native"
            )
        except CompileError:
            pass  # the explanation says why
    yield Tab("explanation", zg.explain(call).document(), how="%adjoint --explain")


def _plain(title: str, shown: object) -> Code:
    return Code(title, tuple(Line(line) for line in str(shown).splitlines()))


def _cut(code: Code) -> Code:
    if len(code.lines) <= LONGEST:
        return code
    rest = Line(f"... {len(code.lines) - LONGEST} more lines")
    return Code(code.title, (*code.lines[:LONGEST], rest))
