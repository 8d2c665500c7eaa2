"""Random programs of few statements in a loop, over whatever can be assigned to, and of callees that write to it.

A place is anything that holds a number or a row of four: a variable, an entry, an attribute, a row of a matrix. Each
statement is a pattern with gaps, filled by places and expressions of the function that it stands in: ``<num>`` and
``<row>`` are places, ``<n>`` and ``<v>`` expressions of the same two kinds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.random_expressions import Pick
from tests.random_small import indented

OPENING = (
    "s = x[0] * 0.7", "t = x[1] + 0.2", "out = 0.0", "k = 1", "y = x * 1.5", "z = np.cos(x)", "M = np.outer(x, y)",
    "values = [x[2], t]", 'named = {"a": x[2] * 0.9, "v": x + 0.5}', "p = Pair(t * 0.6, x * 0.8)",
    "rows = [y * 0.3, z]", "w = x * (0.6 + 0.4j)", "c = complex(t, 0.3)", "idx = np.array([2, 0, 2, 1])",
)  # fmt: skip
PLACES = (
    "s", "t", "s", "t", "out", "y[k]", "z[0]", 'named["a"]', 'named["v"][k]', "p.x", "p.v[k]", "values[0]",
    "values[-1]", "M[k, 0]", "rows[0][1]", "x[k]", "x[1]",
)  # fmt: skip
ROWS = ("y", "z", "y", "z", 'named["v"]', "p.v", "M[k]", "M[:, 1]", "rows[0]", "rows[1]", "x", "M[0]")
CLASS = """
@dataclass
class Pair:
    x: float
    v: np.ndarray

    def step(self, a):
        self.x = self.x * a + 0.1
        self.v[0] += a
        return self.x


