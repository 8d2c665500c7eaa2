"""Where the parts of an array begin that NumPy splits."""

from __future__ import annotations


def length_of_part(n: int, sections: int) -> int:
    """The length of each of equal parts."""
    if n % sections:
        raise ValueError("array split does not result in an equal division")
    return n // sections


def bound_of_part(n: int, sections: int, i: int) -> int:
    """Where part ``i`` begins, the first parts being longer by one where the parts can't be equal."""
    return i * (n // sections) + min(i, n % sections)
