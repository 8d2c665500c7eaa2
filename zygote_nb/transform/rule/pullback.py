"""What a rule says of one call."""

from __future__ import annotations

from zygote_nb.dataclass import dataclass, field
from zygote_nb.ir.core import Expr, Stmt

RESULT = "result of the call"
SEED = "cotangent of the result"
WANTED = "arguments that a derivative reaches"


def part(name: str, i: int) -> str:
    """The name of one entry of a result that is a tuple."""
    return f"{name} {i}"


@dataclass(frozen=True, slots=True)
class Pullback:
    """What a rule says of one call.

    ``cotangents`` has an entry for each argument, named ones last (a Tuple for a tuple argument, None for none), in
    terms of the seed, the arguments, the result, and what ``before`` binds. ``forward`` is the rule's own forward part
    and ``value`` its result, where these differ from the call itself. Of arguments ``silent`` it says why not.
    """

    cotangents: tuple[Expr | None, ...]
    before: tuple[Stmt, ...] = ()
    forward: tuple[Stmt, ...] = ()
    value: Expr | None = None
    silent: dict[int, str] = field(default_factory=dict)

    @property
    def is_expression(self) -> bool:
        return not self.before and not self.forward and self.value is None
