"""Running a derivative: interpreted or compiled, with the user's own exception where there is one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from time import perf_counter
from traceback import walk_tb
from typing import Any

import numpy as np

from zygote_nb.backend import executable
from zygote_nb.backend.executable import Executable
from zygote_nb.backend.module import Module, interpreted
from zygote_nb.backend.plan import GivenUp, NotCompiled
from zygote_nb.backend.signature import OTHER_TYPES, signature
from zygote_nb.driver import store, texts
from zygote_nb.driver.adopted import has_begun, is_compiling
from zygote_nb.driver.bound import Bound
from zygote_nb.driver.facts import Facts
from zygote_nb.driver.ready import Ready
from zygote_nb.driver.restoring import as_before
from zygote_nb.driver.tracebacks import with_own_traceback
from zygote_nb.driver.trial import LIMIT, TooMany, counted, is_short, why_not_compiled
from zygote_nb.driver.values import deep_copy, flatten, leaf_kinds, overlapping
from zygote_nb.driver.written import written_back
from zygote_nb.errors import CompileError, Location, NoRuleError, UnsupportedSyntaxError, ZygoteError, is_ours
from zygote_nb.frontend.free import read
from zygote_nb.ir.kinds import Scalar
from zygote_nb.options import current
from zygote_nb.runtime.called import RuleError, broken
from zygote_nb.runtime.steering import HookError

RAISED = (ArithmeticError, ValueError)
"""What Python's numbers raise where NumPy's are infinite or not a number."""


def run(
    ready: Ready,
    bound: Bound,
    seeds: tuple[Any, ...] = (),
    buffers: tuple[Any, ...] = (),
    held: tuple[Any, ...] | None = None,
) -> tuple[Any, ...]:
    """The results of the generated function: values first if they were asked for, then gradients.

    A loss has the seed one, which compiled code knows. ``held`` are the leaves of an earlier moment: the run is one
    more of a call that has been made, and changes nothing outside.
    """
    __tracebackhide__ = True
    leaves = call_arguments(ready.facts, bound) if held is None else tuple(map(own_places, held))
    again = held is not None
    if ready.facts.writes and not again and any(map(is_read_only, leaves)):
        raise_as_plainly(ready, bound)
    is_tried = is_to_compile(ready, bound)
    done = run_compiled(ready, bound, leaves, (*seeds, *buffers)) if is_tried else None
    if done is not None:
        return written_back(ready, bound, with_kinds(ready, done), again)
    prepare(ready, bound, (*leaves, *seeds, *buffers))
    function = interpreter_of(ready, bound, (*leaves, *seeds, *buffers))
    one = (1.0,) if ready.question.loss_only else ()
    try:
        begun = perf_counter()
        with np.errstate(all="ignore"):
            results = as_tuple(function(*leaves, *(one or seeds), *buffers))
        if is_contested(ready):
            ready.contest.interpreter_took(perf_counter() - begun)
        if is_tried:
            be_careful(ready, (*leaves, *seeds, *buffers))
        texts.keep(bound, ready)
        return written_back(ready, bound, results, again)
    except TooMany:
        return run(ready, bound, seeds, buffers, held)
    except RuleError as error:
        raise at_users_line(ready, bound, error) from error.__cause__
    except ZygoteError:
        raise
    except HookError as error:
        raise error.error from None
    except Exception as error:
        own = own_exception(ready, bound, error)
        quiet = quiet_way(ready, bound) if is_fault_of_numbers(own) and not buffers else None
        if quiet is None:
            raise own from None
    with np.errstate(all="ignore"):
        return written_back(ready, bound, as_tuple(quiet(*leaves, *(one or seeds))), again)


def quiet_way(ready: Ready, bound: Bound) -> Callable[..., Any] | None:
    from zygote_nb.driver.quiet import with_quiet_way_back

    return with_quiet_way_back(ready.derived(bound).module)


def is_fault_of_numbers(error: BaseException) -> bool:
    """Whether the derivative raised, and the function does not, what NumPy's numbers never raise."""
    return isinstance(error, ZygoteError) and isinstance(error.__cause__, RAISED)


def interpreter_of(ready: Ready, bound: Bound, args: tuple[Any, ...]) -> Callable[..., Any]:
    """The function that the interpreter runs: on trial, or where it stays interpreted with callees that need not be."""
    if is_on_trial(ready, bound):
        module = ready.module(bound)
        module.look = partial(has_begun, ready, bound, args)
        return counted(module)
    if current().backend != "auto":
        return interpreted(ready.module(bound))
    if ready.text is not None and ready.obstacle == ready.text.obstacle:
        return interpreted(ready.text)
    if ready.mixed is None:
        from zygote_nb.driver.callees import with_callees

        ready.mixed = with_callees(ready.derived(bound).module)
    return ready.mixed


def call_arguments(facts: Facts, bound: Bound) -> tuple[Any, ...]:
    """The leaves of the arguments and of the free variables, in the order of the generated parameters."""
    out: list[Any] = []
    for kind, value in zip(bound.kinds, bound.values, strict=True):
        flatten(kind, value, out)
    for variable in facts.free:
        flatten(variable.kind, read(variable.path, bound.function, bound.values), out)
    if facts.writes:
        refuse_overlap(facts, bound, out)
    return tuple(out)


