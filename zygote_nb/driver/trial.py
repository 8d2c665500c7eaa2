"""Whether loops would be slow to interpret: they are interpreted until they have run many times, or for long.

A short loop has its gradient before a compiler would have begun. One that turns out to be long is left off, and
compiled before the call returns: a gradient changes nothing until it is complete.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import Any

from zygote_nb.backend.module import Module, announce
from zygote_nb.backend.plan import NotCompiled
from zygote_nb.dataclass import dataclass
from zygote_nb.runtime.calling import Called

LIMIT = 20_000
"""Fewer are interpreted in less time than a compiler takes."""
PATIENCE = 1.0
"""Seconds after which fewer iterations are many."""
SOON = 0.1
"""Seconds after which it is worth while to compile in another process, while the interpreter goes on."""
LATER = 0.5
"""The same where the text was read from the disk: to be compiled it has to be derived, in the middle of the call."""
EVERY = 16
"""Iterations between two looks at the clock."""
COUNT = "count_iteration"


class TooMany(BaseException):
    """The loops of a function have run so many times that it is to be compiled."""


@dataclass(slots=True)
class Stopwatch:
    """How many seconds the counted runs have taken so far; the last of them goes on.

    Nobody looks whether compiled code is there before the iteration that ``rests_until`` names.
    """

    seconds: float = 0.0
    begun: float = 0.0
    rests_until: int = 0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def run(*args: Any) -> Any:
            self.begun = perf_counter()
            try:
                return function(*args)
            finally:
                self.seconds += perf_counter() - self.begun

        return run

    def has_run_long(self, iterations: int) -> bool:
        return iterations % EVERY == 0 and self.all() > PATIENCE

    def all(self) -> float:
        """The seconds until now, while one goes on."""
        return self.seconds + perf_counter() - self.begun


@dataclass(slots=True)
class Counting(ast.NodeTransformer):
    """Each iteration of a loop, and each call of a function that calls itself, begins with a call that counts it."""

    recursive: frozenset[str]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name in self.recursive:
            return self.counted(node)
        self.generic_visit(node)
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        return self.counted(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        return self.counted(node)

    def counted(self, node: ast.For | ast.While | ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        call = ast.Expr(ast.Call(ast.Name(COUNT, ast.Load()), [], []))
        node.body.insert(0, ast.fix_missing_locations(ast.copy_location(call, node)))
        return node


def counted(module: Module) -> Callable[..., Any]:
    """The function that the interpreter runs, which raises TooMany when its loops have run long enough in all."""
    if module.counted is None:
        watch, soon = Stopwatch(), SOON if module.functions else LATER

        def count() -> None:
            module.iterations += 1
            if module.iterations < LIMIT and (module.iterations % EVERY or watch.all() < min(soon, PATIENCE)):
                return
            if module.iterations < watch.rests_until:
                return
            compiled = module.look() if module.look is not None else None
            watch.rests_until = module.iterations + EVERY if compiled is False else 0
            if compiled or (compiled is None and (module.iterations >= LIMIT or watch.all() > PATIENCE)):
                module.iterations = LIMIT
                raise TooMany

        announce(module)
        scope = {**module.namespace, COUNT: count, "__name__": "zygote_nb.generated"}
        tree = Counting(module.recursive).visit(ast.parse(module.source))
        exec(compile(tree, module.filename, "exec"), scope)
        timed = watch.timed(scope[module.name])

        def run(*args: Any) -> Any:
            try:
                results = timed(*args)
                if watch.seconds > soon and module.look is not None:
                    module.look()
                return results
            finally:
                module.look = None

        module.counted = run
    return module.counted


def why_not_compiled(module: Module) -> str | None:
    """What in the text has no compiled form: what would only be interpreted anew is not tried, nor done twice."""
    from zygote_nb.backend.entry import text

    try:
        text(module)
    except NotCompiled as error:
        return str(error)
    return None


def called_in_python(module: Module) -> str:
    """The functions that compiled code leaves to Python, in words."""
    from zygote_nb.backend.entry import text

    names = {v.__name__ for v in text(module).namespace.values() if isinstance(v, Called)}
    return ", ".join(f"`{n.removeprefix('call_')}`" for n in sorted(names))


def is_short(module: Module) -> bool:
    """Whether the loops have run a few times only, so far."""
    return module.iterations < LIMIT
