"""Everything that is made for one gradient: rules looked up, and analyses of the functions reached."""

from __future__ import annotations

import builtins
import keyword
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from zygote_nb.analysis import alias
from zygote_nb.analysis.activity import is_varied, varied_variables
from zygote_nb.analysis.alias import Memory, Summary
from zygote_nb.analysis.hidden import Origin, lost_derivatives
from zygote_nb.analysis.order import Order
from zygote_nb.analysis.reaching import rename_webs
from zygote_nb.analysis.rounds import Rounds
from zygote_nb.dataclass import dataclass, field
from zygote_nb.errors import Location, NoRuleError, UnsupportedSyntaxError, ZygoteError
from zygote_nb.frontend.instances import Instance
from zygote_nb.frontend.program import Program
from zygote_nb.ir.core import Apply, Block, Function, Invoke
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Scalar, is_memory
from zygote_nb.ir.walk import all_bound, all_read, statements
from zygote_nb.rules import library, registry
from zygote_nb.runtime import arrays, checked, checkpoints, directions, indexing, lists
from zygote_nb.transform.again.updates import written_out
from zygote_nb.transform.derive.entangled import entangled, with_calls_written_out
from zygote_nb.transform.derive.entrywise import entrywise
from zygote_nb.transform.derive.inline import is_tiny, with_tiny_callees
from zygote_nb.transform.derive.prepared import Prepared
from zygote_nb.transform.derive.refusals import check_followed, checked_stores
from zygote_nb.transform.derive.spans import with_spans
from zygote_nb.transform.forward.wide import OneAtATime
from zygote_nb.transform.reverse.state import CalleePair
from zygote_nb.transform.rule.called import apart
from zygote_nb.transform.rule.complexes import adapted
from zygote_nb.transform.rule.inlined import is_elementwise, of_call
from zygote_nb.transform.rule.pullback import Pullback

MOST_CALLS = 8
"""Calls within calls are written out so many times."""
PYTHON = frozenset({"np", "math", *keyword.kwlist, *dir(builtins)} - {"_"})
ROOM, RULES = "zygote_nb.runtime.", "zygote_nb.rules."


def reserved() -> set[str]:
    """Names that generated code uses: no variable has one of them."""
    return set(reserved_names(len(library.LOADED)))


@contextmanager
def reported(rule: registry.Rule, call: Apply, filename: str) -> Iterator[None]:
    """What goes wrong while a rule is read is told with the user's line, and with the place of the rule."""
    try:
        yield
    except ZygoteError as error:
        span = call.span
        at = Location(filename, span.line, span.col, span.end_col if span.end_line == span.line else None)
        place = f"the rule is at {rule.place}"
        if error.at is not None:
            place = f"the rule says so at {error.at.filename}:{error.at.lineno}"
        hint = "; ".join(dict.fromkeys([*filter(None, [error.hint]), place]))
        raise NoRuleError(error.what, at=at if span.line else None, hint=hint) from None


def without_rule(call: Apply, filename: str, rule: registry.Rule | None) -> NoRuleError:
    """What the user's own function calls was refused by the frontend: this is a part of a gradient."""
    at = Location(filename, call.span.line, call.span.col, None) if call.span.line else None
    what = f"`{registry.name_of(call.fn)}`, a part of the gradient, has no reverse rule"
    hint = "there is no gradient of a gradient here yet; zg.hvp and zg.hessian go forward over reverse"
    return NoRuleError(what, at=at, hint=rule.reason if rule is not None else hint)


@cache
def reserved_names(loaded: int) -> frozenset[str]:
    """What generated code may call, as long as so many families of rules are loaded: the common helpers, and those that
    the rules name."""
    families = [module for name, module in sys.modules.items() if name.startswith(RULES)]
    rooms = (arrays, checked, checkpoints, directions, indexing, lists, *families)
    values = [(n, v) for room in rooms for n, v in vars(room).items() if not n.startswith("_")]
    return PYTHON | frozenset(n for n, v in values if str(getattr(v, "__module__", "")).startswith(ROOM))


def variable_names(function: Function) -> set[str]:
    return {p.name for p in function.params} | all_bound(function.body) | all_read(function.body)


def lost_alike(before: tuple[Origin, ...], now: tuple[Origin, ...]) -> bool:
    return [o is None for o in before] == [o is None for o in now]


def is_special(callee: Instance) -> bool:
    """Whether a call is more than what the body of the function does."""
    return callee.checkpointed or callee.forwarded or callee.constant


def callees(function: Function) -> list[Instance]:
    """The functions that it calls, which may be written out in it."""
    return [s.callee for s in statements(function.body) if isinstance(s, Invoke) and isinstance(s.callee, Instance)]


PLAIN_KINDS = {Scalar, Array}
"""Kinds of which equality leaves nothing out."""


def pullback_key(call: Apply, fresh: Callable[[str], str]) -> Any:
    """Of calls that are equal, arguments may be of different kinds; lists of one kind, of different places."""
    kinds = [a.kind for a in call.args]
    told = tuple([k if type(k) in PLAIN_KINDS else str(k) for k in kinds])
    return call, told, id(fresh)


