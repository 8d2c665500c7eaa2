"""What a function returns, held against what is asked for: gradients are of one real number, seeds need a structure."""

from __future__ import annotations

import ast

from zygote_nb.driver.values import KindReader
from zygote_nb.errors import Location, ScalarOutputError, UnsupportedSyntaxError, locate
from zygote_nb.frontend.instances import Instance
from zygote_nb.frontend.pools import POOL
from zygote_nb.frontend.syntax import walk
from zygote_nb.ir.kinds import Array, Given, Kind, ObjectOf, Scalar, TupleOf, describe, is_float, parts_of


def check_result(instance: Instance, loss_only: bool, reader: KindReader) -> None:
    """The first result must be a real scalar where a gradient is asked for."""
    kind = instance.function.result_kind
    if not loss_only:
        refuse_missing(instance, kind)
        refuse_numbered(instance)
        return
    if isinstance(kind, TupleOf) and kind.cls is Given:
        raise scalar_error(instance, kind, reader)
    first = kind.items[0] if isinstance(kind, TupleOf) and kind.items and kind.cls is not Given else kind
    real = isinstance(first, Scalar) and first.dtype[0] in "fiu" and first.dtype != "bool"
    if not real and not (isinstance(first, Array) and first.ndim == 0 and is_float(first)):
        raise scalar_error(instance, first, reader)


def refuse_numbered(instance: Instance) -> None:
    """Objects that are known by number take no seeds and have no tangents: which one is which is not told."""
    for part in parts_of(instance.function.result_kind):
        if isinstance(part, ObjectOf) and any(str(k).startswith(POOL) for k in part.keys):
            what = f"{instance.shown} returns {describe(part)} whose objects are known only when the program runs"
            hint = "return their numbers, or use zg.withgradient, which hands on what comes with a loss"
            raise UnsupportedSyntaxError(what, at=place_of_result(instance), hint=hint)


def refuse_missing(instance: Instance, kind: Kind) -> None:
    """What a seed looks like must be known before the function runs."""
    if isinstance(kind, TupleOf) and kind.cls is Given:
        what = f"{instance.shown} returns {describe(kind)}, depending on the path taken, and None takes no seed"
        raise UnsupportedSyntaxError(what, at=place_of_result(instance), hint="return a number on every path")


def shape_in_words(kind: Kind, reader: KindReader) -> str:
    """The shape of an array, as far as it follows from those of the arguments."""
    if not isinstance(kind, Array):
        return ""
    lengths = {label: n for n, label in reader.labels.items()} | {1: 1}
    if not all(d in lengths or isinstance(d, tuple) for d in kind.dims):
        return ""
    known = [str(lengths.get(d[0], 0) - d[1] if isinstance(d, tuple) else lengths[d]) for d in kind.dims]
    return f" of shape ({', '.join(known)}{',' if len(known) == 1 else ''})"


def scalar_error(instance: Instance, kind: Kind, reader: KindReader) -> ScalarOutputError:
    shape = shape_in_words(kind, reader)
    what = f"{instance.shown} returns {describe(kind)}{shape}, and a gradient is that of a real number"
    hint = "return a float, or use zg.jacobian or zg.pullback"
    return ScalarOutputError(what, at=place_of_result(instance), hint=hint)


def place_of_result(instance: Instance) -> Location:
    """The `return`, if there is one only; else the function."""
    tree = instance.source.tree
    returns = [n for n in walk(tree) if isinstance(n, ast.Return)]
    return locate(returns[0] if len(returns) == 1 else tree, instance.source.filename)
