"""Random well-formed programs: whatever a person might write with scalars, arrays, loops, branches, stores and calls.

Every program runs plainly, its values stay bounded, and every live value reaches the result. The same generator is driven
by a seeded `random.Random` (fast) and by hypothesis (shrinks): both only answer "a number below n".
"""

from __future__ import annotations

import linecache
import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")
Pick = Callable[[int], int]  # a number in range(n); 0 is the simplest


@dataclass(frozen=True, slots=True)
class Kind:
    """What a name holds: "scalar", "int" (below `size`), "array" of `shape`, "list" of scalars or arrays, "tuple" of 2 scalars."""

    name: str
    shape: tuple[int, ...] = ()
    size: int = 0


SCALAR = Kind("scalar")
PAIR = Kind("tuple")
ARGUMENTS = {
    "x": Kind("array", (4,)), "y": Kind("array", (4,)), "A": Kind("array", (3, 4)),
    "a": SCALAR, "b": SCALAR, "n": Kind("int", size=4),
}
PRELUDE = "import math\n\nimport numpy as np\n\nW = np.array([0.4, -0.7, 1.1, 0.2])\nG = 0.6\n\n"


@dataclass(frozen=True, slots=True)
class Program:
    """The text of a module that defines `f(x, y, A, a, b, n)`."""

    source: str

    def function(self) -> Callable[..., Any]:
        """`f`, its source known to inspect."""
        return load(self.source)["f"]

    def arguments(self) -> tuple[Any, ...]:
        """The same for the same text."""
        rng = np.random.default_rng(zlib.crc32(self.source.encode()))
        draw = lambda *shape: rng.uniform(-1.2, 1.2, shape)  # noqa: E731
        return draw(4), draw(4), draw(3, 4), float(draw()), float(draw()), 3


def load(source: str) -> dict[str, Any]:
    """The module's names; its text is registered with linecache."""
    filename = f"<random program {zlib.crc32(source.encode()):08x}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    names: dict[str, Any] = {"__name__": filename}
    exec(compile(source, filename, "exec"), names)
    return names


def seeded(seed: int) -> Program:
    """A program without hypothesis."""
    return generate(random.Random(seed).randrange)


def generate(pick: Pick) -> Program:
    """A program out of a source of choices."""
    helpers = [make(pick, f"g{i}") for i, make in enumerate(HELPERS) if pick(2)]
    main = Writer(pick, dict(ARGUMENTS), helpers=[h for h, _ in helpers], budget=4 + pick(11))
    if pick(3) == 0:
        main.closure()
    main.block()
    main.finish()
    texts = [text for _, text in helpers] + ["def f(x, y, A, a, b, n):\n" + main.text()]
    return Program(PRELUDE + "\n\n".join(texts))


@dataclass(frozen=True, slots=True)
class Helper:
    """A function of the program; `gives` is what it returns (None: nothing)."""

    name: str
    takes: tuple[Kind, ...]
    gives: Kind | None


