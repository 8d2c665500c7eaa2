"""From a program to the IR of its pushforward: one function for each function reached, values and tangents together."""

from __future__ import annotations

from collections.abc import Iterable

from zygote_nb.analysis.activity import varied_variables
from zygote_nb.analysis.alias import sharing
from zygote_nb.analysis.ownership import owned
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.core import Apply, Assign, Expr, Name, Stmt
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import carries_tangent, is_list_of_numbers, is_memory
from zygote_nb.transform.derive.derivation import Derivation, reserved
from zygote_nb.transform.derive.entry import copy_of, separate
from zygote_nb.transform.derive.plain import plain_pair
from zygote_nb.transform.derive.prepared import Prepared
from zygote_nb.transform.derive.refusals import calls_to_hold_apart, check_complex, check_lost, check_reshapes
from zygote_nb.transform.forward.attempts import tries
from zygote_nb.transform.forward.rows import ROWS, in_rows
from zygote_nb.transform.forward.statements import Forward, Pushed, zero_tangent
from zygote_nb.transform.forward.wide import OneAtATime, widening
from zygote_nb.transform.forward.zeros import zero_of
from zygote_nb.transform.reverse.tangents import fitted, tangent_kind
from zygote_nb.transform.simplify.simplify import simplify


@dataclass(slots=True)
class Tangents:
    """Everything that is made for one pushforward; the analyses are those of the derivation.

    It takes ``width`` tangents for each active argument, those of the first direction first, and so are its results; or
    the number of directions, which are an inner axis of the tangents of its results, and for each active argument the
    number of that along its first entry (``rows``); ``local`` says that few loops are over all
    directions then, and none within another.
    """

    derivation: Derivation
    width: int = 1
    made: dict[tuple[int, tuple[bool, ...]], Pushed] = field(default_factory=dict)
    local: bool = False

    def pushed(self, instance: Instance, flags: tuple[bool, ...]) -> Pushed:
        """The pushforward of a callee, or the function itself where nothing active goes in."""
        derivation = self.derivation
        function = derivation.base(instance)
        flags = tuple(f and carries_tangent(p.kind) for f, p in zip(flags, function.params, strict=True))
        key = (id(instance), flags)
        if key in self.made:
            return self.made[key]
        results, written = derivation.activity(instance, flags)
        if not any(results) and not written:
            plain = plain_pair(derivation, instance, flags)
            self.made[key] = Pushed(plain.forward, (False,) * len(flags), (False,) * len(results))
            return self.made[key]
        self.made[key] = Pushed(derivation.unique(f"{instance.name}_pushforward"), flags, results)
        derivation.functions.append(self.callee(instance, self.made[key]))
        return self.made[key]

    def callee(self, instance: Instance, pushed: Pushed) -> Generated:
        forward, _, body = self.transformed(instance, pushed.active, is_called=True)
        function = forward.function
        params = [p.name for p in function.params]
        dots = [forward.dot(p).id for p, f in zip(params, pushed.active, strict=True) if f]
        inactive = [p for p, f in zip(params, pushed.active, strict=True) if p in forward.varied and not f]
        opening = [zero_tangent(p, forward) for p in inactive]
        body, values, tangents = self.results(forward, [*opening, *body], pushed.results)
        if self.width == ROWS:
            raise OneAtATime
        body, tangents, dots = self.widened(forward, body, tangents, dots)
        everything = (*params, *dots)
        block, returned = simplify(tuple(body), (*values, *tangents), everything, everything)
        return Generated(
            pushed.name, everything, block, (), returned, frozenset(owned(block, set(everything))), instance
        )

    def root(
        self, instance: Instance, wrt: tuple[bool, ...], name: str, values: Iterable[int], tangents: Iterable[int],
        captured: tuple[int, ...] = (),
    ) -> Generated:  # fmt: skip
        """The pushforward of the function that is differentiated; its arguments and tangents stay as they are.

        It returns the results at the positions ``values``, the parameters at the positions ``captured`` after the
        function has written to them, and the tangents of the results at the positions ``tangents``.
        """
        forward, checks, body = self.transformed(instance, wrt, is_called=False)
        function, memory = forward.function, forward.memory
        params = [p.name for p in function.params]
        dots = [forward.dot(p).id for p, f in zip(params, wrt, strict=True) if f]
        are_lists = [is_list_of_numbers(p.kind) for p, f in zip(function.params, wrt, strict=True) if f]
        opening: list[Stmt] = []
        for p, f in zip(function.params, wrt, strict=True):
            if p.name in forward.varied and not f:
                opening.append(zero_tangent(p.name, forward))
            for name_, present in ((p.name, True), (forward.dots.get(p.name, ""), f)):
                if present and is_memory(p.kind) and memory.is_written(p.name):
                    opening.append(Assign(name_, copy_of(Name(name_, p.kind))))
        chosen = {i for i in tangents if carries_tangent(function.result[i].kind)}
        origins = self.derivation.lost(instance, wrt)
        for i in sorted(chosen):
            check_lost(function, function.result[i : i + 1], origins[i : i + 1])
        body, found, moved = self.results(
            forward, [*checks, *opening, *body], tuple(i in chosen for i in range(len(function.result)))
        )
        body, moved, dots = self.widened(forward, body, moved, dots)
        everything = (*params, *dots)
        written = (Name(p.name, p.kind) for p in (function.params[i] for i in captured))
        wanted = (*(found[i] for i in values), *written, *moved)
        block, returned = simplify(tuple(body), wanted, everything)
        in_place = owned(block, set(everything))
        returned = separate(tuple(map(apart, returned)), in_place)
        made = Generated(name, everything, block, (), returned, frozenset(in_place), instance)
        lists = [p.name for p in function.params if is_list_of_numbers(p.kind)]
        if any(are_lists):
            lists += [d for d, is_list in zip(dots, are_lists * (len(dots) // len(are_lists)), strict=True) if is_list]
        return replace(made, arguments=len(everything), lists=tuple(lists))

    def transformed(
        self, instance: Instance, flags: tuple[bool, ...], is_called: bool
    ) -> tuple[Forward, list[Stmt], list[Stmt]]:
        derivation = self.derivation
        function = derivation.to_differentiate(instance)
        memory = derivation.memory(function)
        active = {p.name for p, f in zip(function.params, flags, strict=True) if f}
        taken = reserved() | derivation.program.names | set(memory.kinds) | {p.name for p in function.params}
        varied = varied_variables(function, active, memory, derivation.constant, derivation.activity)
        prepared = Prepared(function, memory, varied, taken)
        check_reshapes(prepared, derivation.in_c_order)
        check_complex(prepared, derivation.constant)
        forward = Forward(
            function, memory, varied, derivation.constant, self.pushed, prepared.fresh, derivation.used_rules
        )
        forward.tries = tries(derivation.program)
        forward.apart = calls_to_hold_apart(prepared, is_called)
        return forward, prepared.checks, forward.block(function.body)

    def widened(
        self, forward: Forward, body: list[Stmt], tangents: list[Expr], dots: list[str]
    ) -> tuple[list[Stmt], list[Expr], list[str]]:
        """The body, the tangents of the results and those of the arguments, for all directions."""
        if self.width == 1:
            return body, tangents, dots
        block, values = tuple(body), set(forward.memory.kinds)
        if self.width == ROWS:
            kinds = {d: tangent_kind(forward.memory.kinds[n]) for n, d in forward.dots.items()}
            of = {d: n for n, d in forward.dots.items()}
            given = {d: Name(of[d], forward.memory.kinds[of[d]]) for d in dots}
            everything = set(forward.dots.values())
            rows, params = in_rows(everything, kinds, given, block, values, tangents, forward.fresh)
            made = rows.block(block)
            found = list(rows.each(tangents))
            self.local = rows.once >= 0
            return [*rows.opening(dots, made, found), *made, *rows.last], found, params
        wide = widening(self.width, set(forward.dots.values()), block, values, self.primals, forward.fresh)
        more = [wide.names(d)[k] for k in range(self.width) for d in dots]
        return list(wide.block(block)), list(wide.each(tangents)), more

    def primals(self, name: str) -> tuple[int, int]:
        """How many arguments and results of a callee are no tangents."""
        callee = next(p for p in self.made.values() if p.name == name)
        return len(callee.active), len(callee.results)

    def results(
        self, forward: Forward, body: list[Stmt], wanted: tuple[bool, ...]
    ) -> tuple[list[Stmt], list[Expr], list[Expr]]:
        """The results and their tangents, and the body with what they need."""
        d = forward.duals(forward.function.exit)
        values: list[Expr] = []
        tangents: list[Expr] = []
        for result, has_tangent in zip(forward.function.result, wanted, strict=True):
            value, tangent = d.of(result)
            values.append(value)
            if has_tangent:
                tangents.append(zero_of(value) if tangent is None else fitted(tangent, value))
        return [*body, *d.out], values, tangents


def apart(result: Expr) -> Expr:
    """A result that may be a view of something is copied."""
    return copy_of(result) if isinstance(result, Apply) and is_memory(result.kind) and sharing(result) else result
