"""What must hold of a derivative whatever the program is.

`check(f, *args)` is the one helper of the tests: finite differences, the plain call's value, arguments left alone,
interpreted against compiled, the analyses switched off one by one, memory, structure, and `back` called again.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

import zygote_nb as zg

FULL = os.environ.get("ZYGOTE_NB_FULL") == "1"
COMPILED_SAMPLE = 8  # without ZYGOTE_NB_FULL one test in so many is compiled too
ENTRIES = 60  # up to so many float entries each gets its own difference; above, random directions
VARIANTS: tuple[dict[str, Any], ...] = ({"record": "all"}, {"arrays": "shadow"}, {"inline": False})

Tree = Any


def check(
    f: Callable[..., Any],
    *args: Any,
    kwargs: dict[str, Any] | None = None,
    wrt: Sequence[int] | None = None,
    backends: Sequence[str] | None = None,
    compile: bool = False,
    compiles: bool = True,
    second_call: bool = True,
    variants: bool = True,
    flat: bool = False,
    rtol: float | None = None,
) -> tuple[Any, ...]:
    """Hold the derivative of `f` at `args` to all that can be known without knowing `f`; return the gradients.

    `wrt` restricts the finite differences to some positional arguments. `backends=None` interprets, and compiles if
    `compile`, under ZYGOTE_NB_FULL=1, or if the test's name falls in the sample. `compiles=False` admits CompileError.
    `flat` says that the derivative may be zero everywhere: otherwise such a check could not fail, and is refused.
    """
    kwargs = kwargs or {}
    eps = precision(args)
    tol, fine = rtol or max(1e-6, 20 * eps), max(1e-10, 50 * eps)
    value = f(*copied(args), **kwargs)
    scalar = is_real_scalar(value)
    seed = 1.0 if scalar else random_seed(value, np.random.default_rng(7))
    reference: tuple[Any, ...] | None = None
    for backend in backends or chosen_backends(compile):
        with zg.options(backend=backend):
            try:
                grads = derive(f, args, kwargs, value, seed, scalar, second_call, fine)
            except zg.CompileError:
                if compiles:
                    raise
                continue
            if variants and (backend == "python" or FULL):
                check_variants(f, args, kwargs, seed, grads, fine)
        if reference is None:
            reference = grads
            moved = compare_with_differences(f, args, kwargs, seed, grads, wrt, tol)
            assert moved or flat, "no entry of the gradient differs from zero: say flat=True if that is the point"
        else:
            agree(reference, grads, f"{backend} against interpreted", fine)
    assert reference is not None, "no backend could run this"
    return reference


def check_or_refused(f: Callable[..., Any], *args: Any, **options: Any) -> tuple[Any, ...] | None:
    """For what a later version may learn: right, or refused with the user's line; None if refused."""
    try:
        return check(f, *args, **options)
    except zg.ZygoteError as error:
        assert error.lineno and error.filename, f"refused without a line: {error}"
        return None


def fails(f: Callable[..., Any], *args: Any, error: type[BaseException], match: str | None = None) -> None:
    """Gradient and pullback raise what the plain call raises, and leave the arguments as they were."""
    before = copied(args)
    for backend in chosen_backends(False):
        for verb in (zg.gradient, zg.pullback):
            with zg.options(backend=backend), pytest.raises(error, match=match):
                verb(f, *args)
            bitwise(before, args, "half-changed argument after an error")


def chosen_backends(compile: bool) -> tuple[str, ...]:
    """The interpreter always; the compiler on request, in a full run, and for a fixed sample of test names."""
    name = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
    sampled = bool(name) and zlib.crc32(name.encode()) % COMPILED_SAMPLE == 0
    return ("python", "numba") if compile or FULL or sampled else ("python",)


def precision(args: Tree) -> float:
    """The spacing of the narrowest floats among the arguments."""
    narrow = (np.finfo(leaf.dtype).eps for _, leaf in leaves(args) if is_float(leaf) and hasattr(leaf, "dtype"))
    return max([float(np.finfo(float).eps), *map(float, narrow)])


# ---- trees of arguments, results and gradients


