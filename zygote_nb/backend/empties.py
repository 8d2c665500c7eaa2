"""Empty lists to which nothing is appended: Numba has no type for them.

Such a list is what a variable of the tape holds on paths that do not bind it. Where the path goes on to ``items = []``
that is not made again; elsewhere a sample says what the entries would be. It is an array in C order, as most are that a
list holds: where other lists of the variable hold arrays in another order, there is no compiled form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from zygote_nb.backend.regions import named_dtype
from zygote_nb.backend.stacks import is_empty_list
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import Append, Apply, Assign, Block, Const, Expr, If, Invoke, Loop, Name, Stmt, Tuple
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import INT, Array, Kind, ListOf
from zygote_nb.ir.walk import (
    all_bound,
    all_read,
    blocks,
    bound,
    expressions,
    names,
    statements,
    subexpressions,
    with_blocks,
)
from zygote_nb.runtime import lists


def without_spare_lists(function: Generated) -> Generated:
    """The function without ``items = []`` where each path to it bound ``items`` so, and named it nowhere since."""
    return replace(function, forward=kept(function.forward, {}), backward=kept(function.backward, {}))


def with_samples(function: Generated) -> Generated:
    """The function as it is lowered, with a sample in each list of arrays to which nothing is appended."""
    samples = Samples(dict(lists_of_arrays((*function.forward, *function.backward))))
    forward = samples.typed(function.forward, function.backward)
    return replace(function, forward=forward, backward=samples.typed(function.backward, ()))


def lists_of_arrays(block: Block) -> Iterator[tuple[str, Array]]:
    """Variables that are lists of arrays somewhere, and what arrays."""
    for expr in (e for s in statements(block) for whole in expressions(s) for e in subexpressions(whole)):
        match expr:
            case Name(kind=ListOf(item=Array() as item)):
                yield expr.id, item


def grows_within(stmt: Stmt, variables: set[str]) -> bool:
    ends = [set(variables) for _ in blocks(stmt)]
    if any(map(grows, ends, blocks(stmt))):
        return True
    after = set().union(*ends) if isinstance(stmt, If) else variables.union(*ends)
    changed = not isinstance(stmt, If) and after != variables
    variables.clear()
    variables.update(after)
    return changed and grows_within(stmt, variables)


def kept(block: Block, untouched: dict[str, Kind]) -> Block:
    """``untouched`` are variables whose lists are as they were made; it is changed to those at the block's end."""
    out: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Assign) and is_empty_list(stmt.value):
            if hold_alike(untouched.get(stmt.target), stmt.value.kind):
                continue
            untouched[stmt.target] = stmt.value.kind
        elif isinstance(stmt, If):
            forget(untouched, names(stmt.test))
            yes, no = dict(untouched), dict(untouched)
            stmt = replace(stmt, body=kept(stmt.body, yes), orelse=kept(stmt.orelse, no))
            untouched.clear()
            untouched.update({n: kind for n, kind in yes.items() if no.get(n) == kind})
        else:
            forget(untouched, all_read((stmt,)) | all_bound((stmt,)))
        out.append(stmt)
    return tuple(out)


def forget(untouched: dict[str, Kind], names: Iterable[str]) -> None:
    for name in names:
        untouched.pop(name, None)


def hold_alike(one: Kind | None, other: Kind) -> bool:
    """Whether lists are of one type, as far as it is known."""
    items = {k.item for k in (one, other) if isinstance(k, ListOf)}
    return one is not None and len(items - {None}) < 2


@dataclass(frozen=True, slots=True)
class Samples:
    """Lists get a sample; ``arrays`` says which variables hold lists of arrays."""

    arrays: dict[str, Array]

    def typed(self, block: Block, after: Block) -> Block:
        """``after`` is what runs when the block has come to its end."""
        out: list[Stmt] = []
        for k, stmt in enumerate(block):
            rest = (*block[k + 1 :], *after)
            if isinstance(stmt, Assign) and is_empty_list(stmt.value):
                stmt = replace(stmt, value=self.like_the_others(stmt, rest))
            elif blocks(stmt):
                again = (stmt,) if isinstance(stmt, Loop) else ()
                stmt = with_blocks(stmt, tuple(self.typed(b, (*again, *rest)) for b in blocks(stmt)))
            out.append(stmt)
        return tuple(out)

    def like_the_others(self, stmt: Assign, rest: Block) -> Expr:
        kind = stmt.value.kind
        items = [kind.item] if isinstance(kind, ListOf) and isinstance(kind.item, Array) else []
        variables = {stmt.target}
        if grows(variables, rest):
            return stmt.value
        items += [self.arrays[n] for n in sorted(variables) if n in self.arrays]
        return Apply(lists.none_like, (nothing(items[0]),), (), kind) if items else stmt.value


def grows(variables: set[str], block: Block) -> bool:
    """Whether something may be appended to the list that ``variables`` are, which become those at the block's end."""
    for stmt in block:
        match stmt:
            case Append(base=base) if base in variables:
                return True
            case Invoke(args=args) if any(variables & names(a) for a in args):
                return True
            case Assign(value=Name(id=same)) if same in variables:
                variables.add(stmt.target)
            case _ if blocks(stmt):
                if grows_within(stmt, variables):
                    return True
            case _:
                variables -= set(bound(stmt))
    return False


def nothing(kind: Array) -> Apply:
    """An array of this kind without elements."""
    return Apply(np.zeros, (Tuple((Const(0, INT),) * kind.ndim), *named_dtype(kind.dtype)), (), kind)
