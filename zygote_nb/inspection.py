"""Looking inside: the generated code, the IR, the LLVM, what was decided and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from zygote_nb.api import request
from zygote_nb.backend.entry import shown, text
from zygote_nb.backend.plan import Decision, NotCompiled
from zygote_nb.backend.signature import OTHER_TYPES, signature
from zygote_nb.dataclass import dataclass
from zygote_nb.display import document
from zygote_nb.display.document import Document, Row, Say, Table
from zygote_nb.display.shown import Shows, bundle
from zygote_nb.driver import kept, predicted, trial
from zygote_nb.driver.bound import Bound
from zygote_nb.driver.derived import Derived, derive
from zygote_nb.driver.facts import Question
from zygote_nb.driver.fates import fates
from zygote_nb.driver.forward import derive_forward
from zygote_nb.driver.ready import ready
from zygote_nb.driver.run import call_arguments
from zygote_nb.driver.trial import called_in_python, is_short, why_not_compiled
from zygote_nb.errors import CompileError, NoRuleError, SourceNotFoundError, cell_name, is_ours
from zygote_nb.frontend.instances import Instance
from zygote_nb.frontend.lowered import lowering_of
from zygote_nb.frontend.source import Source, capture
from zygote_nb.ir.core import For, Function, While
from zygote_nb.ir.text import show_function
from zygote_nb.ir.walk import statements
from zygote_nb.options import current
from zygote_nb.rules import library, registry
from zygote_nb.rules.variants import Variant, is_opted_out, variants_of


@dataclass(frozen=True, slots=True)
class Code:
    """Generated source: ``source`` is the text, ``linemap`` pairs its lines with lines of the user's file."""

    source: str
    linemap: tuple[tuple[int, int], ...] = ()
    language: str = "python"

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return self.source

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return bundle(self.document()) | {"text/plain": self.source}

    def document(self) -> Document:
        """The text, line by line."""
        return (document.Code("", tuple(map(document.Line, self.source.splitlines()))),)


def code_adjoint(
    f: Any, *args: Any, value: bool = False, backend: str = "python", mode: str = "reverse",
    kwargs: dict[str, Any] | None = None,
) -> Code:  # fmt: skip
    """The generated derivative of a function, for the kinds of the given arguments: its backward pass.

    Args:
        f, args, kwargs: as for :func:`zygote_nb.gradient`; by default gradients by all positional arguments.
        value: also return the value, first.
        backend: "python" for the text that a person reads, "numba" for the text that is compiled.
        mode: "reverse", or "forward" for the function that computes values and tangents side by side.

    Example:
        >>> print(code_adjoint(lambda x: 5 * x + 3, 10.0))
        def lambda__adjoint(x, d_out):
            return 5 * d_out
        <BLANKLINE>
    """
    if mode not in ("reverse", "forward"):
        raise ValueError(f'mode is "reverse" or "forward", not {mode!r}')
    derived = derived_for(f, args, kwargs, value or mode == "forward", mode)
    if backend == "numba":
        try:
            return Code(shown(derived.module))
        except NotCompiled as reason:
            raise not_compiled(derived, str(reason)) from None
    return Code(derived.module.source, derived.module.linemap)


def derived_for(
    f: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None, value: bool = False, mode: str = "reverse"
) -> Derived:
    req = request(f, args, kwargs or {}, paths=mode == "reverse")
    if mode == "forward":
        return derive_forward(req.bound, req.wrt, value)
    return derive(req.bound, req.wrt, value)


def code_ir(f: Any, *args: Any, kwargs: dict[str, Any] | None = None) -> Code:
    """The structured IR of a function and its callees before differentiation, as text.

    Numbers behind lines are those of the user's lines, counted as in :func:`code_adjoint` from the beginning of their
    function. A parameter is followed by its dtype and its axes: equal letters are equal lengths, ``1`` is one entry,
    ``a-1`` one less than ``a``.
    """
    derived = derived_for(f, args, kwargs)
    return Code("\n\n".join(map(counted, (i.function for i in derived.program.instances.values()))) + "\n")


def counted(function: Function) -> str:
    """A function of the IR, with the numbers of lines counted from its own first one."""
    first = function.span.line
    return re.sub(r"  # (\d+)$", lambda m: f"  # {int(m[1]) - first + 1}", show_function(function), flags=re.MULTILINE)


def code_llvm(f: Any, *args: Any, kwargs: dict[str, Any] | None = None) -> Code:
    """The LLVM IR of the compiled gradient (its seed is 1), without the wrappers around it.

    Raises:
        CompileError: the function can't be compiled.
    """
    from zygote_nb.backend.listing import intermediate

    return Code(body_only(of_compiled(intermediate, f, args, kwargs)), (), "llvm")