def leaves(tree: Tree, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """(path, leaf) in order; containers are tuples, lists, dicts."""
    if isinstance(tree, (tuple, list)):
        for i, item in enumerate(tree):
            yield from leaves(item, (*path, i))
    elif isinstance(tree, dict):
        for key, item in tree.items():
            yield from leaves(item, (*path, key))
    else:
        yield path, tree


def rebuilt(tree: Tree, leaf: Callable[[tuple[Any, ...], Any], Any], path: tuple[Any, ...] = ()) -> Tree:
    """The same containers around `leaf(path, x)`."""
    if isinstance(tree, tuple):
        items = [rebuilt(item, leaf, (*path, i)) for i, item in enumerate(tree)]
        return type(tree)(*items) if hasattr(tree, "_fields") else tuple(items)
    if isinstance(tree, list):
        return [rebuilt(item, leaf, (*path, i)) for i, item in enumerate(tree)]
    if isinstance(tree, dict):
        return {key: rebuilt(item, leaf, (*path, key)) for key, item in tree.items()}
    return leaf(path, tree)


def is_float(leaf: Any) -> bool:
    """A Python float, a NumPy float, or an array of them."""
    return isinstance(leaf, float) or (isinstance(leaf, (np.ndarray, np.generic)) and leaf.dtype.kind == "f")


def is_integer(leaf: Any) -> bool:
    """A number that may or may not have a gradient: int or an integer array, not bool."""
    if isinstance(leaf, (np.ndarray, np.generic)):
        return leaf.dtype.kind in "iu"
    return isinstance(leaf, int) and not isinstance(leaf, bool)


def is_real_scalar(value: Any) -> bool:
    """What `gradient` takes as a result."""
    return (is_float(value) or is_integer(value)) and np.ndim(value) == 0


def copied(tree: Tree) -> Tree:
    """A deep copy whose arrays have the strides of the original: contiguity decides what ravel and reshape do."""
    return rebuilt(tree, lambda _, leaf: copied_array(leaf) if isinstance(leaf, np.ndarray) else leaf)


def copied_array(a: np.ndarray) -> np.ndarray:
    """See `copied`."""
    if a.flags.c_contiguous or a.flags.f_contiguous or a.size == 0:
        return a.copy(order="K")
    low, high = np.lib.array_utils.byte_bounds(a)
    memory = np.zeros(high - low, dtype=np.uint8)
    twin: np.ndarray = np.ndarray(a.shape, a.dtype, memory, a.ctypes.data - low, a.strides)
    twin[...] = a
    return twin


def random_seed(value: Tree, rng: np.random.Generator) -> Tree:
    """A random tangent of the result: floats where it has floats, None elsewhere."""

    def leaf(_: Any, x: Any) -> Any:
        if not is_float(x):
            return None
        draw = rng.uniform(0.5, 1.5, np.shape(x)) * rng.choice([-1.0, 1.0], np.shape(x))
        if isinstance(x, np.ndarray):
            return np.asarray(draw, x.dtype)
        return x.dtype.type(draw) if isinstance(x, np.generic) else float(draw)

    return rebuilt(value, leaf)


def scaled(tree: Tree, factor: float) -> Tree:
    """`factor * tree`, every leaf of its own type."""

    def leaf(_: Any, x: Any) -> Any:
        if x is None:
            return None
        return np.asarray(x * factor) if isinstance(x, np.ndarray) else x * factor

    return rebuilt(tree, leaf)


# ---- one backend


def derive(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    value: Any,
    seed: Tree,
    scalar: bool,
    second_call: bool,
    fine: float,
) -> tuple[Any, ...]:
    """The gradients, after everything that one backend must get right without a second opinion."""
    before = copied(args)
    y, back = zg.pullback(f, *args, **kwargs)
    same_value(value, y, "pullback", fine)
    grads = back(seed)
    proper(args, grads, (args, seed, y))
    bitwise(before, args, "pullback changed an argument")
    same_value(value, y, "back changed the result", fine)
    if second_call:
        seed_before = copied(seed)
        agree(grads, back(seed), "back called twice", 1e-12)
        agree(scaled(grads, -2.5), back(scaled(seed, -2.5)), "back is not linear", fine)
        bitwise(seed_before, seed, "back changed its seed")
        bitwise(before, args, "back changed an argument")
    if not scalar:
        return grads
    result = zg.withgradient(f, *args, **kwargs)
    same_value(value, result.val, "withgradient", fine)
    direct = zg.gradient(f, *args, **kwargs)
    for name, other in (("withgradient", result.grad), ("gradient", direct)):
        proper(args, other, (args,))
        agree(grads, other, f"{name} against pullback", fine)
    if second_call:
        agree(direct, zg.gradient(f, *args, **kwargs), "gradient called twice", 1e-12)
    bitwise(before, args, "gradient changed an argument")
    return direct


def check_variants(
    f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], seed: Tree, grads: Tree, fine: float
) -> None:
    """Record everything, shadow every array, inline nothing: the analyses may change the text, not the numbers."""
    before = copied(args)
    for option in VARIANTS:
        with zg.options(**option):
            _, back = zg.pullback(f, *args, **kwargs)
            agree(grads, back(seed), f"{option} against the default (pullback)", fine)
            if isinstance(seed, float):
                agree(grads, zg.gradient(f, *args, **kwargs), f"{option} against the default (gradient)", fine)
        bitwise(before, args, f"{option} changed an argument")


