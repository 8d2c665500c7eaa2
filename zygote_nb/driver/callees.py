"""Compiled callees of interpreted functions.

What has an effect, or anything else that only the interpreter can do, is interpreted; what it calls need not be. The
interpreter calls the forward half of a callee and its backward half as compiled functions, with the tape in a handle.
As in a whole program, loops decide: a callee is interpreted until its loops have run many times.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

import numpy as np

from zygote_nb.backend import executable, machine
from zygote_nb.backend.crossing import compiled_texts, interpreted_texts
from zygote_nb.backend.executable import Executable, types_of
from zygote_nb.backend.module import Module, announce, interpreted
from zygote_nb.backend.plan import NotCompiled, Plan, Text, allocator
from zygote_nb.backend.recursion import calling_themselves, reach
from zygote_nb.backend.signature import Signature, signature
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.driver import trial
from zygote_nb.driver.compilable import reason_of
from zygote_nb.driver.snapshots import restore, snapshot, written_params
from zygote_nb.driver.trial import COUNT, Counting, TooMany
from zygote_nb.errors import ZygoteError
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.core import For, Invoke, While
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Kind, ListOf, Opaque, Scalar
from zygote_nb.ir.walk import statements
from zygote_nb.options import current
from zygote_nb.runtime.handles import Handle, out_of_handle

SHORT = 16
"""Iterations of a call that take as long as to hand over arguments and results."""
COPIED, AT_ONCE = 64, 2**26
"""Bytes of memory that may be copied in case that a call is given up: for each iteration, and before any."""
GIVEN_UP = 8
"""So many calls in which compiled code gives up are enough, if it does so more often than not."""
Results = tuple[Any, ...]
OPENING = Text(
    "def opened(handle):\n    return out_of_handle(handle)\n", {"out_of_handle": out_of_handle}, ("opened",),
    Plan("opened", ("handle",), (), (None,)), apart=False,
)  # fmt: skip


@dataclass(slots=True)
class Callee:
    """A generated function that is called from the interpreter, and its backward half if it has a tape.

    ``obstacle`` says why it is interpreted. ``iterations`` its loops have run in ``calls`` of the interpreter, or it
    ``has_run_long``; for these calls ``copied`` bytes were put aside. Compiled code has given up ``failures`` times in
    ``runs``. ``own`` are the functions as the interpreter runs them where other callees are compiled.
    """

    module: Module
    forward: Generated
    backward: Generated | None
    own: dict[str, Callable[..., Any]]
    scope: dict[str, Any]
    written: tuple[int, ...]
    obstacle: str | None = None
    iterations: int = 0
    has_run_long: bool = False
    calls: int = 0
    copied: int = 0
    runs: int = 0
    failures: int = 0
    texts: tuple[Text, ...] = ()
    counting: Callable[..., Any] | None = None
    resumed: tuple[Callable[..., Any], Any] | None = None
    executables: dict[Any, Executable | None] = field(default_factory=dict)
    lock: Any = field(default_factory=Lock)

    # The forward half, or the whole function

    def go_forward(self, *args: Any) -> Any:
        types = types_across(args)
        if types is None or (not self.is_worth_while() and self.copied > AT_ONCE + COPIED * self.iterations):
            return self.plainly(self.forward, args)
        if not self.is_worth_while():
            self.calls += 1
            held = self.put_aside(args)
            try:
                return self.counted()(*args)
            except TooMany:
                restore(held)
        found = self.executable(0, types, args, None)
        if found is None:
            return self.plainly(self.forward, args)
        self.runs += 1
        held = self.put_aside(args)
        if found.allocate is not None:
            types = types_of(found.allocate, args)
        try:
            return self.handed_over(found, types, found(*args))
        except GivenUp:
            restore(held)
        except Exception:
            # The interpreter decides what happens: the plain exception, or a result that Numba could not give.
            restore(held)
        self.failures += 1
        if self.failures > GIVEN_UP and 2 * self.failures > self.runs:
            self.leave("compiled code gives up, and the interpreter takes over, more often than not")
        return self.plainly(self.forward, args)

    def is_worth_while(self) -> bool:
        return self.has_run_long or self.iterations >= max(trial.LIMIT, SHORT * self.calls)

    def put_aside(self, args: Results) -> list[tuple[Any, Any]]:
        held = snapshot(args, self.written)
        self.copied += sum(copy.nbytes for _, copy in held)
        return held

    def handed_over(self, found: Executable, types: Signature, results: Results) -> Any:
        """The results as the interpreter gives them, with a handle for the tape that was made for these types."""
        place = self.forward.bundled if self.backward is not None else None
        given = list(results)
        if place is not None:
            given[place] = Handle(given[place], machine.release(), (found, types), self.opened)
        for i, result in enumerate(self.forward.results):
            if i != place:
                given[i] = as_interpreted(result.kind, given[i])
        return tuple(given) if len(given) > 1 else given[0] if given else None

    def counted(self) -> Callable[..., Any]:
        """The forward half as the interpreter runs it on trial, which raises TooMany when it is worth while."""
        if self.counting is None:
            watch = trial.Stopwatch()

            def count() -> None:
                self.iterations += 1
                self.has_run_long = self.has_run_long or watch.has_run_long(self.iterations)
                if self.is_worth_while():
                    raise TooMany

            announce(self.module)
            scope = {**self.module.namespace, COUNT: count, "__name__": "zygote_nb.generated"}
            tree = Counting(calling_themselves(self.module.functions)).visit(ast.parse(self.module.source))
            exec(compile(tree, self.module.filename, "exec"), scope)
            self.counting = watch.timed(scope[self.forward.name])
        return self.counting

    def plainly(self, function: Generated, args: Results) -> Any:
        """The call interpreted, with all that it calls; once this callee was left, with compiled callees."""
        if self.obstacle is not None:
            return self.own[function.name](*args)
        return interpreted(self.module).__globals__[function.name](*args)

    # The backward half

    def go_backward(self, *args: Any) -> Any:
        assert self.backward is not None
        place = self.backward.params.index(str(self.backward.tape))
        handle = args[place]
        if type(handle) is not Handle:
            return self.plainly(self.backward, args)
        given = (*args[:place], handle.address, *args[place + 1 :])
        types = types_across(given)
        found = None if types is None else self.executable(1, types, given, handle.owner[1])
        if found is None:
            return self.from_handle(given, place, handle)
        try:
            results = found(*given)
        except Exception as error:
            what = f"the compiled derivative of {self.forward.source.name} failed: {type(error).__name__}: {error}"
            raise ZygoteError(what, hint='zg.options(backend="python") interprets it') from error
        return results if len(results) > 1 else results[0] if results else None

    def from_handle(self, given: Results, place: int, handle: Handle) -> Any:
        """The backward half interpreted, after a forward half that was compiled."""
        assert self.backward is not None
        if self.resumed is None:
            *_, text = interpreted_texts(self.module, (self.forward, self.backward))
            scope: dict[str, Any] = {**text.namespace, "__name__": "zygote_nb.generated"}
            exec(compile(text.source, f"{self.module.filename[:-1]} from a handle>", "exec"), scope)
            self.resumed = scope[text.plan.name], allocator(text.plan)
        function, allocate = self.resumed
        args = (*given[:place], handle, *given[place + 1 :])
        return function(*args, *(allocate(*args) if allocate is not None else ()))

    def opened(self, handle: Handle) -> Any:
        """The tape in a handle as Python objects."""
        text = replace(OPENING, after=(self.texts[0], handle.owner[1]))
        return executable.made(text, (handle.address,), False)(handle.address)[0]

    # Compilation

    def written_texts(self) -> tuple[Text, ...]:
        """The texts of the halves, as they are compiled; raises NotCompiled."""
        if not self.texts:
            halves = (self.forward,) if self.backward is None else (self.forward, self.backward)
            self.texts = compiled_texts(self.module, halves)
        return self.texts

    def executable(self, half: int, types: Signature, args: Results, before: Signature | None) -> Executable | None:
        """The compiled half for these types, made now or before; None if it can't be had."""
        key = (half, types, before)
        if key not in self.executables:
            with self.lock:
                if key not in self.executables:
                    self.executables[key] = self.made(half, args, before)
        return self.executables[key]

    def made(self, half: int, args: Results, before: Signature | None) -> Executable | None:
        try:
            if self.obstacle is not None and half == 0:
                return None
            text = self.written_texts()[half]
            if before is not None:
                text = replace(text, after=(self.texts[0], before))
            return executable.made(text, args, current().cache)
        except NotCompiled as error:
            self.leave(str(error))
            return None

    def leave(self, why: str) -> None:
        """From now on the interpreter runs it, and callees of its own may be compiled."""
        self.obstacle = why
        self.scope[self.forward.name] = self.own[self.forward.name]
        if self.backward is not None and not self.runs:
            self.scope[self.backward.name] = self.own[self.backward.name]


