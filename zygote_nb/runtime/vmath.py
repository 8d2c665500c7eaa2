"""Elementary functions that LLVM turns into vector code: no branches, no calls, at most two units in the last place.

Range reduction and polynomials after Tang, "Table-driven implementation of the exponential function", ACM TOMS 15
(1989), and fdlibm (Sun Microsystems 1993). Infinities, NaN, subnormal numbers and signed zeros come out as in NumPy.
They are compiled by the backend; interpreted code calls NumPy's own.
"""

from __future__ import annotations

import numpy as np

from zygote_nb.runtime import arrays

SHIFT = 6755399441055744.0
"""1.5 * 2**52: added to a number below 2**51, it leaves the nearest integer in the low bits."""
SHIFT_BITS = 4843621399236968448
ONE_BITS = 4607182418800017408
LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
ROOT_HALF_BITS = 4604544271217802188
TWO_OVER_PI = 0.6366197723675814
QUARTER_FIRST, QUARTER_SECOND = 1.57079632673412561417e00, 6.07710050630396597660e-11
QUARTER_THIRD, QUARTER_REST = 2.02226624871116645580e-21, 8.47842766036889956997e-32


def power_of_two(k: float) -> float:
    """2**k for an integral k from -1022 to 1023."""
    return np.int64((np.float64(k + SHIFT).view(np.int64) - SHIFT_BITS + 1023) << 52).view(np.float64)


def remainder_less_one(y: float, k: float) -> float:
    """exp(r) - 1 for r = y - k log(2), not above log(2) / 2 in size.

    The polynomial of degree 12 is that of least error over r (Remez), 0.003 units in the last place; its terms are
    summed in pairs, so that few wait for others (Estrin, "Organization of computer systems", 1960).
    """
    high, low = y - k * LN2_HIGH, k * LN2_LOW
    r = high - low
    lost = (high - r) - low
    s = r * r
    first = (0.5 + r * 0.16666666666666677) + s * (0.0416666666666667 + r * 0.00833333333332188)
    second = 0.0013888888888867318 + r * 0.00019841269885573142
    third = 2.48015873598202e-05 + r * 2.755724470447999e-06
    fourth = (2.755724327066077e-07 + r * 2.51088815473587e-08) + s * 2.092431136505567e-09
    return r + (s * (first + s * s * ((second + s * third) + s * s * fourth)) + lost)


def exp(x: float) -> float:
    """e**x. The power of two is applied in two steps, the second of which may round to a subnormal number."""
    y = 710.0 if x > 710.0 else (-746.0 if x < -746.0 else x)
    k = (y * LOG2_E + SHIFT) - SHIFT
    p = remainder_less_one(y, k)
    most = 1022.0 if k > 1022.0 else (-1022.0 if k < -1022.0 else k)
    first = power_of_two(most)
    return (first + first * p) * power_of_two(k - most)


def expm1(x: float) -> float:
    """e**x - 1."""
    y = 710.0 if x > 710.0 else (-40.0 if x < -40.0 else x)
    k = (y * LOG2_E + SHIFT) - SHIFT
    p = remainder_less_one(y, k)
    most = 1022.0 if k > 1022.0 else k
    first = power_of_two(most)
    below = first * p + (first - power_of_two(most - k))
    return x if x == 0.0 else below * power_of_two(k - most)


def log(x: float) -> float:
    """The natural logarithm: x = 2**k * m with m around one, log(m) from s = (m - 1) / (m + 1)."""
    small = x < 2.2250738585072014e-308
    bits = np.float64(x * 18014398509481984.0 if small else x).view(np.int64) - ROOT_HALF_BITS
    shifted = np.int64((np.int64(np.uint64(bits + 4611686018427387904) >> np.uint64(52))) + SHIFT_BITS)
    k = shifted.view(np.float64) - SHIFT - 1024.0 - (54.0 if small else 0.0)
    f = np.int64((bits & 4503599627370495) + ROOT_HALF_BITS).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    q = 1.479819860511658591e-01
    q = q * z + 1.531383769920937332e-01
    q = q * z + 1.818357216161805012e-01
    q = q * z + 2.222219843214978396e-01
    q = q * z + 2.857142874366239149e-01
    q = q * z + 3.999999999940941908e-01
    q = q * z + 6.666666666666735130e-01
    half = 0.5 * f * f
    found = k * LN2_HIGH - ((half - (s * (half + q * z) + k * LN2_LOW)) - f)
    found = found if x < np.inf else x
    return found if x > 0.0 else (-np.inf if x == 0.0 else np.nan)


def log1p(x: float) -> float:
    """log(1 + x), with what is lost in the sum added again."""
    u = 1.0 + x
    lost = x - (u - 1.0) if x < 1.0 else 1.0 - (u - x)
    found = log(u) + (lost / u if 0.0 < u < np.inf else 0.0)
    return x if x == 0.0 else found


def tanh(x: float) -> float:
    """(1 - u) / (1 + u) with u = exp(-2 abs(x)); for a small x by way of u - 1, corrected for what was rounded."""
    size = abs(x)
    y = -2.0 * (22.0 if size > 22.0 else size)
    k = (y * LOG2_E + SHIFT) - SHIFT
    scale = power_of_two(k)
    part = scale * remainder_less_one(y, k)
    less_one = part + (scale - 1.0)
    small = size < 0.6
    over, under = (-less_one, 2.0 + less_one) if small else (1.0 - (scale + part), 1.0 + (scale + part))
    found = over / under
    of_sum, of_less_one = less_one - (under - 2.0), part - (less_one - (scale - 1.0))
    return np.copysign(found - 0.6 * (found * of_sum + 1.2 * of_less_one) if small else found, x)