def refuse_overlap(facts: Facts, bound: Bound, leaves: list[Any]) -> None:
    """Arguments that share memory are one thing; the generated code would treat them as several."""
    named = zip(facts.parameters, leaves, strict=True)
    entries = [(name, v) for name, leaf in named for v in (leaf if isinstance(leaf, list) else (leaf,))]
    arrays = [(name, v) for name, v in entries if isinstance(v, np.ndarray)]
    pair = overlapping([v for _, v in arrays])
    if pair is not None:
        one, other = (arrays[i][0] for i in pair)
        name = bound.plain.__name__
        what = f"`{one}` and `{other}` share memory, and {name} writes to an argument"
        raise UnsupportedSyntaxError(what, hint="pass a copy of one of them")


def own_places(leaf: Any) -> Any:
    """The places of keys are changed by each run."""
    return dict(leaf) if type(leaf) is dict else leaf


def is_read_only(leaf: Any) -> bool:
    if isinstance(leaf, list):
        return any(map(is_read_only, leaf))
    return isinstance(leaf, np.ndarray) and not leaf.flags.writeable


def raise_as_plainly(ready: Ready, bound: Bound) -> None:
    """Generated code writes to copies of arrays; the plain call says whether one that is read-only is written to."""
    try:
        with as_before(bound.plain):
            call_plainly(bound)
    except ValueError as error:
        if "read-only" not in str(error):
            return
        if not ready.facts.has_effects:
            raise with_own_traceback(error) from None
    except Exception:
        return
    else:
        return
    call_plainly(bound)


def with_kinds(ready: Ready, results: tuple[Any, ...]) -> tuple[Any, ...]:
    """Values as the interpreter gives them: Numba makes Python numbers of NumPy's scalars."""
    if not ready.question.value:
        return results
    kinds = leaf_kinds(ready.facts.result_kind)
    values = [
        np.dtype(k.dtype).type(v) if isinstance(k, Scalar) and k.weak is not True else v
        for k, v in zip(kinds, results, strict=False)
    ]
    return (*values, *results[len(kinds) :])


