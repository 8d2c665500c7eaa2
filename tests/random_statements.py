"""Random statements: bindings, stores, views, swaps, branches, loops and ways out of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.random_attempts import Attempts
from tests.random_expressions import PAIR, SCALAR, Kind

SIMPLE = (
    "bind_scalar",
    "bind_scalar",
    "update_scalar",
    "bind_array",
    "bind_view",
    "store",
    "store",
    "store_slice",
    "store_slice",
    "store_fancy",
    "rebind_array",
    "swap",
    "use_list",
    "use_tuple",
    "use_array_tuple",
    "call_statement",
)
COMPOUND = ("branch", "for_range", "for_each", "while_loop", "leave", "rebind_in_branch", "attempt", "attempt")


class Writer(Attempts):
    """Writes the body of one function."""

    simple: tuple[str, ...] = SIMPLE
    compound: tuple[str, ...] = COMPOUND

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

    def statement(self) -> None:
        """One statement, simple or compound."""
        self.budget -= 1
        nested = self.compound if self.depth < 4 and self.budget > 0 else ()
        getattr(self, self.choose([n for n in (*self.simple, *nested) if n not in self.without]))()

    def bind_scalar(self) -> None:
        """A new name, or an old one bound again."""
        old = [n for n in self.having("scalar")]
        name = self.choose(old) if old and self.pick(2) else self.fresh("s")
        if not self.loops and self.pick(8) == 7:
            self.emit(f"{name} = {self.choose(('0', '1'))}")
        else:
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
            case _:
                self.emit(f"{name} = np.tanh({self.vector(shape)})")
        self.names[name] = Kind("array", shape)

    def rebind_array(self) -> None:
        """An old name for new memory, for another array's, or for a view of its own."""
        name = self.choose(self.having("array"))
        shape = self.names[name].shape
        views = [text for text, view_shape in self.views() if view_shape == shape]
        match self.pick(3):
            case 0:
                self.emit(f"{name} = np.sin({self.vector(shape)})")
            case 1:
                self.emit(f"{name} = {self.choose(self.having('array', shape))}")
            case _:
                self.emit(f"{name} = {self.choose(views)}")

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
            target, other, shape = self.choose(
                (
                    (f"{name}[1:]", f"{name}[:-1]", (n - 1,)),
                    (f"{name}[:-1]", f"{name}[1:]", (n - 1,)),
                    (f"{name}[::-1]", name, (n,)),
                    (f"{name}[::2]", f"{name}[::-2]", ((n + 1) // 2,)),
                )
            )
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
            self.emit(f"{name} = [{self.item(shape)}]")
            self.names[name] = Kind("list", shape)
            return
        name = self.choose(lists)
        shape = self.names[name].shape
        match self.pick(5):
            case 0 | 1:
                self.emit(f"{name}.append({self.item(shape)})")
            case 2:
                self.emit(f"{name}[{self.choose((-1, 0))}] = {self.item(shape)}")
            case 3 if shape:
                self.emit(f"{name}[{self.choose((-1, 0))}][{self.index(shape[0])}] *= {self.squashed(1)}")
            case _:
                target = self.choose(self.having("scalar")) if shape == () else self.choose(self.having("array", shape))
                self.emit(f"if len({name}) > 1:")
                self.emit(f"    {target} = {name}.pop()")

    def item(self, shape: tuple[int, ...]) -> str:
        """A list's item: a number, fresh memory, or an array that has a name."""
        if shape == ():
            return self.squashed(1)
        named = self.having("array", shape)
        return self.choose(named) if named and self.pick(2) else f"np.sin({self.vector(shape, 1)})"

    def use_array_tuple(self) -> None:
        """Arrays through a tuple: names for memory that has names already."""
        u, v = self.choose(self.having("array")), self.choose(self.having("array"))
        t, p, q = self.fresh("t"), self.fresh("v"), self.fresh("v")
        self.emit(f"{t} = ({u}, {self.choose((v, f'({v}, 0.5)'))})")
        if "(" in self.lines[-1].partition(",")[2]:
            self.emit(f"{p}, ({q}, _) = {t}")
        else:
            self.emit(f"{p}, {q} = {t}")
        self.names |= {p: self.names[u], q: self.names[v]}

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
                self.emit(
                    f"{copied} = {name} + [{self.squashed(1) if item == () else f'np.sin({self.vector(item, 0)})'}]"
                )
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

    def finish_data(self, name: str, kind: Kind, weight: str) -> None:
        """What a name of another kind adds."""

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
                case _:
                    self.finish_data(name, kind, weight)
        self.emit("return total")