"""
NUMBERS = (
    "(<n> * <n>)", "(<n> + <n>)", "(<n> - 0.5 * <n>)", "np.sin(<n>)", "math.tanh(<n>)", "max(<n>, <n>)", "abs(<n>)",
    "(<n> / (1.5 + <n> ** 2))", "(<n> if <test> else <n>)", "(0.3 * <v>.sum())", "np.dot(<v>, <row>)", "<v>.max()",
    "np.sqrt(1.0 + <n> ** 2)", "float(<v>[<at>])", "(<n> and <n>)", "<v>[<mask>].sum()", "np.mean(<v>)",
)  # fmt: skip
NUMBERS_OF_F = ("abs(c)", "c.real", "(c * np.conj(w[0])).imag", "np.abs(w).sum()", "abs(w[<at>])", "M[idx, k].sum()")
VECTORS = (
    "(<v> + <v>)", "(<v> * <n>)", "np.sin(<v>)", "np.where(<v> > <n>, <v>, <v>)", "<v>[::-1]", "<v>.copy()",
    "np.maximum(<v>, <v>)", "np.tanh(<v> - <v>)", "<v>[[1, 0, 1, 3]]", "np.concatenate((<row>[1:], <v>[:1]))",
    "np.roll(<v>, 1)", "np.array([<n>, 0.5, <n>, <num>])", "np.full(4, <n>)", "(np.cumsum(<v>) * 0.4)",
    "((<v> > 0.4) * <v>)", "np.zeros(4)", "<v>.copy().reshape(2, 2).T.flatten()",
)  # fmt: skip
VECTORS_OF_F = ("(w * 1j).real", "np.abs(w)", "np.abs(w * c)", "<v>[idx]")
TESTS = ("<num> > <num>", "<num> < 0.8", "<num> > 0.3 or <num> < <num>", "not <num> > 0.5", "0.2 < <num> < <num>")
TESTS_OF_INDICES = ("<at> % 2", "<at> == 1")
PARTS = (":", "1:", ":-1", "::2", "::-1", "<at>:", ":<at>", "[0, 2]", "[1, 1]", "[<at>, 0]", "<mask>")
ASKED = ("np.argmax(<row>)", "<row>.argmin()", "np.count_nonzero(<row> > 0.5) - 1", "int(abs(<num>)) % 4")
STATEMENTS = (
    "<num> <op> <n>", "<num> <op> <n>", "<num> = <num>", "<row> <op> <v>", "<row> <op> <v>", "<row> *= <n>",
    "<row> += <n>", "<row> = <row>", "<row>[<part>] = <n>", "<row>[<part>] *= <n>", "<row>[:] = <v>",
    "<row>[1:] <op> <v>[:-1]", "<row>[<at>] <op> <n>", "np.multiply(<row>, <n>, out=<row>)",
    "np.subtract(<row>, <v>, out=<row>)", "np.maximum(<row>, <v>, out=<row>)", "np.tanh(<row>, out=<row>)",
    "np.square(<row>, out=<row>)", "np.add.at(<row>, [0, 1, 1], <n>)", "np.copyto(<row>, <v>)", "<row>.fill(<n>)",
    "np.copyto(<row>, <v>, where=<mask>)", "<num>, <num> = <n>, <n>", "<name>, <name> = <row>, <row>",
    "<row>[0], <row>[-1] = <row>[1], <row>[2]",
)  # fmt: skip
STATEMENTS_OF_F = (
    "values.append(<n>)", "<num> = values.pop() if len(values) > 2 else <num>", "values = [<n>, *values]",
    "<num> = sum(values) * 0.3", "values = values[::-1]", "rows[0] = <v>", "rows = [<v>, <row>]", "rows = rows[::-1]",
    "rows[0], rows[1] = rows[1], <v>", "p = Pair(<n>, <v>)", "<num> = p.step(<n>)", "p.step(<n>)",
    "p = replace(p, x=<n>)", 'named["b"] = <n>', 'named = {"a": <n>, "v": <v>}', "named.update(a=<n>)", "w *= <n>",
    "w[<at>] <op> c", "c <op> w[<at>]", "c <op> np.exp(1j * <n>)", "c = complex(<n>, 0.2)", "w = <v> + 0.5j * <v>",
    "M[<at>:] *= <n>", "M = M.T", "M = M @ M * 0.1", "M[[0, 1]] = M[[1, 0]]", "M += <v>", "M[<at>, <part>] <op> <n>",
    "idx[0] = k", "idx[1] = 3", "k = (k + 1) % n", "k = int(idx[1])", "k = 2",
)  # fmt: skip
VIEWS = (
    "np.asarray(<row>)", "np.flip(<row>)", "np.expand_dims(<row>, 0)[0]", "np.atleast_2d(<row>)[0]", "<row>[None][0]",
    "np.real(<row>)", "<row>[::-1][1:]", "np.split(<row>, 2)[1]", "<row>.T", "np.swapaxes(<row>[None], 0, 1)[:, 0]",
)  # fmt: skip
SELDOM = (
    "np.clip(<v>, 0.1, <n>, out=<row>)", "np.cumsum(<v>, out=<row>)", "np.add.accumulate(<v>, out=<row>)",
    "np.take(<row>, [2, 0, 0, 1], out=<row>)", "<row>.sort()", "np.put(<row>, [0, 2], <n>)",
    "np.multiply.at(<row>, [0, 1, 1], <n>)", "np.subtract.at(<row>, [3, 3], <n>)", "np.maximum.at(<row>, [1, 2], <n>)",
    "np.divide(<v>, 2.0 + <row> ** 2, out=<row>, where=<mask>)", "np.add(<row>, <n>, out=<row>, where=<mask>)",
    "<row> **= 2", "<row> /= 1.5 + <n> ** 2", "<row> %= 0.7", "np.negative(<row>, out=<row>)", "<row>[...] = <v>",
    "<view>[0] = <n>", "<view>[:] *= <n>", "<view>[1] += <n>", "np.place(<row>, <mask>, [<n>, 0.5])",
    "np.square(<row>[1:], out=<row>[:-1])", "<row>[1:], <row>[:-1] = <row>[:-1] * <n>, <row>[1:]",
)  # fmt: skip
SELDOM_OF_F = (
    "z = <view>; z[0] += <n>; <num> += z[1]", "z, y = <row>[:2], <row>[2:]; z += y; s = z[0]; y = <v>; z = <row>",
    "np.dot(M, <v>, out=<row>)", "np.matmul(<v>, M, out=<row>)", "np.einsum('ij,j->i', M, <v>, out=<row>)",
    "np.sum(M, axis=0, out=<row>)", "np.max(M, axis=1, out=<row>)", "np.mean(M, axis=1, out=<row>)",
    "np.fill_diagonal(M, <n>)", "np.einsum('ii->i', M)[k] += <n>", "for r in M: r *= <num>",
    "for r, q in zip(M, M[::-1]): r += 0.5 * q", "z, y = M[0], M[1]; z *= <n>; y = y + z; z = z * 1.0",
    "np.rot90(M)[0, 1] = s", "np.swapaxes(M, 0, 1)[k] += <v>", "np.outer(<v>, <v>, out=M)",
    "M[np.ix_([0, 1], [1, 2])] *= <n>", "M[M > <n>] = <n>", "M[k][1:][0] = <n>", "M @= M * 0.1", "M -= <row>[:, None]",
    "M[idx, idx] += <v>", "M[idx] = <v>", "np.add.at(M, (idx, [0, 1, 1, 0]), <n>)", "<row>[idx] += <v>",
    "M = np.vstack([<v>, M[1:]])", "w[::2] *= <n>", "w[<mask>] = c", "np.multiply(w, c, out=w)", "np.conj(w, out=w)",
    "w, c = w[::-1], w[0]", "<row>[:] = (w * c).real", "w += w[::-1]",
)  # fmt: skip
GAP = re.compile(r"<(\w+)>")


@dataclass
class Callee:
    """What a function takes, and what it gives."""

    name: str
    takes: str
    gives: str


@dataclass
class Mixed:
    """Writes the functions of a program; ``places``, ``rows`` and ``indices`` are those of the one that it is at."""

    pick: Pick
    places: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    indices: tuple[str, ...] = ()
    in_f: bool = False
    callees: list[Callee] = field(default_factory=list)
    loops: int = 0
    tries: int = 0

    def choose(self, of: Sequence[str]) -> str:
        return of[self.pick(len(of))]

    def fill(self, pattern: str, depth: int) -> str:
        return GAP.sub(lambda gap: self.gap(gap[1], depth), pattern)

    def gap(self, name: str, depth: int) -> str:
        match name:
            case "n":
                return self.number(depth)
            case "v":
                return self.vector(depth)
            case "num":
                return self.choose(self.places)
            case "row":
                return self.choose(self.rows)
            case "name":
                return self.choose([r for r in self.rows if r.isidentifier()])
            case "at":
                asked = self.fill(self.choose(ASKED), 0)
                return self.choose((*self.indices, *self.indices, *self.indices, "0", "-1", "2", asked))
            case "mask":
                return self.fill(self.choose(("<row> > 0.5", "<row> < <num>")), 0)
            case "part":
                return self.fill(self.choose((*PARTS, "idx") if self.in_f else PARTS), 0)
            case "op":
                return self.choose(("=", "=", "+=", "*=", "-="))
            case "test":
                return self.fill(self.choose((*TESTS, *TESTS_OF_INDICES) if self.indices else TESTS), 0)
        return self.fill(self.choose(VIEWS), depth)

    def number(self, depth: int = 2) -> str:
        """A number of moderate size."""
        if depth == 0 or self.pick(3) == 0:
            return self.fill(self.choose(("<num>", "<num>", "<num>", "<row>[<at>]")), 0)
        made = [self.call(c, depth - 1) for c in self.known() if c.gives == "number"] * 2
        return self.fill(self.choose((*NUMBERS, *(NUMBERS_OF_F if self.in_f else ()), *made)), depth - 1)

    def vector(self, depth: int = 2) -> str:
        """Four numbers."""
        if depth == 0 or self.pick(3) == 0:
            return self.choose(self.rows)
        made = [self.call(c, depth - 1) for c in self.known() if c.gives == "row"] * 2
        return self.fill(self.choose((*VECTORS, *(VECTORS_OF_F if self.in_f else ()), *made)), depth - 1)

    # ---- calls

    def dictionary(self) -> str:
        return "named" if self.in_f else "d" if 'd["a"]' in self.places else ""

    def known(self) -> list[Callee]:
        """What can be called here."""
        objects = "p.x" in self.places
        return [
            c for c in self.callees if (objects or "p" not in c.takes) and (self.dictionary() or "d" not in c.takes)
        ]

    def call(self, callee: Callee, depth: int = 1) -> str:
        """A call; the last of its numbers may be left to its default."""
        gaps = {"v": self.choose(("<row>", "<row>", "<v>")), "a": "<n>", "j": "<at>", "p": "p", "d": self.dictionary()}
        takes = callee.takes[:-1] if callee.takes.endswith("a") and self.pick(3) == 0 else callee.takes
        return self.fill(f"{callee.name}({', '.join(gaps[t] for t in takes)})", depth)

    def calling(self, callee: Callee) -> str:
        """A statement that calls a function, for what it does or for what it gives."""
        targets = {"row": "<row>", "number": "<num>", "pair": "<num>, <num>", "mixed": "<num>, <row>"}
        target = targets.get(callee.gives)
        kept = target is not None and self.pick(4)
        return f"{self.fill(target, 0)} = {self.call(callee)}" if kept else self.call(callee)  # type: ignore[arg-type]

    # ---- statements

    def statement(self) -> list[str]:
        """One line, or a few that belong together."""
        patterns = [*STATEMENTS, *(STATEMENTS_OF_F if self.in_f else ())]
        if self.pick(2):
            patterns += [*SELDOM, *(SELDOM_OF_F if self.in_f else ())]
        known = self.known()
        if known and self.pick(3) == 0:
            return [self.calling(known[self.pick(len(known))])]
        return self.fill(self.choose(patterns), 2 - self.pick(2)).split("; ")

    def block(self, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range((1, 2, 2, 3)[self.pick(4)]):
            what = self.pick(24)
            if what < 4 and depth < 3:
                lines += [self.fill("if <test>:", 0), *indented(self.block(depth + 1))]
                lines += [] if self.pick(3) else ["else:", *indented(self.block(depth + 1))]
            elif what == 4 and depth and self.loops:
                return [*lines, self.choose(("continue", "break"))]
            elif what == 5 and depth and self.tries:
                return [*lines, "raise Early()"]
            elif what < 8 and depth < 2:
                lines += self.loop(depth)
            elif what == 8 and depth < 2:
                lines += self.attempt(depth)
            else:
                lines += self.statement()
        return lines

    def loop(self, depth: int) -> list[str]:
        m, before = f"m{depth}", self.indices
        self.indices, self.loops = (*before, m), self.loops + 1
        body = indented(self.block(depth + 1))
        self.indices, self.loops = before, self.loops - 1
        match self.pick(4):
            case 0:
                return [f"{m} = 0", self.fill(f"while {m} < 2 and <num> < 1.5:", 0), f"    {m} += 1", *body]
            case 1:
                return [f"for {m} in range(2, -1, -1):", *body]
        return [f"for {m} in range({self.choose(('2', '3', *before))}):", *body]

    def attempt(self, depth: int) -> list[str]:
        self.tries += 1
        body = self.block(depth + 1)
        if self.pick(2):
            body += [self.fill("if <test>:", 0), "    raise Early()", *self.statement()]
        self.tries -= 1
        lines = ["try:", *indented(body), "except Early:", *indented(self.block(depth + 1))]
        return lines if self.pick(3) else [*lines, "finally:", *indented(self.statement())]

    # ---- functions

    def callee(self, number: int) -> str:
        """A function that writes to what it is given, or makes something of it, and perhaps returns part of it."""
        takes = self.choose(("va", "vva", "vj", "a", "aa", "pa", "da", "vva", "va"))
        gives = self.choose(("number", "row", "none", "pair", "mixed"))
        gives = "number" if "v" not in takes and gives in ("row", "mixed") else gives
        names = [t if t in "pd" else f"{t}{takes[:i].count(t)}" for i, t in enumerate(takes)]
        rows = [q for q in names if q[0] == "v"]
        rows += [{"p": "p.v", "d": 'd["v"]'}[t] for t in takes if t in "pd"]
        places = [q for q in names if q[0] == "a"] + ["b"]
        places += {"p": ["p.x"], "d": ['d["a"]']}.get(takes[0], [])
        self.rows = (*rows, "u")
        self.places = (*places, *(f"{r}[{q}]" for r in self.rows for q in ("0", "2")))
        self.indices, self.in_f = tuple(q for q in names if q[0] == "j"), False
        body = [f"b = {'a0 * 0.5' if 'a' in takes else rows[0] + '[1]'}"]
        body += [f"u = {rows[0]} * 0.5" if rows else "u = np.full(4, b)", *self.block(1)]
        if self.pick(3) == 0:
            body += [self.fill("if <test>:", 0), f"    {self.returned(gives)}"]
        body += [*(self.block(1) if self.pick(2) else []), self.returned(gives)]
        params = ", ".join(names) + ("=0.7" if takes[-1] == "a" else "")
        self.callees.append(Callee(f"g{number}", takes, gives))
        return f"def g{number}({params}):\n" + "".join(f"    {line}\n" for line in body) + "\n\n"

    def returned(self, gives: str) -> str:
        row = self.choose(("<row>", "<v>", "<row>[::-1]"))
        return self.fill(
            {"number": "return <n>", "row": f"return {row}", "none": "return None", "pair": "return <n>, <n>",
             "mixed": f"return <n>, {row}"}[gives], 1,
        )  # fmt: skip

    def inner(self) -> list[str]:
        """A function over the variables around it, some of which it may bind, or write to."""
        self.places, self.rows = ("q", "s", "t", "y[0]", "p.x"), ("y", "z")
        body = ["nonlocal s", self.fill("s = <n>", 1)] if self.pick(2) else []
        body += [self.fill(self.choose(("y[1] += <n>", "z[0] += <n>", "p.x += <n>")), 0)] if self.pick(2) else []
        body.append(self.fill("return <n>", 1))
        self.callees.append(Callee("inner", "a", "number"))
        return ["def inner(q=0.4):", *indented(body)]

    def text(self) -> str:
        functions = "".join(self.callee(i) for i in range(self.pick(4)))
        self.in_f, self.indices = True, ("k",)
        inner = self.inner() if self.pick(4) == 0 else []
        self.places, self.rows, self.indices, self.loops = PLACES, ROWS, ("k", "i"), 1
        loop = (
            ["for i in range(n):"],
            ["for i in range(n - 1, -1, -1):"],
            ["i = -1", "while i < n - 1:", "    i += 1"],
        )
        body = [*loop[max(0, self.pick(4) - 1)], *indented(self.block(0))]
        self.indices, self.loops = ("k",), 0
        after = self.statement() if self.pick(3) == 0 else []
        result = self.fill("return float(<n> + <n> + 0.5 * <v>.sum() + out)", 2)
        lines = [*OPENING, *inner, *body, *after, result]
        return CLASS.lstrip() + functions + "def f(x, n):\n" + "".join(f"    {line}\n" for line in lines)
