"""From a program to the IR of its gradient: one function, or a forward and backward pair for each callee."""

from __future__ import annotations

import builtins
import keyword
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from zygote_nb.analysis import alias
from zygote_nb.analysis.activity import is_varied, useful_variables, varied_variables
from zygote_nb.analysis.alias import Memory, Summary
from zygote_nb.analysis.reaching import rename_webs
from zygote_nb.analysis.required import Required
from zygote_nb.errors import NoRuleError, ZygoteError
from zygote_nb.frontend.program import Instance, Program
from zygote_nb.ir.core import (
    ZERO,
    Accumulate,
    Apply,
    Assign,
    Block,
    Const,
    Effect,
    Expr,
    For,
    Function,
    If,
    Invoke,
    Method,
    Name,
    Param,
    Pop,
    Stmt,
    Store,
    Tuple,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Kind, ListOf, Opaque, Scalar, carries_tangent, is_memory
from zygote_nb.ir.walk import (
    all_bound,
    all_read,
    blocks,
    bound,
    expressions,
    names,
    read,
    root,
    statements,
    subexpressions,
    with_blocks,
)
from zygote_nb.rules import registry
from zygote_nb.runtime import arrays, checked, indexing, lists
from zygote_nb.transform import pullback as rules
from zygote_nb.transform.pullback import Pullback
from zygote_nb.transform.record import Assembler, exposed
from zygote_nb.transform.reverse import WHOLE, CalleePair, Contributions, Mirror, Reverse, tangent_kind, zeros_like
from zygote_nb.transform.simplify import owned, simplify
from zygote_nb.transform.split import Splitter

RUNTIME = (arrays, checked, indexing, lists)
RESERVED = {
    "np",
    "math",
    *keyword.kwlist,
    *dir(builtins),
    *(n for m in RUNTIME for n in vars(m) if not n.startswith("_")),
} - {"_"}


@dataclass(slots=True)
class Prepared:
    """A lowered function with what the analyses found, for one set of active parameters."""

    function: Function
    memory: Memory
    varied: set[str]
    taken: set[str]
    users: frozenset[str] = frozenset()
    checks: list[Stmt] = field(default_factory=list)

    def fresh(self, stem: str) -> str:
        name, number = stem, 0
        while name in self.taken:
            number += 1
            name = f"{stem}{number}"
        self.taken.add(name)
        return name


@dataclass(slots=True)
class Derivation:
    """Everything that is made for one gradient."""

    program: Program
    record_all: bool = False
    shadows_everywhere: bool = False
    summaries: dict[int, Summary] = field(default_factory=dict)
    renamed: dict[int, Function] = field(default_factory=dict)
    pairs: dict[tuple[int, tuple[bool, ...]], CalleePair] = field(default_factory=dict)
    in_progress: dict[tuple[int, tuple[bool, ...]], CalleePair] = field(default_factory=dict)
    functions: list[Generated] = field(default_factory=list)
    pullbacks: dict[Any, Pullback | None] = field(default_factory=dict)
    used_rules: list[registry.Rule] = field(default_factory=list)
    plain_done: dict[int, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    unset: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    # Rules

    def constant(self, fn: Any) -> bool:
        rule = registry.lookup(fn)
        return rule is not None and rule.form == "constant"

    def elementwise(self, fn: Any) -> bool:
        rule = registry.lookup(fn)
        return rule is not None and rules.is_elementwise(rule)

    def pullback_of(self, fresh: Callable[[str], str]) -> Callable[[Apply], Pullback | None]:
        def of(call: Apply) -> Pullback | None:
            rule = registry.lookup(call.fn)
            if rule is None:
                raise NoRuleError(f"no derivative rule for {call.fn}", hint="write one with zg.rrule")
            if rule.form == "constant":
                return None
            key = (call, tuple(str(a.kind) for a in call.args), id(fresh))
            if key not in self.pullbacks:
                self.pullbacks[key] = rules.of_call(rule, call, fresh)
                self.used_rules.append(rule)
            return self.pullbacks[key]

        return of

    # Analyses

    def base(self, instance: Instance) -> Function:
        """The instance's function with a name for each live range."""
        if id(instance) not in self.renamed:
            self.renamed[id(instance)] = rename_webs(instance.function, RESERVED | self.program.names)
        return self.renamed[id(instance)]

    def summary(self, instance: Instance) -> Summary:
        if id(instance) in self.summaries:
            return self.summaries[id(instance)]
        self.summaries[id(instance)] = Summary()
        for _ in range(4):
            before = self.summaries[id(instance)]
            function = self.base(instance)
            self.summaries[id(instance)] = alias.summarise(function, self.memory(function))
            if self.summaries[id(instance)] == before:
                break
        return self.summaries[id(instance)]

    def memory(self, function: Function) -> Memory:
        for stmt in statements(function.body):
            if isinstance(stmt, Invoke):
                self.summary(stmt.callee)
        memory = alias.analyse(function, self.summaries)
        owners = {memory.group(p.name) for p in function.params if is_memory(p.kind)}
        memory.contained |= {n for r in function.result for n in alias.sharing(r) if memory.group(n) in owners}
        if self.shadows_everywhere:
            memory.contained |= {n for n, k in memory.kinds.items() if isinstance(k, Array)}
        return memory

    def activity(self, instance: Any, flags: tuple[bool, ...]) -> tuple[tuple[bool, ...], frozenset[int]]:
        """Which results of a call, and which of its written arguments, depend on the active arguments."""
        key = (id(instance), flags)
        if key in self.activities:
            return self.activities[key]
        function = self.base(instance)
        self.activities[key] = ((False,) * len(function.result), frozenset())
        memory = self.memory(function)
        active = {p.name for p, f in zip(function.params, flags, strict=True) if f}
        while True:
            # A recursive call is first taken to give constants, and again with what was found until nothing is new.
            before = self.activities[key]
            varied = varied_variables(function, set(active), memory, self.constant, self.activity)
            results = tuple(is_varied(r, varied, self.constant) for r in function.result)
            written = frozenset(i for i in self.summary(instance).writes if function.params[i].name in varied)
            self.activities[key] = (results, written)
            if before == self.activities[key]:
                return before

    activities: dict[Any, Any] = field(default_factory=dict)

    def prepare(self, instance: Instance, flags: tuple[bool, ...]) -> tuple[Prepared, Reverse]:
        function = self.base(instance)
        memory = self.memory(function)
        active = {p.name for p, f in zip(function.params, flags, strict=True) if f}
        taken = RESERVED | self.program.names | set(memory.kinds) | {p.name for p in function.params}
        taken |= {f"{n}{half}" for n in self.program.names for half in ("_forward", "_backward")}
        function = with_requirements(apart_from_itself(function, memory, taken), instance)
        memory = self.memory(function)
        taken |= set(memory.kinds)
        varied = varied_variables(function, active, memory, self.constant, self.activity)
        prepared = Prepared(
            function,
            memory,
            varied,
            taken,
            frozenset(instance.source.code.co_varnames + instance.source.code.co_cellvars),
        )
        pullback_of = self.pullback_of(prepared.fresh)
        splitter = Splitter(
            varied, self.constant, pullback_of, prepared.fresh, memory.group, self.elementwise, self.callee_writes
        )
        prepared.function = splitter.function(function)
        prepared.memory = self.memory(prepared.function)
        prepared.varied = varied_variables(prepared.function, active, prepared.memory, self.constant, self.activity)
        check_reshapes(prepared)
        refuse_complex(prepared)
        reverse = Reverse(
            prepared.function,
            prepared.memory,
            prepared.varied,
            self.constant,
            pullback_of,
            self.elementwise,
            self.pair_of,
            prepared.fresh,
        )
        reverse.useful = frozenset(useful_variables(prepared.function, prepared.memory))
        return prepared, reverse

    # Sweeps

    def sweeps(
        self,
        prepared: Prepared,
        reverse: Reverse,
        seeds: list[tuple[Expr, Expr]],
        start: frozenset[str],
        tail: Callable[[], list[Stmt]],
    ) -> Sweeps:
        """Both sweeps of a function. ``seeds`` pairs results with their cotangents, ``start`` is required at entry."""
        function = prepared.function
        while True:
            masked = set(reverse.masked)
            reverse.live.clear()
            reverse.scopes.clear()
            reverse.late_shadows.clear()
            opening = self.seed(reverse, seeds)
            mirrors = reverse.block(function.body)
            closing = tail()
            if masked == reverse.masked:
                break
        opening = [*reverse.late_shadows.values(), *opening]
        required = Required(prepared.memory, self.callee_writes, self.record_all)
        kept = {reverse.adjoints[p.name] for p in function.params if p.name in reverse.adjoints}
        required.run(mirrors, start | kept, opening)
        kinds = dict(prepared.memory.kinds)
        for name, adjoint in reverse.adjoints.items():
            kinds[adjoint] = tangent_kind(kinds[name])
        loop_bound = {
            n
            for s in statements(function.body)
            if getattr(s, "body", None) and not hasattr(s, "orelse")
            for n in all_bound((s,))
        }
        assembler = Assembler(
            prepared.memory, required, prepared.fresh, kinds, not self.record_all,
            lambda e: not names(e) & loop_bound,
        )  # fmt: skip
        assembler.fixed = never_overwritten(function, loop_bound, mirrors)
        forward, backward = assembler.block(mirrors, [])
        self.unset += assembler.unset
        self.kept += assembler.kept
        return Sweeps([*assembler.tapes, *forward], [*opening, *backward, *closing], assembler.unset, kinds)

    def callee_writes(self, stmt: Invoke) -> frozenset[int]:
        return self.summary(stmt.callee).writes if isinstance(stmt.callee, Instance) else frozenset()

    def seed(self, reverse: Reverse, seeds: list[tuple[Expr, Expr]]) -> list[Stmt]:
        opening: list[Stmt] = []
        direct = [
            (r, s) for r, s in seeds if isinstance(r, Name) and reverse.adjoints.get(r.id) == getattr(s, "id", "")
        ]
        for result, seed in direct + [pair for pair in seeds if pair not in direct]:
            if isinstance(result, Name) and isinstance(result.kind, ListOf):
                if result.id in reverse.varied:
                    add = Apply(lists.add_lists, (reverse.d(result.id), seed), (), Opaque())
                    opening.append(Effect(add))
                continue
            if isinstance(result, Name) and isinstance(seed, Name) and reverse.adjoints.get(result.id) == seed.id:
                reverse.live[result.id] = True
                continue
            out = Contributions(reverse, reverse.function.span, None)
            out.visit(result, seed, False)
            opening += out.statements()
        return opening

    # The gradient of the differentiated function

    def adjoint(
        self,
        instance: Instance,
        wrt: tuple[bool, ...],
        value: bool,
        name: str,
        loss_only: bool = False,
        into: bool = False,
    ) -> Generated:
        """One function: arguments and seeds in, (value and) gradients out.

        ``loss_only`` seeds the first result only; ``into`` takes buffers for the gradients of arrays, after the seeds.
        """
        prepared, reverse = self.prepare(instance, wrt)
        function = prepared.function
        given = [p.name for p, f in zip(function.params, wrt, strict=True) if f and into and isinstance(p.kind, Array)]
        reverse.buffers = frozenset(g for g in given if g in prepared.varied and not prepared.memory.has_shadow(g))
        copies, params = entry_copies(prepared)
        seeds, seed_names = self.seed_params(prepared, reverse, loss_only)
        wanted = [p for p, f in zip(function.params, wrt, strict=True) if f]
        results: list[Expr] = []

        def tail() -> list[Stmt]:
            results.clear()
            for p in wanted:
                live = p.name in given or (reverse.is_live(p.name) and p.name in reverse.varied)
                results.append(reverse.d(p.name) if live else zeros_like(Name(p.name, p.kind)))
            return []

        sweeps = self.sweeps(prepared, reverse, seeds, frozenset(), tail)
        shadows = self.param_shadows(prepared, reverse, [p.name for p in function.params], wrt)
        buffers = [reverse.adjoint(g) for g in given]
        shadows = [s for s in shadows if not isinstance(s, Assign) or s.target not in buffers]
        cleared: list[Stmt] = [Store(reverse.d(g), WHOLE, ZERO, span=function.span) for g in given]
        if any(prepared.memory.has_shadow(g) for g in given):
            shadows = [*cleared, *shadows]
        else:
            sweeps.backward = [*cleared, *sweeps.backward]
        values = tuple(function.result) if value else ()
        forward: list[Stmt] = [*prepared.checks, *copies, *shadows, *sweeps.forward]
        forward, held = self.held_values(prepared, forward, values)
        if not value:
            forward += [Assign(prepared.fresh("unused"), r) for r in function.result if not isinstance(r, Name)]
        forward = initialised(forward, sweeps.backward, sweeps, {p.name for p in function.params})
        made = finished(
            name, (*params, *seed_names, *buffers), forward, sweeps.backward, (*held, *results), buffers, instance
        )
        return replace(made, arguments=len(params), seeds=len(seed_names))

    def held_values(
        self, prepared: Prepared, forward: list[Stmt], values: tuple[Expr, ...]
    ) -> tuple[list[Stmt], list[Expr]]:
        """Results are read before the backward sweep restores what they read."""
        held: list[Expr] = []
        for value in values:
            if isinstance(value, Name) and is_memory(value.kind):
                copied = prepared.fresh("value")
                forward = [*forward, Assign(copied, copy_of(value))]
                held.append(Name(copied, value.kind))
            else:
                name = prepared.fresh("value")
                forward = [*forward, Assign(name, value, prepared.function.span)]
                held.append(Name(name, value.kind))
        return forward, held

    def param_shadows(
        self, prepared: Prepared, reverse: Reverse, params: list[str], wrt: tuple[bool, ...]
    ) -> list[Stmt]:
        """Shadows of parameters whose memory the function writes to or keeps."""
        made: list[Stmt] = []
        kinds = prepared.memory.kinds
        for name in params:
            if (
                is_memory(kinds.get(name, Scalar("float64")))
                and prepared.memory.has_shadow(name)
                and name in prepared.varied
            ):
                made.append(Assign(reverse.adjoint(name), zeros_like(Name(name, kinds[name]))))
        return made

    def seed_params(
        self, prepared: Prepared, reverse: Reverse, loss_only: bool
    ) -> tuple[list[tuple[Expr, Expr]], list[str]]:
        """One seed for each result that carries a derivative, named after the variable that is returned."""
        seeds: list[tuple[Expr, Expr]] = []
        seed_names: list[str] = []
        results = [r for r in prepared.function.result if carries_tangent(r.kind)]
        results = results[:1] if loss_only else results
        for i, result in enumerate(results):
            direct = is_users(prepared, result) and sum(r == result for r in results) == 1
            if direct and isinstance(result, Name) and not prepared.memory.has_shadow(result.id):
                name = reverse.adjoint(result.id)
            else:
                name = prepared.fresh("d_out" if len(results) == 1 else f"d_out{i}")
            seed_names.append(name)
            seeds.append((result, Name(name, tangent_kind(result.kind))))
        return [(r, s) for r, s in seeds], seed_names

    # Pairs for callees

    def pair_of(self, instance: Instance, flags: tuple[bool, ...]) -> CalleePair:
        flags = tuple(f and carries_tangent(p.kind) for f, p in zip(flags, self.base(instance).params, strict=True))
        key = (id(instance), flags)
        if key in self.pairs:
            return self.pairs[key]
        results, written = self.activity(instance, flags)
        if not any(results) and not written:
            self.pairs[key] = self.plain(instance, flags)
            return self.pairs[key]
        self.pairs[key] = self.assumed(instance, flags, results)
        made, functions = self.make_pair(instance, flags)
        self.pairs[key] = made
        self.functions += functions
        return made

    def unique(self, name: str) -> str:
        candidate, number = name, 0
        while candidate in self.names or candidate in RESERVED:
            number += 1
            candidate = f"{name}{number}"
        self.names.add(candidate)
        return candidate

    def plain(self, instance: Instance, flags: tuple[bool, ...]) -> CalleePair:
        """The function itself, where no derivative passes through the call."""
        if id(instance) not in self.plain_done:
            name = self.unique(instance.name)
            self.plain_done[id(instance)] = name
            function = self.base(instance)
            body = tuple(plain_calls(function.body, self))
            body, results = simplify(
                body, function.result, [p.name for p in function.params], [p.name for p in function.params]
            )
            self.functions.append(
                Generated(name, tuple(p.name for p in function.params), body, (), results, frozenset(), instance)
            )
        name = self.plain_done[id(instance)]
        nothing = (False,) * len(flags)
        results_ = (False,) * len(self.base(instance).result)
        return CalleePair(name, "", (), nothing, frozenset(), (), results_, results_, (), plain=True)

    def assumed(self, instance: Instance, flags: tuple[bool, ...], results: tuple[bool, ...]) -> CalleePair:
        """What a recursive call of the function is taken to look like while the pair is made."""
        function = self.base(instance)
        shares = self.summary(instance).shares
        memory = self.memory(function)
        names_ = [p.name for p in function.params]
        buffers = frozenset(i for i, p in enumerate(function.params) if flags[i] and is_memory(p.kind))
        shadowed = tuple(i for i in sorted(buffers) if memory.has_shadow(names_[i]))
        shadow_results = tuple(
            active and bool(s & frozenset(buffers)) for active, s in zip(results, shares, strict=True)
        )
        seeded = tuple(active and not shadow for active, shadow in zip(results, shadow_results, strict=True))
        stem = self.unique_stem(instance.name)
        everything = tuple(range(len(flags)))
        return CalleePair(
            f"{stem}_forward", f"{stem}_backward", (Opaque("tape"),), flags, buffers, shadowed, shadow_results, seeded, everything,
            writes=bool(self.activity(instance, flags)[1]),
        )  # fmt: skip

    def unique_stem(self, name: str) -> str:
        candidate, number = name, 0
        while f"{candidate}_forward" in self.names:
            number += 1
            candidate = f"{name}{number}"
        self.names |= {f"{candidate}_forward", f"{candidate}_backward"}
        return candidate

    def make_pair(self, instance: Instance, flags: tuple[bool, ...]) -> tuple[CalleePair, list[Generated]]:
        pair = self.pairs[(id(instance), flags)]
        prepared, reverse = self.prepare(instance, flags)
        function, memory = prepared.function, prepared.memory
        params = [p.name for p in function.params]
        reverse.buffers = frozenset(params[i] for i in pair.buffers)
        seeds, seed_names = self.pair_seeds(prepared, reverse, pair)
        scalars = [p for i, p in enumerate(function.params) if flags[i] and i not in pair.buffers]
        results: list[Expr] = []

        def tail() -> list[Stmt]:
            results.clear()
            results.extend(
                reverse.d(p.name) if reverse.is_live(p.name) else zeros_like(Name(p.name, p.kind)) for p in scalars
            )
            return []

        written = frozenset(f"memory:{memory.group(params[i])}" for i in self.summary(instance).writes)
        sweeps = self.sweeps(prepared, reverse, seeds, written, tail)
        buffers = [reverse.adjoint(params[i]) for i in sorted(pair.buffers)]
        outputs = [
            *function.result,
            *(reverse.shadowed(r) for r, s in zip(function.result, pair.shadow_results, strict=True) if s),
        ]
        forward = initialised(sweeps.forward, sweeps.backward, sweeps, {*params, *buffers})
        return self.halves(instance, pair, prepared, forward, sweeps, seed_names, buffers, outputs, results)

    def pair_seeds(
        self, prepared: Prepared, reverse: Reverse, pair: CalleePair
    ) -> tuple[list[tuple[Expr, Expr]], list[str]]:
        seeds: list[tuple[Expr, Expr]] = []
        seed_names: list[str] = []
        results = prepared.function.result
        for i, (result, seeded) in enumerate(zip(results, pair.seeded, strict=True)):
            if not seeded:
                continue
            direct = is_users(prepared, result) and sum(r == result for r in results) == 1
            if (
                direct
                and isinstance(result, Name)
                and not prepared.memory.has_shadow(result.id)
                and result.id not in reverse.buffers
            ):
                name = reverse.adjoint(result.id)
            else:
                name = prepared.fresh("d_out" if len(results) == 1 else f"d_out{i}")
            seed_names.append(name)
            seeds.append((result, Name(name, tangent_kind(result.kind))))
        return seeds, seed_names

    def halves(
        self, instance: Instance, pair: CalleePair, prepared: Prepared, forward: list[Stmt], sweeps: Sweeps,
        seed_names: list[str], buffers: list[str], outputs: list[Expr], results: list[Expr],
    ) -> tuple[CalleePair, list[Generated]]:  # fmt: skip
        """Split into two functions; what the backward half reads of the forward half goes through the tape."""
        params = [p.name for p in prepared.function.params]
        restored = [params[i] for i in self.summary(instance).writes] + sorted(all_bound(tuple(sweeps.forward)))
        backward, results_ = simplify(
            tuple(sweeps.backward), results, [*params, *seed_names, *buffers], [*buffers, *restored]
        )
        wanted = exposed([*backward, *(Assign("_", r) for r in results_)]) - set(seed_names)
        rebound = all_bound(tuple(forward))
        wanted -= set(buffers) - rebound
        tape = sorted(n for n in wanted if n not in params or n in rebound)
        primal = tuple(i for i, p in enumerate(params) if p in wanted and p not in tape)
        recursive = instance.recursive
        if recursive:
            primal = pair.backward_args
        values = [Name(n, sweeps.kinds.get(n, Opaque())) for n in tape]
        bundle: list[Expr] = []
        if tape or recursive:
            bundle = [values[0] if len(values) == 1 and not recursive else Tuple(tuple(values))]
        roots = [*params]
        forward = initialised([*forward, *(Assign("_", e) for e in bundle)], [], sweeps, {*params, *buffers})[
            : len(bundle) * -1 or None
        ]
        body, returned = simplify(tuple(forward), (*outputs, *bundle), params, roots)
        shadows = [n for n in buffers if n in all_read(body) or any(n in names(r) for r in returned)]
        shadowed = (
            tuple(i for i in sorted(pair.buffers) if buffers[sorted(pair.buffers).index(i)] in shadows)
            if not recursive
            else pair.shadowed
        )
        shadow_names = [buffers[sorted(pair.buffers).index(i)] for i in shadowed]
        name = pair.forward
        made = replace(
            pair, forward=name, tape=(Opaque("tape"),) if bundle else (), shadowed=shadowed, backward_args=primal
        )
        first = Generated(
            name,
            (*params, *shadow_names),
            body,
            (),
            returned,
            frozenset(owned(body, set())),
            instance,
            len(returned) - 1 if bundle else None,
        )
        unpack: list[Stmt] = []
        tape_param: tuple[str, ...] = ()
        if bundle:
            tape_name = tape[0] if len(tape) == 1 and not recursive else prepared.fresh("tape")
            tape_param = (tape_name,)
            if len(tape) != 1 or recursive:
                unpack = unpacked(tape_name, values)
        whole = (*unpack, *backward)
        in_place = frozenset(owned(whole, set(seed_names)))
        given = (*(params[i] for i in primal), *tape_param, *seed_names, *buffers)
        second = Generated(pair.backward, given, (), whole, results_, in_place, instance)
        return made, [first, second]


def is_users(prepared: Prepared, result: Expr) -> bool:
    """Whether a result is a variable that the user named, so that its seed is named after it."""
    return (isinstance(result, Name) and result.id.rstrip("0123456789") in prepared.users) or (
        isinstance(result, Name) and result.id in prepared.users
    )


def apart_from_itself(function: Function, memory: Memory, taken: set[str]) -> Function:
    """``x = f(x)`` for an array with a shadow makes new memory before the name moves to it: two statements."""

    def split(block: Block) -> Block:
        out: list[Stmt] = []
        for stmt in block:
            if (
                isinstance(stmt, Assign)
                and memory.has_shadow(stmt.target)
                and stmt.target in names(stmt.value)
                and not alias.sharing(stmt.value)
            ):
                name = next(n for i in range(len(taken) + 1) if (n := f"{stmt.target}_{i}") not in taken)
                taken.add(name)
                out += [replace(stmt, target=name), Assign(stmt.target, Name(name, stmt.value.kind), stmt.span)]
            else:
                out.append(with_blocks(stmt, tuple(map(split, blocks(stmt)))))
        return tuple(out)

    return replace(function, body=split(function.body))


def with_requirements(function: Function, instance: Instance) -> Function:
    """Before the first read of a variable that may be unset there, its value is required: Python then raises."""
    users = set(instance.source.code.co_varnames + instance.source.code.co_cellvars)

    def visit(block: Block, known: set[str]) -> tuple[Block, set[str]]:
        out: list[Stmt] = []
        for stmt in block:
            doubtful = {n for n in read(stmt) - known if n.rstrip("0123456789") in users or n in users}
            out += [Effect(Apply(indexing.require, (Name(n),), (), Opaque()), stmt.span) for n in sorted(doubtful)]
            known = known | doubtful
            inner, ends = [], []
            for b in blocks(stmt):
                entry = known | {stmt.var} if isinstance(stmt, For) else set(known)
                done, after = visit(b, entry)
                inner.append(done)
                ends.append(after)
            if isinstance(stmt, If):
                known = known | (ends[0] & ends[1])
            out.append(with_blocks(stmt, tuple(inner)))
            known = known | set(bound(stmt))
        return tuple(out), known

    body, known = visit(function.body, {p.name for p in function.params})
    missing = {n for r in function.result for n in names(r)} - known
    last = tuple(
        Effect(Apply(indexing.require, (Name(n),), (), Opaque()), function.span) for n in sorted(missing) if n in users
    )
    return replace(function, body=(*body, *last))


def never_overwritten(function: Function, loop_bound: set[str], mirrors: list[Mirror]) -> frozenset[str]:
    """Variables that keep their value from their one binding, outside of all loops, on."""
    count = Counter(n for s in statements(function.body) for n in bound(s))
    count.update(n for m in mirrors for s in (*m.before, *m.after) for n in bound(s))
    params = {p.name for p in function.params}
    once = {n for n, k in count.items() if k == 1 and n not in loop_bound and n not in params}
    return frozenset(once | {p for p in params if not count[p]})


@dataclass(slots=True)
class Sweeps:
    forward: list[Stmt]
    backward: list[Stmt]
    unset: set[str]
    kinds: dict[str, Kind]


def unpacked(tape: str, values: list[Name]) -> list[Stmt]:
    import operator

    from zygote_nb.ir.core import Const
    from zygote_nb.ir.kinds import INT

    return [
        Assign(v.id, Apply(operator.getitem, (Name(tape, Opaque()), Const(i, INT)), (), v.kind))
        for i, v in enumerate(values)
    ]


def plain_calls(block: Block, derivation: Derivation) -> list[Stmt]:
    """The block with calls of other instances' plain functions."""
    from zygote_nb.ir.walk import blocks, with_blocks

    out: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Invoke):
            flags = (False,) * len(stmt.args)
            stmt = replace(stmt, callee=derivation.plain(stmt.callee, flags).forward)
        out.append(with_blocks(stmt, tuple(tuple(plain_calls(b, derivation)) for b in blocks(stmt))))
    return out


def entry_copies(prepared: Prepared) -> tuple[list[Stmt], list[str]]:
    """Arguments that the function writes to are copied first, so that the caller's data stay as they were."""
    copies: list[Stmt] = []
    for p in prepared.function.params:
        if is_memory(p.kind) and prepared.memory.is_written(p.name):
            copies.append(Assign(p.name, copy_of(Name(p.name, p.kind))))
    return copies, [p.name for p in prepared.function.params]


def initialised(forward: list[Stmt], backward: list[Stmt], sweeps: Sweeps, params: set[str]) -> list[Stmt]:
    """Variables that a tape may read before they are bound get a value at the top."""
    checked = [
        s
        for s in forward
        if not (isinstance(s, Effect) and isinstance(s.value, Apply) and s.value.fn is indexing.require)
    ]
    known = exposed(checked) & (
        sweeps.unset | {n for n in exposed(checked) if n in all_bound(tuple(forward)) and n not in params}
    )
    made: list[Stmt] = []
    for name in sorted(known - params):
        doubtful = {n for s in statements(tuple(forward)) if isinstance(s, Effect) for n in names(s.value)}
        value = (
            Const(indexing.UNSET, Opaque(), "UNSET") if name in doubtful else initial(sweeps.kinds.get(name, Opaque()))
        )
        made.append(Assign(name, value))
    return [*made, *forward]


def initial(kind: Kind) -> Expr:
    import numpy as np

    from zygote_nb.ir.core import FALSE, INT_ZERO, ZERO, Const
    from zygote_nb.ir.kinds import INT

    match kind:
        case Scalar(dtype="bool"):
            return FALSE
        case Scalar():
            return INT_ZERO if kind.dtype[0] in "iu" else ZERO
        case Array():
            shape = Tuple((Const(0, INT),) * kind.ndim)
            return Apply(np.empty, (shape,), (), kind)
        case ListOf():
            return Tuple((), list, kind)
    return Const(None, Opaque())


def copy_of(value: Expr) -> Expr:
    fn = Method("copy") if isinstance(value.kind, Array) else lists.copied
    return Apply(fn, (value,), (), value.kind)


def finished(
    name: str, params: tuple[str, ...], forward: list[Stmt], backward: list[Stmt], results: tuple[Expr, ...],
    buffers: list[str], instance: Instance,
) -> Generated:  # fmt: skip
    """A whole gradient, cleaned up; array results that may be shared are copied."""
    marked = [*forward, BORDER, *backward]
    body, results = simplify(tuple(marked), results, params, buffers)
    cut = next((i for i, s in enumerate(body) if s == BORDER), len(body))
    in_place = owned(tuple(body), set(params))
    results = separate(results, in_place | set(buffers), set(params))
    return Generated(name, params, body[:cut], body[cut + 1 :], results, frozenset(in_place), instance)


def separate(results: tuple[Expr, ...], in_place: set[str], params: set[str]) -> tuple[Expr, ...]:
    """No result shares memory with another, or with an argument."""
    seen: set[str] = set()
    out: list[Expr] = []
    for r in results:
        if is_memory(r.kind) and isinstance(r, Name) and (r.id in seen or r.id not in in_place):
            r = copy_of(r)
        elif isinstance(r, Name):
            seen.add(r.id)
        out.append(r)
    return tuple(out)


BORDER = Effect(Name("backward", Opaque("border")))


def refuse_complex(prepared: Prepared) -> None:
    """Complex values on a differentiated path are not differentiated yet."""
    from zygote_nb.errors import Location, UnsupportedSyntaxError

    for stmt in statements(prepared.function.body):
        for whole in expressions(stmt):
            for e in subexpressions(whole):
                if getattr(e.kind, "dtype", "f")[0] == "c":
                    span = stmt.span
                    at = Location(prepared.function.filename, span.line, span.col, None)
                    raise UnsupportedSyntaxError(
                        "complex numbers are not differentiated yet", at=at, hint="use real and imaginary parts"
                    )
    for result in prepared.function.result:
        if any(getattr(e.kind, "dtype", "f")[0] == "c" for e in subexpressions(result)):
            span = prepared.function.span
            at = Location(prepared.function.filename, span.line, span.col, None)
            raise UnsupportedSyntaxError(
                "complex numbers are not differentiated yet", at=at, hint="use real and imaginary parts"
            )


def check_reshapes(prepared: Prepared) -> None:
    """A reshape of memory that is written to must be a view for sure."""
    for stmt in statements(prepared.function.body):
        if (
            not isinstance(stmt, Assign)
            or not isinstance(stmt.value, Apply)
            or stmt.value.fn not in alias.SOMETIMES_VIEWS
        ):
            continue
        base = root(stmt.value)
        if base is None or not prepared.memory.has_shadow(stmt.target) or stmt.target not in prepared.varied:
            continue
        if isinstance(stmt.value.args[0], Name) and base in {p.name for p in prepared.function.params}:
            if isinstance(prepared.memory.kinds[base], Array) and prepared.memory.kinds[base].ndim > 1:
                check = Apply(indexing.require_c_order, (Name(base, prepared.memory.kinds[base]),), (), Opaque())
                prepared.checks.append(Effect(check, stmt.span))
        if isinstance(stmt.value.args[0], Name) and is_contiguous(base, prepared, frozenset()):
            continue
        from zygote_nb.errors import Location, UnsupportedSyntaxError

        at = Location(prepared.function.filename, stmt.span.line, stmt.span.col, None)
        what = f"`{base}` is reshaped and written to, and whether NumPy copies depends on its layout"
        raise UnsupportedSyntaxError(what, at=at, hint="reshape a fresh copy, or write to the array itself")


def is_contiguous(name: str, prepared: Prepared, seen: frozenset[str]) -> bool:
    """Whether a variable only ever holds fresh arrays, or reshapes of such, which are in C order."""
    for stmt in statements(prepared.function.body):
        if isinstance(stmt, Assign) and stmt.target == name and alias.sharing(stmt.value):
            reshaped = isinstance(stmt.value, Apply) and stmt.value.fn in alias.SOMETIMES_VIEWS
            inner = stmt.value.args[0] if reshaped else stmt.value  # type: ignore[union-attr]
            if not isinstance(inner, Name) or inner.id in seen or not is_contiguous(inner.id, prepared, seen | {name}):
                return False
        elif isinstance(stmt, (Invoke, Pop)) and name in stmt.targets:
            return False
    return True


__all__ = ["BORDER", "Accumulate", "Derivation", "Generated", "Mirror", "Param", "ZygoteError", "read"]