def run_compiled(ready: Ready, bound: Bound, leaves: tuple[Any, ...], more: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The compiled function's results, if they can be had."""
    if not ready.facts.has_loops and is_elsewhere(ready, bound, (*leaves, *more)):
        return None
    found = compiled_for(ready, bound, leaves, more)
    if found is None:
        return None
    try:
        begun = perf_counter()
        results = found(*leaves, *more)
    except Exception:
        # The interpreter decides what happens: the plain exception, or a result that Numba could not give.
        results = None
    if is_contested(ready):
        ready.contest.compiled_took(None if results is None else perf_counter() - begun)
        if ready.contest.compiled_wins:
            store.keep(bound, ready, signature((*leaves, *more)) or (), found)
    return results


def be_careful(ready: Ready, args: tuple[Any, ...]) -> None:
    """What gave up where the interpreter did not is compiled once more, without asking ahead of the program.

    Where there are no loops, it is left to the interpreter.
    """
    types = signature(args)
    if not ready.facts.has_loops and current().backend == "auto":
        ready.contest.compiled_wins = ready.contest.compiled_wins and types not in ready.executables
    elif types in ready.executables and types not in ready.careful:
        ready.careful.add(types)
        del ready.executables[types]


def is_to_compile(ready: Ready, bound: Bound) -> bool:
    """Whether the options ask for compiled code: always, never, or where loops are slow to interpret."""
    backend = current().backend
    if backend != "auto":
        return backend == "numba"
    if ready.obstacle is not None:
        return False
    return not is_on_trial(ready, bound) if ready.facts.has_loops else ready.contest.is_turn_of_compiled()


def is_contested(ready: Ready) -> bool:
    """Whether it is not known yet if compiled code is faster than the interpreter."""
    undecided = not ready.facts.has_loops and ready.contest.compiled_wins is None
    return undecided and ready.obstacle is None and current().backend == "auto"


def is_elsewhere(ready: Ready, bound: Bound, args: tuple[Any, ...]) -> bool:
    """Whether code for arguments of these types, which is no more than quicker, is to be made by another process."""
    if current().backend != "auto" or signature(args) in ready.executables:
        return False
    return has_begun(ready, bound, args) is not True


def is_on_its_way(ready: Ready, bound: Bound, args: tuple[Any, ...]) -> bool:
    """Whether another process makes code for arguments of these types, while others can do without."""
    is_here = current().backend != "auto" or signature(args) in ready.executables
    return not is_here and has_begun(ready, bound, args) is False


def prepare(ready: Ready, bound: Bound, args: tuple[Any, ...]) -> None:
    """See to it that code without loops, of which the interpreter has seen much, is compiled in another process."""
    if not (is_contested(ready) and ready.contest.is_due()):
        return
    if ready.derived(bound).module.obstacle is None:
        ready.obstacle = why_not_compiled(ready.derived(bound).module)
    begun = has_begun(ready, bound, args) if ready.obstacle is None else None
    ready.contest.is_there = begun is True
    if begun is None:
        ready.contest.compiled_wins = False


def is_on_trial(ready: Ready, bound: Bound) -> bool:
    """Whether the iterations of its loops are counted, to see whether it is worth while to compile them."""
    if current().backend != "auto" or ready.obstacle is not None or not ready.facts.has_loops or ready.executables:
        return False
    module = ready.module(bound)
    if module.counted is None and module is not ready.text:
        ready.obstacle = module.obstacle = why_not_compiled(module)
    if ready.building and not is_compiling(ready):
        module.iterations = LIMIT
    return ready.obstacle is None and (bool(ready.building) or is_short(module))


def end_trial(ready: Ready, bound: Bound, more: tuple[Any, ...] = ()) -> None:
    """Loops of which another derivative is compiled are long. Their code is made by another process, or else here."""
    if is_on_trial(ready, bound) and not is_on_its_way(ready, bound, (*call_arguments(ready.facts, bound), *more)):
        ready.module(bound).iterations = LIMIT


def compiled_for(ready: Ready, bound: Bound, leaves: tuple[Any, ...], more: tuple[Any, ...]) -> Executable | None:
    """The executable for the types of the arguments, made now or before; None where the interpreter has to do."""
    types = signature((*leaves, *more))
    if types is not None and types in ready.executables:
        return ready.executables[types]
    try:
        if ready.obstacle is not None or types is None:
            raise NotCompiled(ready.obstacle or OTHER_TYPES)
        made = made_for(ready.derived(bound).module, (*leaves, *more), types in ready.careful)
    except NotCompiled as error:
        if types is not None:
            ready.obstacle = str(error)
        if current().backend == "numba":
            raise refused(ready, bound, str(error)) from None
        return None
    ready.executables[types] = made
    if not is_contested(ready):
        store.keep(bound, ready, types, made)
    return made


def made_for(module: Module, args: tuple[Any, ...], careful: bool) -> Executable:
    """The module compiled; where Numba gives up, with calls in place of what it may not know."""
    from zygote_nb.backend.entry import text

    first = text(module, careful=careful)
    try:
        return executable.made(first, args, current().cache)
    except GivenUp:
        more = text(module, calls=True, careful=careful)
        if more.source == first.source:
            raise
        return executable.made(more, args, current().cache)


def refused(ready: Ready, bound: Bound, why: str) -> CompileError:
    instance = ready.derived(bound).instance
    function = instance.function
    at = Location(function.filename, function.span.line, function.span.col, None)
    hint = 'use zg.options(backend="auto") or "python"'
    return CompileError(f"{instance.shown} is not compiled: {why}", at=at, hint=hint)


def own_exception(ready: Ready, bound: Bound, error: Exception) -> BaseException:
    """The exception that the plain call raises; if it raises none, the fault is in the generated code."""
    if ready.facts.has_effects:
        return with_own_traceback(error, ready.derived(bound).module)
    try:
        call_plainly(bound)
    except Exception as own:
        return with_own_traceback(own)
    rule = getattr(error, "rule", None)
    if rule is not None:
        wrong = broken(rule, f"it raised {type(error).__name__}: {error}, where the function does not")
        return at_users_line(ready, bound, wrong.with_traceback(error.__traceback__))
    name = ready.derived(bound).instance.name
    fault = ZygoteError(
        f"the derivative of {name} failed where the function itself does not: {type(error).__name__}: {error}",
        hint="please report this with the function",
    )
    fault.__cause__ = error
    return fault


def at_users_line(ready: Ready, bound: Bound, error: RuleError) -> NoRuleError:
    """A rule that does not keep its word, told with the line that called its function."""
    module = ready.derived(bound).module
    files = {f.name: f.source.function.filename for f in module.functions if f.source is not None}
    frames = [(f.f_code, line) for f, line in walk_tb(error.__traceback__) if f.f_code.co_filename == module.filename]
    found = [(files[code.co_name], line) for code, line in frames if not is_ours(files[code.co_name])]
    file, last = found[-1] if found else ("", 0)
    place = max(((g, own) for g, own in module.linemap if g <= last), default=(0, 0))[1]
    return NoRuleError(error.what, at=Location(file, place) if place else None, hint=error.hint)


def call_plainly(bound: Bound) -> Any:
    """The function itself, on copies of the arguments."""
    memo: dict[int, Any] = {}
    values = dict(zip(bound.names, (deep_copy(v, memo) for v in bound.values), strict=True))
    signature = inspect.signature(bound.plain, follow_wrapped=False)
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            args.extend(values[name])
        elif parameter.kind is parameter.KEYWORD_ONLY:
            kwargs[name] = values[name]
        elif parameter.kind is parameter.VAR_KEYWORD:
            kwargs.update(values[name])
        else:
            args.append(values[name])
    return bound.plain(*args, **kwargs)


def as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
