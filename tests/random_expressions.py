"""Random expressions: every float or array expression of a kind that the bound names allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

T = TypeVar("T")
Pick = Callable[[int], int]  # a number in range(n); 0 is the simplest


@dataclass(frozen=True, slots=True)
class Kind:
    """What a name holds: a scalar, an int below `size`, an array of `shape`, a list of these, a tuple of 2 scalars."""

    name: str
    shape: tuple[int, ...] = ()
    size: int = 0


SCALAR = Kind("scalar")
PAIR = Kind("tuple")


@dataclass(frozen=True, slots=True)
class Helper:
    """A function of the program; `gives` is what it returns (None: nothing). One that `raises` is called in a try."""

    name: str
    takes: tuple[Kind, ...]
    gives: Kind | None
    raises: bool = False


@dataclass
class Expressions:
    """Expressions over the definitely bound `names`; the lines of one function's body so far."""

    pick: Pick
    names: dict[str, Kind]
    helpers: list[Helper] = field(default_factory=list)
    budget: int = 8
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    loops: int = 0
    made: int = 0
    returns: bool = True
    without: frozenset[str] = frozenset()  # statements that this program doesn't use

    # ---- the plumbing

    def text(self) -> str:
        """The lines so far."""
        return "\n".join(self.lines) + "\n"

    def emit(self, line: str) -> None:
        """One line at the current depth."""
        self.lines.append("    " * self.depth + line)

    def choose(self, options: Sequence[T]) -> T:
        """One of them; the first is the simplest."""
        return options[self.pick(len(options))]

    def fresh(self, stem: str) -> str:
        """A name not used before."""
        self.made += 1
        return f"{stem}{self.made}"

    def having(self, name: str, shape: tuple[int, ...] | None = None) -> list[str]:
        """The bound names of a kind."""
        return [n for n, k in self.names.items() if k.name == name and (shape is None or k.shape == shape)]

    def scalar(self, depth: int = 2) -> str:
        """A float expression."""
        if depth == 0 or self.pick(5) == 0:
            return self.scalar_leaf()
        e = lambda: self.scalar(depth - 1)
        match self.pick(15):
            case 0:
                return f"({e()} + {e()})"
            case 1:
                return f"{e()} * {e()}"
            case 2:
                return f"({e()} - {e()})"
            case 3:
                return f"{self.choose(('np.sin', 'np.tanh', 'math.cos', 'np.arctan'))}({e()})"
            case 4:
                return f"{e()} / (1.5 + ({e()}) ** 2)"
            case 5:
                return f"np.sqrt(1.2 + ({e()}) ** 2)"
            case 6:
                return f"({e()} if {self.condition()} else {e()})"
            case 7:
                return f"{self.choose(('max', 'min'))}({e()}, {e()})"
            case 8:
                return f"(-{e()})"
            case 9:
                return f"np.exp(-abs({e()}))"
            case 10:
                shape = self.choose(((4,), (2,), (3,), (3, 4)))
                v = self.vector(shape, depth - 1)
                return self.choose((f"np.sum({v})", f"np.mean({v})", f"np.max({v})", f"({v}).sum()"))
            case 11:
                shape = self.choose(((4,), (3,)))
                return f"(({self.vector(shape, depth - 1)}) @ ({self.vector(shape, depth - 1)}))"
            case 12 | 13:
                return self.call(SCALAR) or self.scalar_leaf()
            case _:
                return f"({e()}) ** {self.choose(('2', '3'))}"

    def scalar_leaf(self) -> str:
        """A constant, a name, an element."""
        match self.pick(6):
            case 0:
                return self.choose(("0.5", "1.3", "-0.8", "2.0", "0.25"))
            case 1 | 2:
                return self.choose(self.having("scalar") or ["0.7"])
            case 3:
                return self.element() if self.having("array") else "W[1]"
            case 4:
                lists = [n for n in self.having("list") if self.names[n].shape == ()]
                pairs = self.having("tuple")
                options = [f"{n}[{i}]" for n in lists for i in (-1, 0)] + [f"{n}[{i}]" for n in pairs for i in (0, 1)]
                return self.choose(options or ["G"])
            case _:
                return self.choose([f"0.3 * {i}" for i in self.having("int")] or ["0.4"])

    def squashed(self, depth: int = 2) -> str:
        """A bounded float expression."""
        return f"{self.choose(('np.sin', 'np.tanh', 'math.sin', 'np.cos'))}({self.scalar(depth)})"

    def index(self, n: int) -> str:
        """An index below `n` in absolute value."""
        ints = [(name, self.names[name].size) for name in self.having("int")]
        names = [f if size <= n else f"{name} % {n}" for name, size in ints for f in (name,) if f]
        shifted = [f"{name} - 1" for name, size in ints if size <= n and n > 1]
        return self.choose([*(str(i) for i in range(n)), "-1", *names, *names, *shifted])

    def element(self) -> str:
        """One element of an array."""
        name = self.choose(self.having("array"))
        return f"{name}[{', '.join(self.index(n) for n in self.names[name].shape)}]"

    def condition(self) -> str:
        """Away from ties: thresholds are odd numbers."""
        e = lambda: self.scalar(1)
        match self.pick(7):
            case 0 | 1:
                return f"{e()} {self.choose(('>', '<', '>=', '<='))} {self.choose(('0.137', '-0.213', '0.417'))}"
            case 2:
                return f"-0.713 < {e()} < 0.619"
            case 3:
                return f"{e()} > 0.0931 {self.choose(('and', 'or'))} {e()} < 0.317"
            case 4:
                return f"not {e()} < -0.123"
            case 5:
                return self.choose([f"{i} % 2 == 0" for i in self.having("int")] or ["G > 0.5"])
            case _:
                return f"{e()} < {e()} + 0.0717"

    def vector(self, shape: tuple[int, ...], depth: int = 2) -> str:
        """An array expression of this shape."""
        if depth == 0 or self.pick(4) == 0:
            return self.vector_leaf(shape)
        v = lambda: self.vector(shape, depth - 1)
        match self.pick(13):
            case 0:
                return f"({v()} + {v()})"
            case 1:
                return f"{v()} * {v()}"
            case 2:
                return f"({v()} - {self.scalar(1)})"
            case 3:
                return f"{self.choose(('np.sin', 'np.tanh', 'np.cos'))}({v()})"
            case 4:
                return f"{self.scalar(1)} * {v()}"
            case 5:
                return f"{v()} / (1.3 + ({v()}) ** 2)"
            case 6:
                return f"np.where({v()} > {self.choose(('0.137', '-0.213'))}, {v()}, {v()})"
            case 7:
                return f"{self.choose(('np.maximum', 'np.minimum'))}({v()}, {v()})"
            case 8:
                return f"(-{v()})"
            case 9 | 10:
                return self.call(Kind("array", shape)) or self.vector_leaf(shape)
            case _:
                return self.composed(shape)

    def vector_leaf(self, shape: tuple[int, ...]) -> str:
        """A name, a view of the right shape, or something made of scalars."""
        exact = self.having("array", shape)
        if exact and self.pick(3):
            return self.choose(exact)
        views = [w for w in self.views() if w[1] == shape]
        if views:
            return self.choose(views)[0]
        if shape == (4,):
            return "W"
        return f"np.full({shape if len(shape) > 1 else shape[0]}, {self.scalar_leaf()})"

    def views(self) -> list[tuple[str, tuple[int, ...]]]:
        """(text, shape) of the views that the bound arrays have."""
        found: list[tuple[str, tuple[int, ...]]] = []
        for name in self.having("array"):
            match self.names[name].shape:
                case (n,):
                    found += [(f"{name}[::-1]", (n,)), (f"{name}[:]", (n,))]
                    if n > 2:
                        found += [
                            (f"{name}[1:]", (n - 1,)),
                            (f"{name}[:-1]", (n - 1,)),
                            (f"{name}[::2]", ((n + 1) // 2,)),
                        ]
                    if n == 4:
                        found += [(f"{name}.reshape(2, 2)", (2, 2)), (f"{name}[-3::-1]", (2,))]
                case (m, n):
                    found += [(f"{name}[{self.index(m)}]", (n,)), (f"{name}[:, {self.index(n)}]", (m,))]
                    found += [(f"{name}.T", (n, m)), (f"{name}.reshape(-1)", (m * n,)), (f"{name}.ravel()", (m * n,))]
                    found += [(f"{name}[:, ::-1]", (m, n))]
        return [(text, shape) for text, shape in found if np.prod(shape) <= 12]

    def composed(self, shape: tuple[int, ...]) -> str:
        """Products, joins, fancy reads, reductions along an axis."""
        if shape in ((3,), (4,)) and "A" not in self.names:
            return f"np.outer(W, W)[{self.choose((0, 1))}, :{shape[0]}]"
        if shape == (3,):
            return f"(A @ {self.vector((4,), 0)})"
        if shape == (4,):
            return self.choose(
                (
                    f"({self.vector((3,), 0)} @ A)",
                    f"np.concatenate(({self.vector((2,), 0)}, {self.vector((2,), 0)}))",
                    f"{self.vector((4,), 0)}[[2, 0, 0, 3]]",
                    "np.sum(A, axis=0)",
                    f"{self.vector((3, 4), 0)}.mean(axis=0)",
                )
            )
        if shape == (2,):
            return f"np.array([{self.scalar(1)}, {self.scalar(1)}])"
        if len(shape) == 2:
            m, n = shape
            return f"{self.vector((m,), 0)}[:, None] * {self.vector((n,), 0)}"
        return f"np.zeros({shape[0]})"

    def call(self, gives: Kind) -> str | None:
        """A call of one of the program's own functions."""
        fitting = [h for h in self.helpers if h.gives == gives and self.callable(h)]
        if not fitting:
            return None
        helper = self.choose(fitting)
        return f"{helper.name}({', '.join(self.argument(k) for k in helper.takes)})"

    def callable(self, helper: Helper) -> bool:
        """Whether names for its array parameters are bound."""
        return not helper.raises and all(self.having("array", k.shape) for k in helper.takes if k.name == "array")

    def argument(self, kind: Kind) -> str:
        """An array by name, so that a callee's writes are seen; a scalar by expression."""
        return self.choose(self.having("array", kind.shape)) if kind.name == "array" else self.scalar(1)
