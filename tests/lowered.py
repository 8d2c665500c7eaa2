"""A function on its way through the compiler, for tests of single stages."""

from dataclasses import dataclass
from typing import Any

from zygote_nb.analysis.activity import varied_variables
from zygote_nb.analysis.alias import Memory
from zygote_nb.driver.bound import bind
from zygote_nb.driver.derived import Derived, derive
from zygote_nb.ir.core import Block, Function
from zygote_nb.options import options


@dataclass(frozen=True)
class Stages:
    """What each stage made of a function; callees' parts come before its own."""

    derived: Derived

    @property
    def lowered(self) -> Function:
        return self.derived.instance.function

    @property
    def renamed(self) -> Function:
        return self.derived.derivation.base(self.derived.instance)

    @property
    def memory(self) -> Memory:
        return self.derived.derivation.memory(self.renamed)

    def varied(self, *active: str) -> set[str]:
        """The variables that depend on the given parameters."""
        d = self.derived.derivation
        return varied_variables(self.renamed, set(active), self.memory, d.constant, d.activity)

    @property
    def forward(self) -> Block:
        return self.derived.generated[-1].forward

    @property
    def backward(self) -> Block:
        return self.derived.generated[-1].backward

    @property
    def text(self) -> str:
        return self.derived.module.source

    @property
    def kept(self) -> list[str]:
        """What the forward sweep keeps for loops."""
        return self.derived.derivation.kept


def stages(f: Any, *args: Any, value: bool = False) -> Stages:
    """Differentiated by all arguments, for the interpreter."""
    with options(backend="python"):
        bound = bind(f, args, {})
        return Stages(derive(bound, (True,) * len(args), value))
