"""Saying that a function is not in the IR."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from zygote_nb.ir.core import Stmt
from zygote_nb.ir.text import show_stmt


class IRError(AssertionError):
    """A function that is not in the IR: the engine made a mistake."""


def refuse(what: str, at: Stmt | str | None = None) -> NoReturn:
    shown = "" if at is None else at if isinstance(at, str) else show_stmt(at, 0)[0]
    raise IRError(f"{what}, in `{shown}`" if shown else what)


def quoted(names_: Iterable[str]) -> str:
    return ", ".join(f"`{n}`" for n in sorted(names_))
