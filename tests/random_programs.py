"""Random well-formed programs: whatever a person might write with scalars, arrays, loops, branches, stores and calls.

Every program runs plainly, its values stay bounded, and every live value reaches the result. The same generator is
driven by a seeded `random.Random` (fast) and by hypothesis (shrinks): both only answer "a number below n".
"""

from __future__ import annotations

import linecache
import random
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from tests.random_complex import COMPLEX, VECTOR, ComplexWriter, number_helper, vector_helper
from tests.random_containers import ContainerWriter
from tests.random_data import DataWriter, class_text, object_helper, object_maker
from tests.random_expressions import PAIR, SCALAR, Helper, Kind, Pick
from tests.random_flow import CLASSES, FlowWriter, changing_function, throwing_helper
from tests.random_grids import Grids
from tests.random_mixed import Mixed
from tests.random_small import HELPERS as SMALL_HELPERS
from tests.random_small import SIGNATURE as SMALL_SIGNATURE
from tests.random_small import Small
from tests.random_statements import COMPOUND, SIMPLE, Writer
from tests.random_wide import WideWriter

ARGUMENTS = {
    "x": Kind("array", (4,)),
    "y": Kind("array", (4,)),
    "A": Kind("array", (3, 4)),
    "a": SCALAR,
    "b": SCALAR,
    "n": Kind("int", size=4),
}
COMPLEX_SIGNATURE = "def f(x, y, A, a, b, n, z, c):\n"
GRID_SIGNATURE = "def f(U, V, r, c, a, n, m):\n"
PRELUDE = """import math

import numpy as np

W = np.array([0.4, -0.7, 1.1, 0.2])
G = 0.6


class Early(Exception):
    pass


class Late(Early, ValueError):
    pass


"""


@dataclass(frozen=True, slots=True)
class Program:
    """The text of a module that defines `f` of one of three signatures: `f(x, y, A, a, b, n)` is that of most."""

    source: str

    def function(self) -> Callable[..., Any]:
        """`f`, its source known to inspect."""
        return load(self.source)["f"]

    def arguments(self) -> tuple[Any, ...]:
        """The same for the same text."""
        rng = np.random.default_rng(zlib.crc32(self.source.encode()))
        draw = lambda *shape: rng.uniform(-1.2, 1.2, shape)
        if GRID_SIGNATURE in self.source:
            n, m = (int(k) for k in rng.integers(3, 6, 2))
            first = np.asfortranarray(draw(n, m)) if rng.integers(4) == 0 else draw(n, m)
            return first, draw(n, m), draw(m), draw(n), float(draw()), n, m
        if SMALL_SIGNATURE in self.source:
            return rng.uniform(0.1, 1.2, 4), 4
        real = draw(4), draw(4), draw(3, 4), float(draw()), float(draw()), 3
        if COMPLEX_SIGNATURE not in self.source:
            return real
        return *real, draw(4) + 1j * draw(4), complex(draw(), draw())


def load(source: str) -> dict[str, Any]:
    """The module's names; its text is registered with linecache."""
    filename = f"<random program {zlib.crc32(source.encode()):08x}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    module = sys.modules[filename] = ModuleType(filename)  # dataclasses look their module up
    exec(compile(source, filename, "exec"), vars(module))
    return vars(module)


def seeded(
    seed: int, data: bool = False, wide: bool = False, flow: bool = False, complex: bool = False, grids: bool = False,
    small: bool = False, mixed: bool = False,
) -> Program:  # fmt: skip
    """A program without hypothesis."""
    make = generate_with_data if data else generate_wide if wide else generate_flow if flow else generate
    make = generate_complex if complex else generate_grids if grids else generate_small if small else make
    make = generate_mixed if mixed else make
    return make(random.Random(seed).randrange)


def generate_small(pick: Pick) -> Program:
    """A program of few statements in a loop."""
    return Program(PRELUDE + SMALL_HELPERS.lstrip() + SMALL_SIGNATURE + Small(pick).text())


def generate_mixed(pick: Pick) -> Program:
    """A program of few statements over places of all kinds, with callees that write to what they are given."""
    prelude = PRELUDE.replace("import numpy", "from dataclasses import dataclass, replace\n\nimport numpy")
    return Program(prelude + Mixed(pick).text())


def generate_grids(pick: Pick) -> Program:
    """A program of two grids, a row, a column and a number."""
    return Program(PRELUDE + GRID_SIGNATURE + Grids(pick).text())