def with_callees(module: Module) -> Callable[..., Any]:
    """The function that the interpreter runs, with callees that are compiled when that is worth while."""
    if module.mixed is None:
        found = tuple(candidates(module))
        module.mixed = mixed(module, found) if found else interpreted(module)
    return module.mixed


def mixed(module: Module, found: tuple[tuple[Generated, Generated | None], ...]) -> Callable[..., Any]:
    announce(module)
    scope: dict[str, Any] = {**module.namespace, "__name__": "zygote_nb.generated"}
    exec(compile(module.source, module.filename, "exec"), scope)
    own, by_name = dict(scope), {f.name: f for f in module.functions}
    for forward, backward in found:
        callee = Callee(module, forward, backward, own, scope, written_params(forward, by_name))
        module.callees.append(callee)
        scope[forward.name] = callee.go_forward
        if backward is not None:
            scope[backward.name] = callee.go_backward
    return own[module.name]


def candidates(module: Module) -> Iterator[tuple[Generated, Generated | None]]:
    """The functions that may be compiled alone, each with its backward half if it has a tape."""
    by_name = {f.name: f for f in module.functions}
    for f in module.functions[:-1]:
        backward = None if f.bundled is None else by_name.get(f"{f.name.removesuffix('_forward')}_backward")
        is_first = f.tape is None and (f.bundled is None or backward is not None)
        if is_first and may_cross(f) and may_take_long(f, by_name) and why_interpreted(f) is None:
            yield f, backward


