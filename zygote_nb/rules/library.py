"""The built-in rules: those of NumPy loaded when the first program needs them, those of SciPy once it is imported."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module

from zygote_nb.rules import packages, registry

FAMILIES = (
    "operators", "elementwise", "reduce", "shape", "join", "select", "products", "linalg", "factor", "statistics",
    "nan", "creation", "polynomial", "builtins", "complex", "complex_functions", "fourier", "nondiff", "helpers",
    "refused", "steering", "implicit", "transposed", "quantiles", "twice", "sources",
    "called",
)  # fmt: skip
OF_MODULE: dict[str, tuple[str, ...]] = {
    "numpy.polynomial": ("bases",),
    "scipy.special": (
        "scipy.special", "scipy.bessel", "scipy.waves", "scipy.distributions", "scipy.holomorphic", "scipy.refused",
    ),
    "scipy.linalg": (
        "scipy.linalg", "scipy.decompositions", "scipy.banded", "scipy.equations", "scipy.complex_matrices",
        "scipy.linalg_refused",
    ),
    "scipy.fft": ("scipy.fft",),
    "scipy.signal": ("scipy.signal",),
    "scipy.spatial.distance": ("scipy.spatial",),
    "scipy.stats": ("scipy.stats",),
    "scipy.integrate": ("scipy.integrate",),
    "scipy.optimize": ("scipy.optimize",),
    "scipy.interpolate": ("scipy.interpolate",),
    "scipy.sparse": ("scipy.sparse",),
}  # fmt: skip
"""Families that are loaded only once the program has imported the module that they are about."""

LOADED: list[str] = []
"""The families that were loaded, in this order."""


def load() -> None:
    """Import the families that are due; a rule that a user gave before for the same function stays."""
    packages.load()
    for family in FAMILIES:
        load_family(family)
    for module, families in OF_MODULE.items():
        if module in sys.modules:
            for family in families:
                load_family(family)


@cache
def load_family(family: str) -> None:
    with registry.building():
        import_module(f"{__package__}.{family}")
    LOADED.append(family)
