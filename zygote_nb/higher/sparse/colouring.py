"""Groups of columns that share no row: one derivative in the direction of a group gives all of its columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

IntArray = np.ndarray[Any, np.dtype[np.int64]]


def colours(pattern: Any) -> IntArray:
    """A number for each column of a pattern, different for columns that have a row in common."""
    pattern = sp.csr_matrix(pattern)
    fewest = int(np.diff(pattern.indptr).max(initial=1))
    cyclic = np.arange(pattern.shape[1]) % max(fewest, 1)
    return cyclic if is_valid(pattern, cyclic) else greedy(pattern)


def is_valid(pattern: Any, colour: IntArray) -> bool:
    """Whether no row has two columns of one colour."""
    rows = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
    pairs = np.sort(rows * (int(colour.max(initial=0)) + 1) + colour[pattern.indices])
    return bool(np.all(pairs[1:] > pairs[:-1]))


def greedy(pattern: Any) -> IntArray:
    """Each column in turn gets the lowest colour that none of its neighbours has, those with many entries first."""
    by_column = sp.csc_matrix(pattern)
    taken: list[set[int]] = [set() for _ in range(pattern.shape[0])]
    colour = np.zeros(pattern.shape[1], dtype=np.int64)
    counts = np.diff(by_column.indptr)
    for j in np.argsort(-counts, kind="stable"):
        rows = by_column.indices[by_column.indptr[j] : by_column.indptr[j + 1]]
        used: set[int] = set().union(*(taken[i] for i in rows))
        number = next(c for c in range(len(used) + 1) if c not in used)
        colour[j] = number
        for i in rows:
            taken[i].add(number)
    return colour