def generate_wide(pick: Pick) -> Program:
    """A program with more of Python and NumPy in its expressions."""
    helpers = [make(pick, f"g{i}") for i, make in enumerate(HELPERS) if pick(2)]
    main = WideWriter(pick, dict(ARGUMENTS), helpers=[h for h, _ in helpers], budget=3 + pick(8))
    main.block()
    main.finish()
    texts = [text for _, text in helpers] + ["def f(x, y, A, a, b, n):\n" + main.text()]
    imports = "import itertools\nimport math\nfrom functools import partial, reduce\n"
    return Program(PRELUDE.replace("import math\n", imports) + "\n\n".join(texts))


def generate_with_data(pick: Pick) -> Program:
    """A program with objects, dicts, closures and values that may be None."""
    classes = class_text(pick)
    helpers = [make(pick, f"g{i}") for i, make in enumerate(DATA_HELPERS) if pick(3)]
    make_main = ContainerWriter if pick(2) else DataWriter
    main = make_main(pick, dict(ARGUMENTS), helpers=[h for h, _ in helpers], budget=4 + pick(9))
    main.make_object()
    main.block()
    main.finish()
    texts = [classes, *(text for _, text in helpers), "def f(x, y, A, a, b, n):\n" + main.text()]
    return Program(
        PRELUDE.replace("import math\n", "import heapq\nimport math\nfrom collections import deque\n").replace(
            "import numpy", "from dataclasses import dataclass, replace\n\nimport numpy"
        )
        + "\n\n".join(texts)
    )


def generate_flow(pick: Pick) -> Program:
    """A program with exceptions that carry values, generators, closures that write, and callees that change objects."""
    classes = class_text(pick)
    helpers = [make(pick, f"g{i}") for i, make in enumerate((throwing_helper, object_helper, scalar_helper))]
    main = FlowWriter(pick, dict(ARGUMENTS), helpers=[h for h, _ in helpers], budget=4 + pick(8))
    main.make_object()
    main.block()
    main.finish()
    texts = [CLASSES, classes, changing_function(pick), *(text for _, text in helpers)]
    texts.append("def f(x, y, A, a, b, n):\n" + main.text())
    imports = "import math\nfrom dataclasses import dataclass, replace\n"
    return Program(PRELUDE.replace("import math\n", imports) + "\n\n".join(texts))


def generate_complex(pick: Pick) -> Program:
    """A program with complex numbers, arrays and lists of them, and a real result."""
    makers = (number_helper, vector_helper, scalar_helper, writing_helper)
    helpers = [make(pick, f"g{i}") for i, make in enumerate(makers) if pick(3)]
    arguments = {**ARGUMENTS, "z": VECTOR, "c": COMPLEX}
    main = ComplexWriter(pick, arguments, helpers=[h for h, _ in helpers], budget=4 + pick(8))
    main.block()
    main.finish()
    texts = [text for _, text in helpers] + [COMPLEX_SIGNATURE + main.text()]
    return Program(PRELUDE + "\n\n".join(texts))


def generate(pick: Pick) -> Program:
    """A program out of a source of choices."""
    helpers = [make(pick, f"g{i}") for i, make in enumerate(HELPERS) if pick(2)]
    without = frozenset(name for name in dict.fromkeys((*SIMPLE, *COMPOUND)) if name != "bind_scalar" and pick(4) == 3)
    main = Writer(pick, dict(ARGUMENTS), helpers=[h for h, _ in helpers], budget=4 + pick(11), without=without)
    main.block()
    main.finish()
    texts = [text for _, text in helpers] + ["def f(x, y, A, a, b, n):\n" + main.text()]
    return Program(PRELUDE + "\n\n".join(texts))


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


def raising_helper(pick: Pick, name: str) -> tuple[Helper, str]:
    """Writes to its argument and raises, sometimes, between two writes."""
    w = Writer(pick, {"u": Kind("array", (4,)), "p": SCALAR}, budget=2, returns=False)
    if pick(3):
        w.store()
    w.hazard()
    w.store()
    w.emit(f"return {w.squashed()}")
    return Helper(name, (Kind("array", (4,)), SCALAR), SCALAR, True), f"def {name}(u, p):\n" + w.text()


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


def closure_helper(pick: Pick, name: str) -> tuple[Helper, str]:
    """A function over the names of the call that made it."""
    w = Writer(pick, {"p": SCALAR, "slope": SCALAR, "u": Kind("array", (4,))}, depth=2)
    text = f"def make_{name}(slope, u):\n    def inner(p):\n        return {w.squashed()}\n\n    return inner\n\n\n"
    return Helper(name, (SCALAR,), SCALAR), f"{text}{name} = make_{name}(1.2, W * 0.7)\n"


HELPERS = (
    closure_helper, scalar_helper, writing_helper, raising_helper, view_helper, pair_helper, recursive_helper,
)  # fmt: skip
DATA_HELPERS = (object_helper, object_maker, scalar_helper, writing_helper, raising_helper, pair_helper)