@dataclass(slots=True)
class Derivation:
    """Everything that is made for one gradient.

    ``flat`` keeps the values on a tape apart, so that the generated code can be differentiated again. ``forward`` says
    that no adjoints are made.
    """

    program: Program
    record_all: bool = False
    shadows_everywhere: bool = False
    inline: bool = True
    flat: bool = False
    forward: bool = False
    summaries: Rounds = field(default_factory=Rounds)
    renamed: dict[int, Function] = field(default_factory=dict)
    whole: set[int] = field(default_factory=set)
    memories: dict[int, tuple[Function, Memory]] = field(default_factory=dict)
    pairs: dict[tuple[int, tuple[bool, ...]], CalleePair] = field(default_factory=dict)
    functions: list[Generated] = field(default_factory=list)
    pullbacks: dict[Any, Pullback | None] = field(default_factory=dict)
    used_rules: list[registry.Rule] = field(default_factory=list)
    plain_done: dict[int, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    unset: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    adjoints: set[str] = field(default_factory=set)
    activities: Rounds = field(default_factory=Rounds)
    losses: Rounds = field(default_factory=lambda: Rounds(same=lost_alike))
    entered: set[int] = field(default_factory=set)
    orders: Rounds = field(default_factory=Rounds)

    def constant(self, fn: Any) -> bool:
        rule = registry.lookup(fn)
        return rule is not None and rule.form == "constant"

    def elementwise(self, fn: Any) -> bool:
        rule = registry.lookup(fn)
        return rule is not None and is_elementwise(rule)

    def pullback_of(self, fresh: Callable[[str], str], filename: str) -> Callable[[Apply], Pullback | None]:
        """Looks up the pullback of a call in the file; a rule that fails is reported with the user's line."""

        def of(call: Apply) -> Pullback | None:
            rule = registry.lookup(call.fn)
            if rule is None or rule.form == "refused":
                raise without_rule(call, filename, rule)
            if rule.form == "constant":
                return None
            key = pullback_key(call, fresh)
            if key not in self.pullbacks:
                with reported(rule, call, filename):
                    self.pullbacks[key] = adapted(call, of_call(rule, call, fresh))
                self.used_rules.append(rule)
            return self.pullbacks[key]

        return of

    def hold_apart(self, call: Apply, fresh: Callable[[str], str]) -> bool:
        """Let the rule of a call be held to return no memory of an argument, if it is one that is called."""
        key = pullback_key(call, fresh)
        known = self.pullbacks[key]
        made = apart(known) if known is not None else None
        if made is not None:
            self.pullbacks[key] = made
        return made is not None

    def base(self, instance: Instance) -> Function:
        """The instance's function with its tiny callees written out and a name for each live range."""
        function = self.with_own_names(instance)
        if id(instance) not in self.whole:
            self.whole.add(id(instance))
            self.renamed[id(instance)] = self.disentangled(function, reserved() | self.program.names)
            instance.level = max([instance.level, *(c.level for c in callees(instance.function))])
        return self.renamed[id(instance)]

    def to_differentiate(self, instance: Instance) -> Function:
        """The base, after it was asked whether NumPy reads in it what it is writing to."""
        function = self.base(instance)
        return checked_stores(function, self.memory(function))

    def with_own_names(self, instance: Instance) -> Function:
        """The same, where calls may still share memory that is written to."""
        if id(instance) not in self.renamed:
            check_followed(instance)
            taken = reserved() | self.program.names
            function = instance.function if self.forward else written_out(instance.function)
            if self.inline:
                self.entered.add(id(instance))
                function = with_tiny_callees(function, self.tiny, taken)
                self.entered.discard(id(instance))
            self.renamed[id(instance)] = self.spanned(rename_webs(function, taken), instance, taken)
        return self.renamed[id(instance)]

    def in_c_order(self, callee: Any) -> frozenset[int]:
        """The parameters, by position, that the function reshapes and writes to: they must be in C order."""
        if not isinstance(callee, Instance):
            return frozenset()

        def found() -> frozenset[int]:
            function = self.base(callee)
            reshaped = Order(function).needed(self.memory(function), self.in_c_order)
            needs = frozenset().union(*(n for _, n in reshaped if n is not None))
            return frozenset(i for i, p in enumerate(function.params) if p.name in needs)

        return self.orders.answer(id(callee), frozenset(), found)  # type: ignore[no-any-return]

    def take_entrywise(self, instance: Instance, sizes: dict[int, int]) -> None:
        """From here on the instance's function has its calls written out, and no vectors of few entries."""
        function, taken = self.base(instance), reserved() | self.program.names
        for _ in range(MOST_CALLS):
            calls = [s for s in statements(function.body) if isinstance(s, Invoke)]
            if not calls:
                break
            if any(not isinstance(c.callee, Instance) or c.callee.recursive or is_special(c.callee) for c in calls):
                raise OneAtATime
            try:
                function = rename_webs(with_calls_written_out(function, calls, self.base, taken), taken)
            except UnsupportedSyntaxError:
                raise OneAtATime from None
        fresh = Prepared(function, Memory(), set(), taken | variable_names(function)).fresh
        self.renamed[id(instance)] = entrywise(function, self.memory(function), sizes, self.elementwise, fresh)

    def spanned(self, function: Function, instance: Instance, taken: set[str]) -> Function:
        """The function, its loops over ``checkpoint_range`` as calls, where a gradient is all that is asked for."""
        if self.forward or self.flat:
            return function

        return with_spans(function, instance, taken | variable_names(function), self.summaries_in)

    def tiny(self, callee: Instance) -> Function | None:
        """What is written out in place of a call of the instance, or None if it is called."""
        if id(callee) in self.entered or callee.checkpointed or callee.forwarded:
            return None
        function = self.base(callee)
        return function if is_tiny(function) else None

    def disentangled(self, function: Function, taken: set[str]) -> Function:
        """The function without calls whose arguments or results share memory that is written to."""
        while True:
            calls = entangled(function, self.memory(function), self.summary)
            if not calls:
                return function
            function = rename_webs(with_calls_written_out(function, calls, self.base, taken), taken)

    def summary(self, instance: Instance) -> Summary:
        """What a call does to its arguments."""
        if not self.summaries.looked_at and id(instance) not in self.summaries.known:
            for reached in self.reached(instance):
                self.with_own_names(reached)

        def found() -> Summary:
            function = self.with_own_names(instance)
            return alias.summarise(function, self.memory(function))

        return self.summaries.answer(id(instance), Summary(), found)  # type: ignore[no-any-return]

    def reached(self, instance: Instance) -> list[Instance]:
        """The instance and what it calls, directly or through others."""
        found = {id(instance): instance}
        queue = [instance]
        while queue:
            new = {id(c): c for c in callees(self.with_own_names(queue.pop()))}
            queue += [c for i, c in new.items() if i not in found]
            found |= new
        return list(found.values())

    def summaries_in(self, block: Block) -> dict[int, Summary]:
        """What the calls in the block do to their arguments, by the identities of the callees."""
        return {id(s.callee): self.summary(s.callee) for s in statements(block) if isinstance(s, Invoke)}

    def memory(self, function: Function) -> Memory:
        """Which of the function's variables share memory, and which of it is written to."""
        known = self.memories.get(id(function))
        if known is not None and known[0] is function:
            return known[1].copy()
        memory = self.memory_found(function)
        if not self.summaries.looked_at:
            self.memories[id(function)] = function, memory.copy()
        return memory

    def memory_found(self, function: Function) -> Memory:
        memory = alias.analyse(function, self.summaries_in(function.body))
        owners = {memory.group(p.name) for p in function.params if is_memory(p.kind)}
        memory.contained |= {n for r in function.result for n in alias.sharing(r) if memory.group(n) in owners}
        if self.shadows_everywhere:
            memory.contained |= {n for n, k in memory.kinds.items() if isinstance(k, Array)}
        return memory

    def activity(self, instance: Any, flags: tuple[bool, ...]) -> tuple[tuple[bool, ...], frozenset[int]]:
        """Which results of a call, and which of its written arguments, depend on the active arguments."""

        def found() -> tuple[tuple[bool, ...], frozenset[int]]:
            function = self.base(instance)
            memory = self.memory(function)
            active = {p.name for p, f in zip(function.params, flags, strict=True) if f}
            varied = varied_variables(function, active, memory, self.constant, self.activity)
            results = tuple(is_varied(r, varied, self.constant) for r in function.result)
            return results, frozenset(i for i in self.summary(instance).writes if function.params[i].name in varied)

        none = ((False,) * len(self.base(instance).result), frozenset[int]())
        if instance.constant:
            return none
        return self.activities.answer((id(instance), flags), none, found)  # type: ignore[no-any-return]

    def lost(self, instance: Any, flags: tuple[bool, ...]) -> tuple[Origin, ...]:
        """For each result of a call, and for what it raises, the call inside in which its derivative is lost."""

        def found() -> tuple[Origin, ...]:
            function = self.base(instance)
            active = {p.name for p, f in zip(function.params, flags, strict=True) if f}
            varied = varied_variables(function, active, self.memory(function), self.constant, self.activity)
            return lost_derivatives(function, varied, self.constant, self.lost)

        none = (None,) * (len(self.base(instance).result) + 1)
        if instance.constant:
            return none
        return self.losses.answer((id(instance), flags), none, found)  # type: ignore[no-any-return]

    def callee_writes(self, stmt: Invoke) -> frozenset[int]:
        return self.summary(stmt.callee).writes if isinstance(stmt.callee, Instance) else frozenset()

    def unique(self, name: str) -> str:
        candidate, number, taken = name, 0, reserved_names(len(library.LOADED))
        while candidate in self.names or candidate in taken:
            number += 1
            candidate = f"{name}{number}"
        self.names.add(candidate)
        return candidate

    def unique_stem(self, name: str) -> str:
        candidate, number = name, 0
        while f"{candidate}_forward" in self.names:
            number += 1
            candidate = f"{name}{number}"
        self.names |= {f"{candidate}_forward", f"{candidate}_backward"}
        return candidate