@dataclass
class Writer:
    """Writes the body of one function; `names` are the definitely bound ones."""

    pick: Pick
    names: dict[str, Kind]
    helpers: list[Helper] = field(default_factory=list)
    budget: int = 8
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    loops: int = 0
    made: int = 0
    returns: bool = True

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

    @contextmanager
    def indented(self) -> Iterator[None]:
        """A block: what it binds is forgotten after it, what it rebinds keeps its kind."""
        before = dict(self.names)
        self.depth += 1
        start = len(self.lines)
        yield
        if len(self.lines) == start:
            self.emit("pass")
        self.depth -= 1
        self.names = before

    def block(self) -> None:
        """Statements until the budget is spent or fate ends the block."""
        self.statement()
        while self.budget > 0 and (self.depth == 1 or self.pick(3)):
            self.statement()

    # ---- expressions

    def scalar(self, depth: int = 2) -> str:
        """A float expression."""
        if depth == 0 or self.pick(5) == 0:
            return self.scalar_leaf()
        e = lambda: self.scalar(depth - 1)  # noqa: E731
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
                return f"{e()} / (1.5 + {e()} ** 2)"
            case 5:
                return f"np.sqrt(1.2 + {e()} ** 2)"
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
        e = lambda: self.scalar(1)  # noqa: E731
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
        v = lambda: self.vector(shape, depth - 1)  # noqa: E731
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
                return f"{v()} / (1.3 + {v()} ** 2)"
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
                        found += [(f"{name}[1:]", (n - 1,)), (f"{name}[:-1]", (n - 1,)), (f"{name}[::2]", ((n + 1) // 2,))]
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
            return self.choose((
                f"({self.vector((3,), 0)} @ A)", f"np.concatenate(({self.vector((2,), 0)}, {self.vector((2,), 0)}))",
                f"{self.vector((4,), 0)}[[2, 0, 0, 3]]", "np.sum(A, axis=0)", f"{self.vector((3, 4), 0)}.mean(axis=0)",
            ))
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
        return all(self.having("array", k.shape) for k in helper.takes if k.name == "array")

    def argument(self, kind: Kind) -> str:
        """An array by name, so that a callee's writes are seen; a scalar by expression."""
        return self.choose(self.having("array", kind.shape)) if kind.name == "array" else self.scalar(1)

    # ---- statements

    def statement(self) -> None:
        """One statement, simple or compound."""
        self.budget -= 1
        simple = (
            self.bind_scalar, self.bind_scalar, self.update_scalar, self.bind_array, self.bind_view, self.store, self.store,
            self.store_slice, self.store_slice, self.store_fancy, self.swap, self.use_list, self.use_tuple, self.call_statement,
        )
        compound = (self.branch, self.for_range, self.for_each, self.while_loop, self.leave, self.rebind_in_branch)
        nested = compound if self.depth < 4 and self.budget > 0 else ()
        self.choose((*simple, *nested))()

    def bind_scalar(self) -> None:
        """A new name, or an old one bound again."""
        old = [n for n in self.having("scalar")]
        name = self.choose(old) if old and self.pick(2) else self.fresh("s")
        self.emit(f"{name} = {self.squashed() if self.loops or self.pick(2) else self.scalar()}")
        self.names[name] = SCALAR

    def update_scalar(self) -> None:
        """Augmented assignment."""
        name = self.choose(self.having("scalar"))
        self.emit(f"{name} {self.choose(('+=', '-=', '*='))} {self.squashed()}")

    def bind_array(self) -> None:
        """Memory of its own, or another name for the same memory."""
        shape = self.choose(((4,), (3,), (2,), (3, 4)))
        name = self.fresh("v")
        same = self.having("array", shape)
        match self.pick(6):
            case 0 if same:
                self.emit(f"{name} = {self.choose(same)}.copy()")
            case 1 if same:
                self.emit(f"{name} = {self.choose(same)}")
            case 2:
                self.emit(f"{name} = np.zeros({shape if len(shape) > 1 else shape[0]})")
            case 3 if same:
                self.emit(f"{name} = np.empty_like({self.choose(same)})")
                self.emit(f"{name}[:] = {self.vector(shape, 1)}")
            case 4 if same and not self.loops:
                name = self.choose(same)
                self.emit(f"{name} = np.sin({self.vector(shape)})")
            case _:
                self.emit(f"{name} = np.tanh({self.vector(shape)})")
        self.names[name] = Kind("array", shape)

    def bind_view(self) -> None:
        """A view, perhaps of a view."""
        text, shape = self.choose(self.views())
        name = self.fresh("w")
        self.emit(f"{name} = {text}")
        self.names[name] = Kind("array", shape)

    def store(self) -> None:
        """One element."""
        target = self.element()
        match self.pick(3):
            case 0:
                self.emit(f"{target} = {self.squashed()}")
            case 1:
                self.emit(f"{target} {self.choose(('+=', '*=', '-='))} {self.squashed(1)}")
            case _:
                self.emit(f"{target} = np.sin({target} * {self.element()} + {self.scalar(1)})")

    def store_slice(self) -> None:
        """Whole arrays, slices, rows, columns; the right side may overlap."""
        name = self.choose(self.having("array"))
        shape = self.names[name].shape
        if len(shape) == 2 and self.pick(2):
            m, n = shape
            target, shape = self.choose(((f"{name}[{self.index(m)}]", (n,)), (f"{name}[:, {self.index(n)}]", (m,))))
        elif len(shape) == 1 and shape[0] > 2 and self.pick(2):
            n = shape[0]
            target, other, shape = self.choose((
                (f"{name}[1:]", f"{name}[:-1]", (n - 1,)), (f"{name}[:-1]", f"{name}[1:]", (n - 1,)),
                (f"{name}[::-1]", name, (n,)), (f"{name}[::2]", f"{name}[::-2]", ((n + 1) // 2,)),
            ))
            if self.pick(2):
                self.emit(f"{target} {self.choose(('*=', '+=', '='))} {self.choose(('', '0.5 * '))}{other}")
                return
        else:
            target = f"{name}[:]"
        match self.pick(4):
            case 0:
                self.emit(f"{target} = np.sin({self.vector(shape)})")
            case 1:
                self.emit(f"{target} {self.choose(('+=', '-=', '*='))} np.cos({self.vector(shape, 1)})")
            case 2:
                self.emit(f"{target} = {self.squashed(1)}")
            case _:
                plain = target.removesuffix("[:]")
                self.emit(f"{plain} *= {self.squashed(1)}")

    def store_fancy(self) -> None:
        """Integer arrays with repeats, masks, np.add.at."""
        vectors = [n for n in self.having("array") if len(self.names[n].shape) == 1 and self.names[n].shape[0] >= 3]
        name = self.choose(vectors)
        match self.pick(4):
            case 0:
                self.emit(f"{name}[[0, 2]] = {self.vector((2,), 1)}")
            case 1:
                self.emit(f"{name}[[0, 0, 1]] += {self.vector((3,), 1)}")
            case 2:
                self.emit(f"{name}[{name} > 0.237] *= {self.squashed(1)}")
            case _:
                self.emit(f"np.add.at({name}, [1, 1, 0], {self.vector((3,), 1)})")

    def swap(self) -> None:
        """Names, elements, scalars."""
        shape = self.choose(((4,), (3,), (2,)))
        arrays = self.having("array", shape)
        match self.pick(3):
            case 0 if len(arrays) > 1:
                u, v = self.choose(arrays), self.choose(arrays)
                if u != v:
                    self.emit(f"{u}, {v} = {v}, {u}")
            case 1 if arrays:
                a = self.choose(arrays)
                i, j = self.index(shape[0]), self.index(shape[0])
                self.emit(f"{a}[{i}], {a}[{j}] = {a}[{j}], {self.choose((f'{a}[{i}]', f'np.sin({a}[{i}])'))}")
            case _:
                s, t = self.choose(self.having("scalar")), self.choose(self.having("scalar"))
                if s != t:
                    self.emit(f"{s}, {t} = {t}, np.sin({s} + {t})")

    def use_list(self) -> None:
        """Make, append, pop, store; a list always keeps one element."""
        lists = self.having("list")
        if not lists or not self.pick(3):
            name = self.fresh("l")
            shape: tuple[int, ...] = self.choose(((), (), (4,)))
            item = self.squashed(1) if shape == () else f"np.sin({self.vector(shape, 1)})"
            self.emit(f"{name} = [{item}]")
            self.names[name] = Kind("list", shape)
            return
        name = self.choose(lists)
        shape = self.names[name].shape
        item = self.squashed(1) if shape == () else f"np.cos({self.vector(shape, 1)})"
        match self.pick(4):
            case 0 | 1:
                self.emit(f"{name}.append({item})")
            case 2:
                self.emit(f"{name}[{self.choose((-1, 0))}] = {item}")
            case _:
                target = self.choose(self.having("scalar")) if shape == () else self.choose(self.having("array", shape))
                self.emit(f"if len({name}) > 1:")
                self.emit(f"    {target} = {name}.pop()")

    def use_tuple(self) -> None:
        """Make or unpack."""
        pairs = self.having("tuple")
        if pairs and self.pick(2):
            s, t = self.fresh("s"), self.fresh("s")
            self.emit(f"{s}, {t} = {self.choose(pairs)}")
            self.names |= {s: SCALAR, t: SCALAR}
        else:
            name = self.choose(pairs) if pairs and self.pick(2) else self.fresh("t")
            self.emit(f"{name} = {self.call(PAIR) or f'({self.squashed(1)}, {self.squashed(1)})'}")
            self.names[name] = PAIR

    def call_statement(self) -> None:
        """A call for its writes, or one whose array result is kept."""
        fitting = [h for h in self.helpers if self.callable(h) and (h.gives is None or h.gives.name == "array")]
        if not fitting:
            return self.bind_scalar()
        helper = self.choose(fitting)
        call = f"{helper.name}({', '.join(self.argument(k) for k in helper.takes)})"
        if helper.gives is None:
            return self.emit(call)
        name = self.fresh("v")
        self.emit(f"{name} = {call}")
        self.names[name] = helper.gives

    def branch(self) -> None:
        """if, elif, else."""
        self.emit(f"if {self.condition()}:")
        with self.indented():
            self.block()
        if self.pick(3) == 0:
            self.emit(f"elif {self.condition()}:")
            with self.indented():
                self.block()
        if self.pick(2):
            self.emit("else:")
            with self.indented():
                self.block()

    def rebind_in_branch(self) -> None:
        """One array name bound to different memory on two paths."""
        shape: tuple[int, ...] = self.choose(((4,), (3,), (2,)))
        same = self.having("array", shape)
        if not same:
            return self.bind_array()
        name = self.fresh("v")
        self.emit(f"if {self.condition()}:")
        self.emit(f"    {name} = {self.choose(same)}")
        self.emit("else:")
        self.emit(f"    {name} = {self.choose((self.choose(same), f'np.sin({self.vector(shape, 1)})'))}")
        self.names[name] = Kind("array", shape)

    def loop_body(self, bound: dict[str, Kind]) -> None:
        """The body, perhaps with a way out, perhaps with an else."""
        self.loops += 1
        with self.indented():
            self.names |= bound
            self.block()
            if self.pick(3) == 0:
                self.emit(f"if {self.condition()}:")
                self.emit(f"    {self.choose(('break', 'continue'))}")
                self.block()
        self.loops -= 1
        if self.pick(5) == 0:
            self.emit("else:")
            with self.indented():
                self.statement()

    def for_range(self) -> None:
        """Any start, stop and step."""
        named = ("n", "1, n + 1", "n, -1, -1", "len(x) - 1") if "n" in self.names else ()
        name = self.fresh("i")
        bounds = self.choose(("3", "0, 4, 2", "3, 0, -2", "2, 2", *named))
        self.emit(f"for {name} in range({bounds}):")
        self.loop_body({name: Kind("int", size=4)})

    def for_each(self) -> None:
        """Arrays, rows, lists, zip, enumerate."""
        shape = self.choose(((4,), (3,), (2,)))
        vectors = self.having("array", shape)
        lists = self.having("list")
        e, i = self.fresh("e"), self.fresh("i")
        match self.pick(5):
            case 0 if vectors:
                self.emit(f"for {e} in {self.choose(vectors)}:")
                bound = {e: SCALAR}
            case 1 if len(vectors) > 1:
                other = self.fresh("e")
                self.emit(f"for {e}, {other} in zip({self.choose(vectors)}, {self.choose(vectors)}):")
                bound = {e: SCALAR, other: SCALAR}
            case 2 if vectors:
                self.emit(f"for {i}, {e} in enumerate({self.choose(vectors)}):")
                bound = {i: Kind("int", size=shape[0]), e: SCALAR}
            case 3 if lists:
                name = self.choose(lists)
                item = self.names[name].shape
                copied = self.fresh("l")  # the body may append to the list itself
                self.emit(f"{copied} = {name} + [{self.squashed(1) if item == () else f'np.sin({self.vector(item, 0)})'}]")
                self.emit(f"for {e} in {copied}:")
                bound = {e: SCALAR if item == () else Kind("array", item)}
            case _:
                self.emit(f"for {e} in {'A' if 'A' in self.names else 'np.outer(W, W)'}:")
                bound = {e: Kind("array", (4,))}
        self.loop_body(bound)

    def while_loop(self) -> None:
        """Counted, perhaps with a float condition beside."""
        k = self.fresh("k")
        self.emit(f"{k} = 0")
        extra = f" and ({self.condition()})" if self.pick(3) == 0 else ""
        self.emit(f"while {k} < {self.choose(('3', '2', 'n' if 'n' in self.names else '1'))}{extra}:")
        self.emit(f"    {k} += 1")
        self.loop_body({k: Kind("int", size=4)})
        self.names[k] = Kind("int", size=5)

    def leave(self) -> None:
        """An early return, in loops a break or continue as well."""
        if not self.returns or (self.depth == 1 and self.pick(4)):
            return self.store()
        self.emit(f"if {self.scalar(1)} > {self.choose(('0.871', '0.571'))}:")
        ways = [f"return {self.squashed(1)}", *(("break", "continue") if self.loops else ())]
        self.emit(f"    {self.choose(ways)}")

    def closure(self) -> None:
        """An inner function over this one's names."""
        name = self.fresh("inner")
        self.emit(f"def {name}(p):")
        inner = Writer(self.pick, {"p": SCALAR, **self.names}, depth=2)
        self.emit(f"    return {inner.squashed()}")
        self.helpers = [*self.helpers, Helper(name, (SCALAR,), SCALAR)]

    def finish(self) -> None:
        """Everything that is bound reaches the result."""
        self.emit("total = 0.0")
        for k, (name, kind) in enumerate(self.names.items()):
            weight = f"{0.3 + 0.17 * (k % 5):.2f}"
            match kind:
                case Kind("scalar"):
                    self.emit(f"total += {weight} * {name}")
                case Kind("array"):
                    self.emit(f"total += {weight} * np.sum({name} * {name})")
                case Kind("tuple"):
                    self.emit(f"total += {weight} * {name}[0] * {name}[1]")
                case Kind("list"):
                    self.emit(f"for item in {name}:")
                    self.emit(f"    total += {weight} * {'item' if kind.shape == () else 'np.sum(item)'}")
        self.emit("return total")


# ---- the program's own functions


def scalar_helper(pick: Pick, name: str) -> tuple[Helper, str]:
    """Scalars in, one out; a default, a branch, an early return, perhaps a loop."""
    w = Writer(pick, {"p": SCALAR, "q": SCALAR, "u": Kind("array", (4,))}, budget=3)
    w.block()
    w.names = {k: v for k, v in w.names.items() if v == SCALAR}
    w.emit(f"return {w.squashed()}")
    return Helper(name, (SCALAR,), SCALAR), f"def {name}(p, q=0.7):\n    u = W * p\n" + w.text()


def writing_helper(pick: Pick, name: str) -> tuple[Helper, str]:
    """Writes to its argument and returns nothing."""
    w = Writer(pick, {"u": Kind("array", (4,)), "p": SCALAR}, budget=3, returns=False)
    w.store_slice()
    w.block()
    w.store()
    return Helper(name, (Kind("array", (4,)), SCALAR), None), f"def {name}(u, p):\n" + w.text()


def view_helper(pick: Pick, name: str) -> tuple[Helper, str]:
    """Writes to its argument, perhaps, and returns it or a view of it."""
    w = Writer(pick, {"u": Kind("array", (4,)), "p": SCALAR}, budget=2, returns=False)
    if pick(2):
        w.store()
    text, shape = w.choose([("u", (4,)), *(v for v in w.views() if v[1] != (2, 2) and "%" not in v[0])])
    w.emit(f"return {text}")
    return Helper(name, (Kind("array", (4,)), SCALAR), Kind("array", shape)), f"def {name}(u, p):\n" + w.text()


def pair_helper(pick: Pick, name: str) -> tuple[Helper, str]:
    """Returns a tuple."""
    w = Writer(pick, {"p": SCALAR, "q": SCALAR, "u": Kind("array", (4,))}, budget=2, returns=False)
    w.block()
    w.names = {k: v for k, v in w.names.items() if v == SCALAR}
    w.emit(f"return {w.squashed()}, {w.squashed()}")
    return Helper(name, (SCALAR, SCALAR), PAIR), f"def {name}(p, q):\n    u = np.sin(W + q)\n" + w.text()


def recursive_helper(pick: Pick, name: str) -> tuple[Helper, str]:
    """Calls itself, once or twice, a bounded number of times."""
    w = Writer(pick, {"p": SCALAR})
    again = w.choose((f"{name}(np.sin(p + 0.3), k - 1)", f"{name}(0.5 * p, k - 1) * {name}(np.cos(p), k - 2)"))
    body = f"    if k <= 0:\n        return {w.squashed(1)}\n    return {w.scalar(1)} + 0.5 * {again}\n"
    return Helper(name, (SCALAR,), SCALAR), f"def {name}(p, k=3):\n{body}"


HELPERS = (scalar_helper, writing_helper, view_helper, pair_helper, recursive_helper)