def may_take_long(f: Generated, functions: dict[str, Generated]) -> bool:
    """Whether it has loops, or calls itself, or calls what does."""
    reached = reach(f.name, functions)
    bodies = [(*g.forward, *g.backward) for g in (functions[n] for n in {f.name} | reached)]
    return f.name in reached or any(isinstance(s, For | While) for body in bodies for s in statements(body))


def may_cross(f: Generated) -> bool:
    """Whether numbers, arrays and a tape are all that goes in and comes out."""
    if f.source is None or any(isinstance(p.kind, ListOf | Opaque) for p in f.source.function.params):
        return False
    return all(isinstance(r.kind, Scalar | Array) for i, r in enumerate(f.results) if i != f.bundled)


def why_interpreted(f: Generated) -> str | None:
    """What the user's function behind a generated one, or what that calls, does that has no compiled form."""
    return reason_of((f.source, *reached_by(f.source)), f.source)


def reached_by(instance: Instance) -> tuple[Instance, ...]:
    """The functions that a function of the program calls, directly or not."""
    found, waiting = dict[int, Instance](), [instance]
    while waiting:
        calls = (s for s in statements(waiting.pop().function.body) if isinstance(s, Invoke))
        new = [s.callee for s in calls if isinstance(s.callee, Instance) and id(s.callee) not in found]
        found |= {id(i): i for i in new}
        waiting += new
    return tuple(found.values())


class GivenUp(Exception):
    """Compiled code gave a result whose class it can't tell."""


def as_interpreted(kind: Kind, value: Any) -> Any:
    """A number as the interpreter gives it: Numba makes Python numbers of NumPy's.

    Where it may be of either class, it is NumPy's if anything was added to it; zero may be where a sum began.
    """
    if not isinstance(kind, Scalar) or kind.weak is True:
        return value
    if kind.weak is None and value == 0:
        raise GivenUp
    return np.dtype(kind.dtype).type(value)


def types_across(args: Results) -> Signature | None:
    """The types of arguments that compiled code takes as they are; None if there are others, such as lists."""
    return None if list in map(type, args) else signature(args)