def same_value(expected: Any, got: Any, what: str, fine: float) -> None:
    """The plain call's value: types, dtypes, shapes exactly, numbers to rounding."""
    agree(expected, got, f"{what}: value differs from the plain call's", fine)


def proper(args: tuple[Any, ...], grads: Tree, others: Tree) -> None:
    """One gradient for each argument, of its structure, in memory of its own."""
    assert type(grads) is tuple and len(grads) == len(args), f"{len(args)} arguments, gradients {grads!r}"
    for i, (arg, grad) in enumerate(zip(args, grads, strict=True)):
        mirrors(arg, grad, f"gradient {i}")
    arrays = [g for _, g in leaves(grads) if isinstance(g, np.ndarray)]
    known = [a for _, a in leaves(others) if isinstance(a, np.ndarray)]
    for i, g in enumerate(arrays):
        assert g.flags.writeable, "a gradient is read-only"
        for other in known + arrays[:i]:
            assert not np.shares_memory(g, other), "a gradient shares memory with an argument, seed, result or gradient"


def mirrors(arg: Any, grad: Any, where: str) -> None:
    """The gradient of `arg` has its structure, shape and dtype."""
    if isinstance(arg, (tuple, list, dict)):
        if grad is None and not any(is_float(leaf) for _, leaf in leaves(arg)):
            return
        assert type(grad) is type(arg) and len(grad) == len(arg), f"{where}: {type(arg)} of {len(arg)}, got {grad!r}"
        for key in arg if isinstance(arg, dict) else range(len(arg)):
            mirrors(arg[key], grad[key], f"{where}[{key!r}]")
    elif is_float(arg):
        assert type(grad) is type(arg), f"{where}: {type(arg)}, got {type(grad)} {grad!r}"
        assert np.shape(grad) == np.shape(arg), f"{where}: shape {np.shape(arg)}, got {np.shape(grad)}"
        assert getattr(grad, "dtype", None) == getattr(arg, "dtype", None), f"{where}: dtype {grad.dtype}"
    elif is_integer(arg):
        expected = np.float64 if hasattr(arg, "dtype") else float
        fits = np.asarray(grad).dtype == np.float64 and np.shape(grad) == np.shape(arg) if grad is not None else True
        assert fits, f"{where}: an integer gets {expected} or None, got {grad!r}"
    else:
        assert grad is None, f"{where}: {type(arg)} has no gradient, got {grad!r}"


# ---- comparisons


def agree(a: Tree, b: Tree, what: str, tol: float) -> None:
    """Same containers, types, dtypes, shapes; numbers within `tol` of the largest."""
    left, right = list(leaves(a)), list(leaves(b))
    assert [p for p, _ in left] == [p for p, _ in right], f"{what}: {a!r} against {b!r}"
    for (path, x), (_, y) in zip(left, right, strict=True):
        assert type(x) is type(y), f"{what} at {path}: {type(x)} {x!r} against {type(y)} {y!r}"
        if isinstance(x, (np.ndarray, np.generic)):
            assert x.dtype == y.dtype and x.shape == y.shape, f"{what} at {path}: {x!r} against {y!r}"
        if isinstance(x, (float, complex, np.ndarray, np.generic)):
            close(x, y, f"{what} at {path}", tol)
        else:
            assert x == y, f"{what} at {path}: {x!r} against {y!r}"


def close(x: Any, y: Any, what: str, tol: float) -> None:
    """Numbers within `tol` of the largest finite one; NaN and infinities in the same places."""
    p, q = np.asarray(x), np.asarray(y)
    if p.dtype.kind not in "fc":
        assert np.array_equal(p, q), f"{what}: {x!r} against {y!r}"
        return
    finite = np.isfinite(p)
    assert np.array_equal(p[~finite], q[~finite], equal_nan=True), f"{what}: {x!r} against {y!r}"
    scale = max(1.0, float(np.max(np.abs(p[finite]), initial=0.0)))
    worst = float(np.max(np.abs(p[finite] - q[finite]), initial=0.0))
    assert worst <= max(tol, 1e-15) * scale, f"{what}: off by {worst:.3g}: {x!r} against {y!r}"


def bitwise(before: Tree, after: Tree, what: str) -> None:
    """Nothing moved, not even the sign of a zero."""
    left, right = list(leaves(before)), list(leaves(after))
    assert [p for p, _ in left] == [p for p, _ in right], what
    for (path, x), (_, y) in zip(left, right, strict=True):
        if isinstance(x, np.ndarray):
            assert x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes(), f"{what}: {path}"
        elif isinstance(x, float):
            assert repr(x) == repr(y), f"{what}: {path}"


