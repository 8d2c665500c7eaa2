"""A function of the generated program."""

from __future__ import annotations

from typing import Any

from zygote_nb.dataclass import dataclass
from zygote_nb.ir.core import Block, Expr


@dataclass(frozen=True, slots=True)
class Generated:
    """A function of the generated program.

    ``forward`` and ``backward`` are its sweeps (one of them alone for a half of a pair), ``results`` what it returns,
    ``in_place`` the adjoints that may be added to in place. ``source`` is the instance of the user's function that it
    was made from; ``bundled`` the position of the tape among the results of a forward half, ``tape`` the parameter of
    the backward half that takes it; ``arguments`` and ``seeds`` count parameters,
    ``lists`` are those that are lists of numbers, where Python calls the function. One that ``repeats`` is a generator:
    it yields its results once for each run of the backward sweep.
    """

    name: str
    params: tuple[str, ...]
    forward: Block
    backward: Block
    results: tuple[Expr, ...]
    in_place: frozenset[str]
    source: Any = None
    bundled: int | None = None
    arguments: int = 0
    seeds: int = 0
    tape: str | None = None
    lists: tuple[str, ...] = ()
    repeats: bool = False