def code_native(f: Any, *args: Any, kwargs: dict[str, Any] | None = None) -> Code:
    """The assembly of the compiled gradient (its seed is 1): its instructions and labels, without directives.

    Raises:
        CompileError: the function can't be compiled.
    """
    from zygote_nb.backend.listing import native

    return Code(of_compiled(native, f, args, kwargs), (), "assembly")


def of_compiled(look: Callable[..., str], f: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> str:
    """What ``look`` finds in the compiled gradient of a call."""
    req = request(f, args, kwargs or {})
    found = ready(req.bound, Question(req.wrt, loss_only=True))
    derived = found.derived(req.bound)
    if derived.module.obstacle is not None:
        raise not_compiled(derived, derived.module.obstacle)
    try:
        return look(derived.module, call_arguments(found.facts, req.bound))
    except NotCompiled as reason:
        raise not_compiled(derived, str(reason)) from None


def not_compiled(derived: Derived, why: str) -> CompileError:
    return CompileError(f"{derived.module.name} is not compiled: {why}", hint="zg.explain says more")


def body_only(text: str) -> str:
    """The definitions of the function itself, out of a module's LLVM."""
    found = re.findall(r"^define [^\n]*\{\n.*?^\}", text, re.S | re.M)
    own = [d for d in found if not re.search("cpython|@cfunc\\.|@NRT_", d.split("\n")[0])]
    return "\n\n".join(own) + "\n"


@dataclass(frozen=True, slots=True, repr=False)
class Explanation(Shows):
    """What was decided about each function of a program, how it is executed, and what is kept for the way back."""

    title: str
    functions: tuple[Row, ...]
    execution: str
    kept: tuple[Row, ...]
    rules: tuple[Row, ...]
    parallel: tuple[Row, ...] = ()

    def document(self) -> Document:
        """A table for each question."""
        held = Table(self.kept, "kept for the way back") if self.kept else Say("nothing is kept for the way back")
        rules = [Table(self.rules, "rules")] if self.rules else []
        shared = [Table(self.parallel, "loops in several threads")] if self.parallel else []
        return (Table(self.functions, self.title), Say(f"execution: {self.execution}"), *shared, held, *rules)


def explain(f: Any, *args: Any, kwargs: dict[str, Any] | None = None) -> Explanation:
    """For each function reached: rule or source transform, compiled or interpreted and why, what the tape holds.

    What is kept for the backward sweep is measured in bytes, by running the forward sweep on copies of the arguments;
    that is left out where the function does something outside, or where its loops run very often. Where the options ask
    for several threads, each loop of the compiled gradient is listed, with what keeps it from being divided.

    Example:
        >>> explain(lambda x: x * x, 3.0).execution
        'interpreted at first (no loops that would be slow)'
    """
    derived, bound = derived_for(f, args, kwargs), request(f, args, kwargs or {}).bound
    how = execution(derived, call_arguments(derived.facts, bound))
    told = fates(derived) if how.startswith(INTERPRETED) else {}
    how += "; not all that it calls is" if any(fate.startswith("compiled") for fate in told.values()) else ""
    functions = tuple(function_row(i, told.get(id(i))) for i in derived.program.instances.values())
    title = f"{derived.instance.name}: how it is differentiated"
    planned = tuple(Row(f"the loop in line {p.line}", str(p)) for p in dict.fromkeys(predicted.loops(derived, bound)))
    held = (*planned, *kept_rows(derived, bound))
    return Explanation(title, functions, how, held, rule_rows(derived), parallel_rows(derived))


def function_row(instance: Instance, fate: str | None) -> Row:
    """How a function is differentiated; and how it is run, where that differs from function to function."""
    if is_ours(instance.source.filename):
        return Row(instance.name, "by a rule")
    how = "recursive, source transformed" if instance.recursive else "source transformed"
    return Row(instance.name, f"{how}, {fate}" if fate else how, place_of(instance.source))


def execution(derived: Derived, leaves: tuple[Any, ...]) -> str:
    """How the gradient runs, in words."""
    how = execution_of_loops(derived, leaves)
    is_interpreted = how.startswith(INTERPRETED) or "compiled" not in how
    left = "" if is_interpreted else called_in_python(derived.module)
    return f"{how}, except for calls of {left}" if left else how


def execution_of_loops(derived: Derived, leaves: tuple[Any, ...]) -> str:
    obstacle = derived.module.obstacle or why_not_compiled(derived.module)
    if obstacle is None and signature(leaves) is None:
        obstacle = OTHER_TYPES
    if obstacle is not None:
        return f"{INTERPRETED}{obstacle}"
    if not derived.module.has_loops:
        return "interpreted at first (no loops that would be slow)"
    loops = any(isinstance(s, (For, While)) for f in derived.generated for s in statements((*f.forward, *f.backward)))
    if is_short(derived.module):
        what = "its loops have run" if loops else "it has called itself"
        return f"interpreted until {what} {trial.LIMIT:,} times, or for {trial.PATIENCE:g} s, then compiled"
    return f"compiled, because {'its loops run' if loops else 'it calls itself'} many times"


def kept_rows(derived: Derived, bound: Bound) -> tuple[Row, ...]:
    """What the backward sweep reads, with its bytes at these arguments where they can be measured."""
    found = kept.measured(derived, bound)
    if isinstance(found, str):
        names = kept.names_kept(derived)
        return tuple(Row(name, f"not measured: {found}") for name in names[-SHOWN:])
    largest = sorted(found, key=lambda k: k.nbytes, reverse=True)[:SHOWN]
    rest = [k for k in found if k not in largest]
    more = [Row(f"{len(rest)} more", f"{sum(k.nbytes for k in rest):,} bytes")] if rest else []
    total = [Row("in all", f"{sum(k.nbytes for k in found):,} bytes")] if len(found) > 1 else []
    return (*(Row(k.name, str(k)) for k in found if k in largest), *more, *total)


def parallel_rows(derived: Derived) -> tuple[Row, ...]:
    """What becomes of the loops of the function where there are several threads."""
    count = current().parallel
    if count == 1 or derived.module.obstacle is not None:
        return ()
    try:
        decisions = text(derived.module).decisions
    except NotCompiled:
        return ()
    return tuple(dict.fromkeys(Row(f"line {d.line}, {d.sweep}", in_words_of(d, count)) for d in decisions if d.line))


def in_words_of(decision: Decision, count: int) -> str:
    if decision.why is None:
        return f"in {count} threads"
    where = f" (line {decision.where})" if decision.where not in (0, decision.line) else ""
    return f"one iteration after the other: {decision.why}{where}"


def rule_rows(derived: Derived) -> tuple[Row, ...]:
    """The rules in use, by name; what they say has become part of the generated code."""
    rules = {id(r.fn): r for r in derived.derivation.used_rules if r.definition is not None}
    rows = {Row(name_of(r.fn), FORMS[r.form], short(r.place)) for r in rules.values()}
    return tuple(sorted(rows, key=lambda row: row.name))


def name_of(fn: Any) -> str:
    return str(getattr(fn, "__name__", getattr(fn, "name", fn)))


def place_of(source: Source) -> str:
    return f"{cell_name(source.filename) or source.filename}, line {source.first_line}"


def short(place: str) -> str:
    """The place of a rule, from its package on."""
    path, _, line = place.rpartition(":")
    parts = path.replace("\\", "/").split("/")
    return f"{cell_name(path) or '/'.join(parts[-3:])}, line {line}"


SHOWN = 20
INTERPRETED = "interpreted, because "
FORMS = {
    "reverse": "reverse rule", "pullback": "reverse rule", "called": "reverse rule",
    "elementwise": "partial derivatives", "constant": "declared constant", "lowered": "written with other functions",
    "forward": "forward rule", "pushed": "forward rule", "pushforward": "forward rule", "linear": "linear",
    "multilinear": "multilinear",
}  # fmt: skip


def which(fn: Any, *args: Any) -> str:
    """The rule that would be used for a function, with file and line.

    Args:
        fn: the function.
        args: a call. Without them rules for some calls only (``when=``) are all named, the latest first.

    Raises:
        NoRuleError: there is neither a rule nor Python source.

    Example:
        >>> import numpy as np
        >>> which(np.floor)
        'floor: declared constant'
    """
    library.load()
    name = getattr(fn, "__name__", str(fn))
    lines = []
    for variant in variants_of(fn):
        if not args:
            code = variant.when.__code__
            lines.append(f"{name}, where {code.co_filename}:{code.co_firstlineno} holds: {of_variant(variant)}")
        elif variant.when(*args):
            return f"{name}: {of_variant(variant)}"
    return "\n".join([*lines, f"{name}: {otherwise(fn)}"])


def of_variant(variant: Variant) -> str:
    return "its source is transformed" if is_opted_out(variant) else in_words(registry.lookup(variant))


def in_words(rule: registry.Rule | None) -> str:
    assert rule is not None
    return f"{FORMS[rule.form]} at {rule.place}" if rule.definition is not None else FORMS[rule.form]


def otherwise(fn: Any) -> str:
    """How a function is differentiated where no rule for some calls only is used."""
    rule = registry.lookup(fn)
    if rule is not None and rule.form == "refused":
        what, hint = registry.why_not(fn)
        raise NoRuleError(what, hint=hint)
    if rule is not None:
        return in_words(rule)
    if lowering_of(fn) is not None:
        return FORMS["lowered"]
    try:
        source = capture(fn)
    except SourceNotFoundError:
        what = f"{getattr(fn, '__name__', fn)} has neither a rule nor Python source"
        raise NoRuleError(what, hint="write a rule with zg.rrule") from None
    return f"its source is transformed, {source.filename}:{source.first_line}"
