"""Adaptive Simpson quadrature by recursion; too deep a recursion raises, and a coarser rule takes over."""

import math


class TooDeep(Exception):
    pass


def integrand(t, a, b):
    return math.exp(-a * t) * math.sin(b * t * t)


def simpson(lo, hi, a, b):
    mid = 0.5 * (lo + hi)
    return (hi - lo) / 6.0 * (integrand(lo, a, b) + 4.0 * integrand(mid, a, b) + integrand(hi, a, b))


def adaptive(lo, hi, a, b, tolerance, depth):
    mid = 0.5 * (lo + hi)
    whole = simpson(lo, hi, a, b)
    halves = simpson(lo, mid, a, b) + simpson(mid, hi, a, b)
    if abs(whole - halves) < tolerance:
        return halves
    if depth == 0:
        raise TooDeep
    return adaptive(lo, mid, a, b, 0.5 * tolerance, depth - 1) + adaptive(mid, hi, a, b, 0.5 * tolerance, depth - 1)


def f(a, b, end):
    try:
        fine = adaptive(0.0, end, a, b, 1e-9, 2)
    except TooDeep:
        fine = simpson(0.0, end, a, b)
    return fine * fine + adaptive(0.0, end, b, a, 1e-4, 12)


def args():
    return 0.4, 1.7, 1.5
