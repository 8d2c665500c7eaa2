"""A double pendulum whose state is a named tuple; energy drift and final position."""

import math
from collections import namedtuple

State = namedtuple("State", "a b wa wb")


def derivative(s, l1, l2):
    d = s.a - s.b
    c, k = math.cos(d), math.sin(d)
    den = 2.0 - c * c
    fa = (-9.81 * (2.0 * math.sin(s.a) - math.sin(s.b) * c) - k * (l1 * s.wa**2 * c + l2 * s.wb**2)) / (l1 * den)
    fb = (2.0 * k * (l1 * s.wa**2 + 9.81 * math.cos(s.a)) + k * l2 * s.wb**2 * c) / (l2 * den)
    return State(s.wa, s.wb, fa, fb)


def moved(s, d, h):
    return State(*(p + h * q for p, q in zip(s, d)))


def f(a, b, l1, l2, steps):
    s = State(a, b, 0.0, 0.0)
    trail = 0.0
    for _ in range(steps):
        d1 = derivative(s, l1, l2)
        d2 = derivative(moved(s, d1, 0.02), l1, l2)
        s = moved(s, d2, 0.04)
        trail += l1 * math.sin(s.a) + l2 * math.sin(s.b)
    return trail + s._replace(wa=s.wa * 2.0).wa


def args():
    return 0.9, -0.4, 1.0, 0.7, 6
