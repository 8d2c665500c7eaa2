"""Rules for some calls of a function only: those for which a condition on the arguments holds."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from zygote_nb.ir.callables import Attribute, Method, Variant

_variants: dict[Any, tuple[Variant, ...]] = {}
_definitions: dict[Variant, Any] = {}
_by_source: set[Variant] = set()


def variants_of(fn: Any) -> tuple[Variant, ...]:
    """The conditions under which a function is differentiated in a way of its own, the latest first."""
    try:
        return _variants.get(fn, ())
    except TypeError:
        return ()


def target(fn: Any, when: Callable[..., Any] | None, definition: Any) -> Any:
    """What a rule is registered for: the function, or the function where a condition holds.

    A cell that is run again gives the same rule another condition, which takes the place of the first.
    """
    if not callable(fn) and not isinstance(fn, (Attribute, Method)):
        raise TypeError(f"a rule is given for a function, a class or a method, not for {fn!r}")
    if definition is not None and not callable(definition):
        raise TypeError(f"a rule is a function, and {definition!r} is none")
    if when is None:
        return fn
    known = variants_of(fn)
    for variant in known:
        if variant.when is when:
            return variant
    made = Variant(fn, when)
    _variants[fn] = (made, *(v for v in known if not is_run_again(_definitions[v], definition)))
    _definitions[made] = definition
    return made


def is_run_again(before: Any, now: Any) -> bool:
    """Whether a rule is an earlier one, defined again: of the same name, and not elsewhere in the same file."""
    if not isinstance(before, FunctionType) or not isinstance(now, FunctionType) or now.__name__ in ("_", "<lambda>"):
        return False
    one, other = before.__code__, now.__code__
    elsewhere = one.co_filename == other.co_filename and one.co_firstlineno != other.co_firstlineno
    return (before.__module__, before.__qualname__) == (now.__module__, now.__qualname__) and not elsewhere


def opted_out(fn: Any, when: Callable[..., Any] | None) -> Any:
    """Where a rule is not used: always, or under a condition."""
    if type(fn) is not FunctionType or fn.__module__.split(".")[0] in ("numpy", "scipy"):
        raise TypeError(f"{getattr(fn, '__name__', fn)} has no source that can take its rule's place")
    if when is None:
        _variants.pop(fn, None)
        return fn
    variant = target(fn, when, None)
    _by_source.add(variant)
    return variant


def is_opted_out(variant: Variant) -> bool:
    return variant in _by_source


__all__ = ["Variant", "is_opted_out", "opted_out", "target", "variants_of"]
