"""Implicit parameters: arrays found by identity among what a function reads outside of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.display.shown import Shows

if TYPE_CHECKING:
    from zygote_nb.display.document import Document


class Params:
    """Arrays to differentiate by, given by identity instead of as arguments.

    Args:
        arrays: float arrays, in any iterable; nested lists, tuples and dicts are looked through.

    Raises:
        TypeError: something else than an array is given.

    Example:
        >>> import numpy as np, zygote_nb as zg
        >>> W = np.ones(2)
        >>> gs = zg.gradient(lambda: np.sum(W * W), zg.Params([W]))
        >>> gs[W].tolist()
        [2.0, 2.0]
    """

    def __init__(self, arrays: Any) -> None:
        self._arrays: dict[int, np.ndarray[Any, Any]] = {}
        self._add(arrays)

    def _add(self, value: Any) -> None:
        if isinstance(value, np.ndarray):
            if value.dtype.kind not in "fc":
                raise TypeError(f"Params takes float arrays, and one is of dtype {value.dtype}")
            self._arrays[id(value)] = value
        elif isinstance(value, (list, tuple, dict, set, Params)):
            for item in value.values() if isinstance(value, dict) else value:
                self._add(item)
        else:
            raise TypeError(f"Params takes arrays, and one entry is a {type(value).__name__}")

    def __iter__(self) -> Iterator[np.ndarray[Any, Any]]:
        return iter(self._arrays.values())

    def __len__(self) -> int:
        return len(self._arrays)

    def __contains__(self, value: object) -> bool:
        return self._arrays.get(id(value)) is value

    def __repr__(self) -> str:
        return f"Params({len(self)} arrays of {sum(a.size for a in self)} numbers)"


class Grads(Shows):
    """Gradients by parameters: a mapping from the arrays themselves, with the arithmetic of vectors.

    ``gs[W]``, iteration over the parameters, ``items()``, ``gs + other``, ``gs - other``, ``2 * gs``,
    ``gs.copy_to(vector)``.
    """

    def __init__(
        self, params: Params, values: dict[int, np.ndarray[Any, Any]], names: dict[int, str] | None = None
    ) -> None:
        self.params = params
        self._values = values
        self._names = names or {}

    def __getitem__(self, param: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if param not in self.params:
            raise KeyError("this array is not one of the parameters")
        return self._values[id(param)]

    def __iter__(self) -> Iterator[np.ndarray[Any, Any]]:
        return iter(self.params)

    def __len__(self) -> int:
        return len(self.params)

    def __contains__(self, param: object) -> bool:
        return param in self.params

    def keys(self) -> Params:
        return self.params

    def values(self) -> list[np.ndarray[Any, Any]]:
        return [self[p] for p in self.params]

    def items(self) -> list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
        return [(p, self[p]) for p in self.params]

    def get(self, param: np.ndarray[Any, Any], default: Any = None) -> Any:
        return self[param] if param in self.params else default

    def _with(self, make: Callable[[int, Any], Any]) -> Grads:
        return Grads(self.params, {key: make(key, value) for key, value in self._values.items()}, self._names)

    def __add__(self, other: Any) -> Grads:
        return self._with(lambda key, value: value + self._part(other, key))

    def __sub__(self, other: Any) -> Grads:
        return self._with(lambda key, value: value - self._part(other, key))

    def __mul__(self, factor: Any) -> Grads:
        return self._with(lambda key, value: value * self._part(factor, key))

    __radd__ = __add__
    __rmul__ = __mul__

    def __truediv__(self, factor: Any) -> Grads:
        return self._with(lambda key, value: value / self._part(factor, key))

    def __neg__(self) -> Grads:
        return self._with(lambda key, value: -value)

    def _part(self, other: Any, key: int) -> Any:
        if not isinstance(other, Grads):
            return other
        if set(other._values) != set(self._values):
            raise ValueError("the gradients are by different parameters")
        return other._values[key]

    def copy_to(self, vector: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Write all gradients one after another into a vector, in the order of the parameters; return it."""
        size = sum(p.size for p in self.params)
        if vector.shape != (size,):
            raise ValueError(f"the vector has shape {vector.shape}, and the gradients have {size} numbers")
        position = 0
        for value in self.values():
            vector[position : position + value.size] = value.ravel()
            position += value.size
        return vector

    def document(self) -> Document:
        """Each gradient, in the order of the parameters, under the name by which the function reads it."""
        from zygote_nb.display.document import Say, Table
        from zygote_nb.display.values import value_row

        if not len(self):
            return (Say("Grads by no parameters"),)
        names = [self._names.get(id(p), f"parameter {i}") for i, p in enumerate(self.params)]
        rows = tuple(value_row(f"d {name}", self[p]) for name, p in zip(names, self.params, strict=True))
        return (Table(rows, "Grads"),)