def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), from the exponential that can't overflow."""
    small = exp(-abs(x))
    return (1.0 if x >= 0.0 else small) / (1.0 + small)


def quarters(x: float) -> float:
    """How many right angles x is, rounded; the integer is in the low bits of the sum with SHIFT."""
    return (x * TWO_OVER_PI + SHIFT) - SHIFT


def remainder(x: float, k: float) -> tuple[float, float]:
    """x - k pi / 2 as a sum of two numbers, for a k of 20 bits: the first parts of pi / 2 have 33 bits."""
    first = x - k * QUARTER_FIRST
    second, lost = difference(first, k * QUARTER_SECOND)
    third, more = difference(second, k * QUARTER_THIRD)
    rest = (lost + more) - k * QUARTER_REST
    high = third + rest
    return high, (third - high) + rest


def difference(a: float, b: float) -> tuple[float, float]:
    """a - b and what was lost in it (Knuth, TAOCP 2, 4.2.2)."""
    found = a - b
    taken = found - a
    return found, (a - (found - taken)) - (b + taken)


def near_sine(r: float, rest: float) -> float:
    """sin(r + rest) for an r of at most pi / 4 and a rest of its last bits."""
    z = r * r
    q = 1.58969099521155010221e-10
    q = q * z - 2.50507602534068634195e-08
    q = q * z + 2.75573137070700676789e-06
    q = q * z - 1.98412698298579493134e-04
    q = q * z + 8.33333333332248946124e-03
    cube = z * r
    return r - ((z * (0.5 * rest - cube * q) - rest) + cube * 1.66666666666666324348e-01)


def near_cosine(r: float, rest: float) -> float:
    """cos(r + rest) for an r of at most pi / 4 and a rest of its last bits."""
    z = r * r
    q = -1.13596475577881948265e-11
    q = q * z + 2.08757232129817482790e-09
    q = q * z - 2.75573143513906633035e-07
    q = q * z + 2.48015872894767294178e-05
    q = q * z - 1.38888888888741095749e-03
    q = q * z + 4.16666666666666019037e-02
    half = 0.5 * z
    most = 1.0 - half
    return most + (((1.0 - most) - half) + (z * z * q - r * rest))


def sin(x: float) -> float:
    """The sine of an angle that isn't far."""
    k = quarters(x)
    turn = np.float64(k + SHIFT).view(np.int64)
    r, rest = remainder(x, k)
    found = near_cosine(r, rest) if turn & 1 else near_sine(r, rest)
    return x if abs(x) < 1e-8 else (-found if turn & 2 else found)


def cos(x: float) -> float:
    """The cosine of an angle that isn't far."""
    k = quarters(x)
    turn = np.float64(k + SHIFT).view(np.int64)
    r, rest = remainder(x, k)
    found = near_sine(r, rest) if turn & 1 else near_cosine(r, rest)
    return -found if (turn + 1) & 2 else found


def is_far(x: float) -> bool:
    """Whether an angle is too large for ``sin`` and ``cos``: more right angles than 20 bits count, or infinite."""
    return abs(x) > 800000.0


def plus(a: float, b: float) -> float:
    """a + b, where b joins a sum whose terms may be added in any order."""
    return a + b


def larger_number(a: float, b: float) -> float:
    """The larger of two numbers neither of which is NaN, unless nothing comes of it; of zeros, either."""
    return a if a > b else b


def smaller_number(a: float, b: float) -> float:
    """The smaller of two such numbers."""
    return a if a < b else b


def strange_too(count: int, x: float) -> int:
    """The count, and one more if the number is NaN."""
    return count + (x != x)


def taken(x: float, extreme: float) -> float:
    """1 for an entry that is the extreme of its row, 0 for others."""
    return 1.0 if x == extreme or (x != x and extreme != extreme) else 0.0


def largest(x: np.ndarray) -> float:  # type: ignore[type-arg]
    """The largest entry; NaN if there is one."""
    entries, top, strange = x.ravel(), -np.inf, 0
    if entries.size == 0:
        raise ValueError("zero-size array to reduction operation maximum which has no identity")
    for i in range(entries.size):
        top = larger_number(top, entries[i])
        strange += entries[i] != entries[i]
    return np.nan if strange else top


def smallest(x: np.ndarray) -> float:  # type: ignore[type-arg]
    """The smallest entry; NaN if there is one."""
    entries, least, strange = x.ravel(), np.inf, 0
    if entries.size == 0:
        raise ValueError("zero-size array to reduction operation minimum which has no identity")
    for i in range(entries.size):
        least = smaller_number(least, entries[i])
        strange += entries[i] != entries[i]
    return np.nan if strange else least


def quotient(a: float, b: float) -> float:
    """a / b that is zero where a is zero, whatever b."""
    return a if a == 0.0 else a / b


VECTORS = {
    np.exp: exp,
    np.expm1: expm1,
    np.log: log,
    np.log1p: log1p,
    np.tanh: tanh,
    np.sin: sin,
    np.cos: cos,
    arrays.expit: logistic,
    arrays.quotient: quotient,
}
"""The function that compiled loops call in the place of NumPy's."""
ANGLES = {np.sin, np.cos}
"""Those that are called where no argument ``is_far``."""
IN_ANY_ORDER = (plus,)
"""Functions whose arithmetic LLVM may regroup."""
EXTREMES = {np.max: largest, np.amax: largest, np.min: smallest, np.amin: smallest}
"""The functions of whole arrays."""
PARTS = (
    power_of_two, remainder_less_one, quarters, difference, remainder, near_sine, near_cosine, logistic, is_far,
    strange_too, taken, *VECTORS.values(),
)  # fmt: skip
