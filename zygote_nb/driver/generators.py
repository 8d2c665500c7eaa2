"""Gradients as generators, which go forward once and backward at each step; loaded when the first is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from zygote_nb.backend.module import Module, interpreted
from zygote_nb.backend.plan import NotCompiled
from zygote_nb.backend.printing import build
from zygote_nb.backend.signature import Signature, signature
from zygote_nb.driver.callees import with_callees
from zygote_nb.driver.derived import Derived
from zygote_nb.driver.values import leaf_kinds
from zygote_nb.ir.kinds import carries_tangent
from zygote_nb.options import current
from zygote_nb.transform.derive.repeated import repeated
from zygote_nb.transform.reverse.tangents import tangent_kind

NOT_REPEATED = "its backward sweep can't be repeated"


def generator(derived: Derived, args: tuple[Any, ...], compiled: bool) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The generator of gradients; raises NotCompiled where there is none."""
    module = module_of(derived)
    if not compiled:
        return with_callees(module) if module.may_mix and current().backend == "auto" else interpreted(module)
    types = signature(args)
    if module.obstacle is not None or types is None:
        raise NotCompiled(module.obstacle or NOT_REPEATED)
    if types not in module.compiled:
        module.compiled[types] = compiled_generator(module, types)
    return module.compiled[types]


def module_of(derived: Derived) -> Module:
    if derived.repeats is None:
        kinds = leaf_kinds(derived.result_kind)
        made = repeated(derived.generated, tuple(tangent_kind(k) for k in kinds if carries_tangent(k)))
        simple = made is not None and made.compiles and not takes_lists_or_recurs(derived)
        obstacle = derived.module.obstacle if simple else NOT_REPEATED
        derived.repeats = build(() if made is None else made.functions, derived.module.name, obstacle)
        # Tapes that are copied whole are copied as Python objects.
        derived.repeats.may_mix = made is not None and made.compiles
    if not derived.repeats.functions:
        raise NotCompiled(NOT_REPEATED)
    return derived.repeats


def takes_lists_or_recurs(derived: Derived) -> bool:
    """What Python hands over in another form, or counts as it goes deeper, is compiled for one run only."""
    recurs = any(i.recursive for i in derived.program.instances.values())
    return recurs or any(f.lists for f in derived.generated)


def compiled_generator(module: Module, types: Signature) -> Callable[..., Any]:
    from zygote_nb.backend import numba
    from zygote_nb.backend.entry import generator_text

    return numba.function(numba.compiled(generator_text(module), types))
