"""What a person should know of a derivative beyond the formula: kinks, ties, ends of the domain."""

from typing import Any

import numpy as np

from zygote_nb.ir.callables import Method

SIGN = "0 at 0"
TIES = "equal entries share"
ROOT = "infinite at 0; 0 where the cotangent is 0"
NOTES: dict[Any, str] = {
    np.absolute: SIGN, np.fabs: SIGN, abs: SIGN, np.sqrt: ROOT, np.cbrt: ROOT,
    np.maximum: TIES, np.minimum: TIES, np.fmax: TIES, np.fmin: TIES, np.max: TIES, np.min: TIES, np.ptp: TIES,
    np.clip: "passes on the closed interval",
    np.power: "by the exponent: 0 at `x == 0` for a positive exponent",
    np.std: "0 where all entries are equal",
    np.linalg.norm: "0 at 0",
    np.where: "the branch that isn't chosen contributes nothing, even where its derivative is infinite",
    np.remainder: "of the smooth pieces", np.fmod: "of the smooth pieces",
    np.prod: "right with zeros among the factors", np.cumprod: "right with zeros among the factors",
    np.linalg.det: "right for singular matrices",
}  # fmt: skip


def note(fn: Any) -> str:
    """The note on a function, or nothing."""
    return NOTES.get(getattr(np, fn.name, fn) if isinstance(fn, Method) else fn, "")
