"""Attitude from a gyroscope: quaternions as a class with operators, integrated and normalised."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Quaternion:
    w: float
    x: float
    y: float
    z: float

    def __mul__(self, o):
        if isinstance(o, float):
            return Quaternion(self.w * o, self.x * o, self.y * o, self.z * o)
        return Quaternion(
            self.w * o.w - self.x * o.x - self.y * o.y - self.z * o.z,
            self.w * o.x + self.x * o.w + self.y * o.z - self.z * o.y,
            self.w * o.y - self.x * o.z + self.y * o.w + self.z * o.x,
            self.w * o.z + self.x * o.y - self.y * o.x + self.z * o.w,
        )

    def __add__(self, o):
        return Quaternion(self.w + o.w, self.x + o.x, self.y + o.y, self.z + o.z)

    @property
    def norm(self):
        return math.sqrt(self.w**2 + self.x**2 + self.y**2 + self.z**2)

    def conjugate(self):
        return Quaternion(self.w, -self.x, -self.y, -self.z)

    def rotate(self, v):
        return self * Quaternion(0.0, *v) * self.conjugate()


def f(rates, bias, dt):
    q = Quaternion(1.0, 0.0, 0.0, 0.0)
    for rate in rates:
        omega = Quaternion(0.0, rate[0] - bias[0], rate[1] - bias[1], rate[2] - bias[2])
        q = q + q * omega * (0.5 * dt)
        q = q * (1.0 / q.norm)
    down = q.rotate((0.0, 0.0, 1.0))
    return down.x**2 + 2.0 * down.y + down.z


def args():
    import numpy as np

    return np.array([[0.3, -0.2, 0.5], [0.1, 0.4, -0.3], [0.2, 0.2, 0.2]]), np.array([0.01, -0.02, 0.03]), 0.4