# ---- finite differences


def compare_with_differences(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    seed: Tree,
    grads: Tree,
    wrt: Sequence[int] | None,
    tol: float,
) -> bool:
    """Central differences at two step sizes along every entry, or along random directions; True if one isn't zero.

    Where the two disagree, or the one-sided slopes do at both sizes, there is a kink, and nothing is compared.
    """

    def along(direction: dict[tuple[Any, ...], Any], h: float) -> float:
        return inner(seed, f(*moved(args, direction, h), **kwargs))

    centre = along({}, 0.0)
    found = []
    wanted = directions(args, grads, wrt)
    for label, direction in wanted:
        estimate = slope(lambda h, d=direction: along(d, h), centre)
        if estimate is not None:
            found.append((label, direction, *estimate))
    assert found or not wanted, "every entry sits on a kink: nothing was compared"
    scale = max((abs(fd) for _, _, fd, _ in found), default=0.0)
    for label, direction, fd, error in found:
        got = sum(float(np.sum(np.asarray(direction[path]) * np.asarray(at(grads, path), float))) for path in direction)
        bound = tol * abs(fd) + 0.1 * tol * scale + 1e-9 * (1.0 + abs(centre)) + 0.1 * error
        assert abs(got - fd) <= bound, f"derivative along {label}: {got!r}, finite differences {fd!r} (+- {bound:.1g})"
    return scale > 1e-8


def slope(along: Callable[[float], float], centre: float) -> tuple[float, float] | None:
    """(derivative at 0, error estimate), or None at a kink, a jump, or the edge of the domain."""
    steps = (4e-4, 2e-4)
    try:
        with np.errstate(all="ignore"):
            sides = [(along(h), along(-h)) for h in steps]
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    central = [(up - down) / (2 * h) for h, (up, down) in zip(steps, sides, strict=True)]
    bends = [abs(up - 2 * centre + down) / h for h, (up, down) in zip(steps, sides, strict=True)]
    if not np.all(np.isfinite(central)):
        return None
    error = abs(central[0] - central[1])
    size = 1.0 + abs(central[1])
    if error > 1e-3 * size or (bends[1] > 1e-3 * size and bends[1] > 0.75 * bends[0]):
        return None
    return (4 * central[1] - central[0]) / 3, error


def directions(args: Tree, grads: Tree, wrt: Sequence[int] | None) -> list[tuple[str, dict[tuple[Any, ...], Any]]]:
    """Labelled directions, each a dict from the paths of moved leaves to their tangents."""
    places = [
        (path, leaf)
        for path, leaf in leaves(args)
        if (wrt is None or path[0] in wrt) and (is_float(leaf) or (is_integer(leaf) and at(grads, path) is not None))
    ]
    if sum(np.size(leaf) for _, leaf in places) <= ENTRIES:
        return [
            (f"{path}{list(index) or ''}", {path: unit(np.shape(leaf), index)})
            for path, leaf in places
            for index in np.ndindex(np.shape(leaf))
        ]
    rng = np.random.default_rng(11)
    return [
        (f"random direction {k}", {path: rng.standard_normal(np.shape(leaf)) for path, leaf in places})
        for k in range(8)
    ]


def unit(shape: tuple[int, ...], index: tuple[int, ...]) -> np.ndarray:
    """One at `index`."""
    e = np.zeros(shape)
    e[index] = 1.0
    return e


def at(tree: Tree, path: tuple[Any, ...]) -> Any:
    """The node at `path`; None below None."""
    for key in path:
        tree = None if tree is None else tree[key]
    return tree


def moved(args: Tree, direction: dict[tuple[Any, ...], Any], h: float) -> Tree:
    """A copy of the arguments, in double precision, moved by `h * direction`."""

    def leaf(path: tuple[Any, ...], x: Any) -> Any:
        active = path in direction
        if isinstance(x, np.ndarray):
            widen = x.dtype != np.float64 and (active or is_float(x))
            twin = x.astype(np.float64) if widen else copied_array(x)
            if active:
                twin += h * direction[path]
            return twin
        if active:
            return float(x) + float(h * direction[path])
        return float(x) if is_float(x) else x

    return rebuilt(args, leaf)


def inner(seed: Tree, value: Tree) -> float:
    """Sum over float leaves of seed times value."""
    if isinstance(seed, float):
        return float(seed * value)
    return sum(
        float(np.sum(np.asarray(s) * np.asarray(v)))
        for (_, s), (_, v) in zip(leaves(seed), leaves(value), strict=True)
        if s is not None
    )
