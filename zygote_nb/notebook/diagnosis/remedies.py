"""What usually helps against a value that is not finite, by the functions of the line that made it."""

from __future__ import annotations

import ast
import re

from zygote_nb.frontend.syntax import walk

__all__ = ["remedy"]

_BY_FUNCTION = (
    (
        {"sqrt", "norm", "hypot", "std"},
        "the slope of a square root is infinite at 0: add a small constant under the root, or replace the zeros before "
        "it: np.sqrt(np.where(x > 0, x, 1.0))",
    ),
    (
        {"log", "log2", "log10", "log1p"},
        "a logarithm is infinite at 0 and undefined below: bound its argument, np.log(np.maximum(x, 1e-300)), or use "
        "scipy.special.xlogy for x * log(x)",
    ),
    (
        {"exp", "exp2", "expm1", "sinh", "cosh"},
        "exp overflows above 709: subtract the maximum first, as log-sum-exp does, or use a form that takes the "
        "exponential of negative numbers only",
    ),
    (
        {"arccos", "arcsin", "acos", "asin", "arctanh"},
        "outside of -1 to 1 undefined, and steep at the ends: clip to a smaller interval",
    ),
)
_WHERE = (
    "np.where computes both branches, and 0 times infinity is NaN: make the argument harmless where it isn't used, "
    "np.where(ok, f(np.where(ok, x, 1.0)), 0.0)"
)
_UNDERFLOW = "if the 0 is an exponential that underflowed, take the logarithm on paper: the logarithm of exp(u) is u"
_DIVISION = "a division by 0: add a small constant to the denominator, or divide only where it isn't 0"
_POWER = "a power of 0 with an exponent below 1 has no finite slope there: keep the base away from 0"
_GROWTH = "numbers have grown beyond what float64 holds: smaller steps, or a scaling of the inputs"


def remedy(text: str, around: str = "", code: str = "") -> str:
    """Advice for a line; `around` is the whole function, for an unguarded `where`, `code` the statement that ran.

    >>> remedy("y = np.sqrt(x)").split(":")[0]
    'the slope of a square root is infinite at 0'
    """
    called = re.findall(r"(\w+)\s*\(", code or text)
    if "where" in re.findall(r"(\w+)\s*\(", text):
        return _WHERE
    advice = next((words for name in called for names, words in _BY_FUNCTION if name in names), "")
    if "log" in called and re.search(r"\bexp\(", around):
        advice = f"{advice}. And {_UNDERFLOW}"
    if advice and _goes_into_where(text, around):
        return f"{advice}. And {_WHERE}"
    return advice or _by_operator(text)


def _goes_into_where(text: str, around: str) -> bool:
    """Whether what the line assigns is read in a line with `where`."""
    made = re.match(r"\s*(\w+)\s*=[^=]", text)
    return made is not None and any(
        "where(" in line and re.search(rf"\b{made[1]}\b", line.partition("where(")[2]) for line in around.splitlines()
    )


def _by_operator(text: str) -> str:
    try:
        tree = ast.parse(text.strip().rstrip(":"))
    except SyntaxError:
        return _DIVISION if "/" in text else _GROWTH
    operators = {type(n.op) for n in walk(tree) if isinstance(n, ast.BinOp | ast.AugAssign)}
    if operators & {ast.Div, ast.FloorDiv, ast.Mod}:
        return _DIVISION
    return _POWER if ast.Pow in operators else _GROWTH
