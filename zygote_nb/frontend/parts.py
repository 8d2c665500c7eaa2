"""The variables for the parts of a value that has a name: ``q_0`` and ``q_1`` for a pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zygote_nb.frontend.chosen import Chosen, variables_for
from zygote_nb.frontend.maybe import Maybe
from zygote_nb.frontend.values import is_slice
from zygote_nb.ir.core import Tuple

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

BOUNDS = ("start", "stop", "step")


def part(lo: Lowering, name: str, word: object) -> str:
    """The variable for one part: none of the user's, who may have called something else so."""
    made = f"{name}_{word}"
    while made in lo.local_names or made in lo.kept_names:
        made += "_"
    return made


def is_single(value: Any) -> bool:
    """Whether a value needs one variable at most, which has its name."""
    return not isinstance(value, Tuple | Maybe | Chosen) and not is_slice(value)


def leaf_names(lo: Lowering, name: str, value: Any) -> list[str]:
    """The variables that ``name = value`` binds."""
    if isinstance(value, Tuple):
        return [leaf for i, item in enumerate(value.items) for leaf in leaf_names(lo, part(lo, name, i), item)]
    if isinstance(value, Maybe):
        return [part(lo, name, "given"), *leaf_names(lo, name, value.value)]
    if isinstance(value, Chosen):
        return variables_for(name, value.values, lo.local_names)
    if is_slice(value):
        return [part(lo, name, word) for word in BOUNDS]
    return [name]
