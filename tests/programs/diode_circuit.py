"""A rectifier simulated in time: Newton's method for the diode at each step, halving the step where it overflows."""

import math


def current(v, saturation, thermal):
    return saturation * (math.exp(v / thermal) - 1.0)


def solve_diode(drive, charge, saturation, thermal, resistance):
    v = 0.1
    for _ in range(60):
        try:
            i = current(v, saturation, thermal)
        except OverflowError:
            v = 0.5 * v
            continue
        residual = drive - charge - v - resistance * i
        step = residual / (1.0 + resistance * (i + saturation) / thermal)
        if abs(step) > 0.1:
            step = math.copysign(0.1, step)
        v += step
        if abs(step) < 1e-13:
            break
    return current(v, saturation, thermal)


def f(amplitude, saturation, resistance, capacity):
    charge = 0.0
    ripple = 0.0
    for k in range(8):
        drive = amplitude * math.sin(0.7 * k + 0.3)
        charge += 0.3 * (solve_diode(drive, charge, saturation, 0.05, resistance) - 0.2 * charge) / capacity
        ripple += (charge - 0.5) ** 2
    return ripple


def args():
    return 1.1, 0.02, 0.7, 1.3
