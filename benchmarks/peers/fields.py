"""Fields on grids, on whole arrays: what is inside is put, and sweeps in place go by what is known of a row."""

from __future__ import annotations

import numpy

from benchmarks.peers.system import System

INSIDE = numpy.s_[1:-1, 1:-1]


def jacobi(s: System, A, B, steps, n):
    def stencil(X, Y):
        inner = X[1:-1, 1:-1] + X[1:-1, :-2] + X[1:-1, 2:] + X[2:, 1:-1] + X[:-2, 1:-1]
        return s.put(Y, INSIDE, 0.2 * inner)

    def step(_, state):
        A, B = state
        B = stencil(A, B)
        return stencil(B, A), B

    A, _ = s.loop(steps, step, (A, B))
    return s.np.sum(A * A)


def seidel(s: System, A, sweeps, n):
    """A row at a time: its recurrence from left to right is a product with a triangular matrix of powers of 1/9."""
    steps = numpy.subtract.outer(numpy.arange(1, n - 1), numpy.arange(1, n - 1))
    powers = numpy.where(steps >= 0, (1.0 / 9.0) ** numpy.abs(steps + 1.0), 0.0)
    recurrence = s.np.zeros((n - 2, n - 2)) + s.np.asarray(powers)
    left = s.np.asarray((1.0 / 9.0) ** numpy.arange(1, n - 1))

    def row(i, A):
        above, own, below = A[i], A[i + 1], A[i + 2]
        known = above[:-2] + above[1:-1] + above[2:] + own[1:-1] + own[2:] + below[:-2] + below[1:-1] + below[2:]
        return s.put(A, (i + 1, slice(1, n - 1)), recurrence @ known + left * own[0])

    A = s.loop(sweeps, lambda _, A: s.loop(n - 2, row, A), A)
    return s.np.sum(A * A)


def heat_3d(s: System, A, B, steps):
    inside = numpy.s_[1:-1, 1:-1, 1:-1]

    def warmed(X, Y):
        around = (
            X[2:, 1:-1, 1:-1] + X[:-2, 1:-1, 1:-1] + X[1:-1, 2:, 1:-1] + X[1:-1, :-2, 1:-1]
            + X[1:-1, 1:-1, 2:] + X[1:-1, 1:-1, :-2]
        )  # fmt: skip
        return s.put(Y, inside, 0.25 * X[inside] + 0.125 * around)

    def step(_, state):
        A, B = state
        B = warmed(A, B)
        return warmed(B, A), B

    A, _ = s.loop(steps, step, (A, B))
    return s.np.sum(A * A)


def fdtd(s: System, ex, ey, hz, source):
    def step(t, state):
        ex, ey, hz = state
        ey = s.put(ey, numpy.s_[0, :], source[t])
        ey = s.put(ey, numpy.s_[1:, :], ey[1:] - 0.5 * (hz[1:] - hz[:-1]))
        ex = s.put(ex, numpy.s_[:, 1:], ex[:, 1:] - 0.5 * (hz[:, 1:] - hz[:, :-1]))
        curl = ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]
        return ex, ey, s.put(hz, numpy.s_[:-1, :-1], hz[:-1, :-1] - 0.7 * curl)

    _, _, hz = s.loop(source.shape[0], step, (ex, ey, hz))
    return s.np.sum(hz * hz)


def horizontal_diffusion(s: System, x, strength):
    laplacian = 4.0 * x[1:-1, 1:-1] - (x[2:, 1:-1] + x[:-2, 1:-1] + x[1:-1, 2:] + x[1:-1, :-2])
    along = laplacian[1:, 1:-1] - laplacian[:-1, 1:-1]
    along = s.np.where(along * (x[2:-1, 2:-2] - x[1:-2, 2:-2]) > 0.0, 0.0, along)
    across = laplacian[1:-1, 1:] - laplacian[1:-1, :-1]
    across = s.np.where(across * (x[2:-2, 2:-1] - x[2:-2, 1:-2]) > 0.0, 0.0, across)
    out = x[2:-2, 2:-2] - strength * (along[1:] - along[:-1] + across[:, 1:] - across[:, :-1])
    return s.np.sum(out * out)


def vertical_advection(s: System, u, w, rate):
    levels = u.shape[0]
    ratios, values = [], []
    for k in range(levels):
        pivot, known = rate, rate * u[k]
        if k < levels - 1:
            c = 0.25 * w[k + 1]
            pivot = pivot - c
            known = known - c * (u[k + 1] - u[k])
        if k > 0:
            a = -0.25 * w[k]
            pivot = pivot - a - a * ratios[-1]
            known = known - a * (u[k - 1] - u[k]) - a * values[-1]
        if k < levels - 1:
            ratios.append(c / pivot)
        values.append(known / pivot)
    x = values[-1]
    total = s.np.sum(x * x)
    for ratio, value in zip(ratios[::-1], values[-2::-1], strict=True):
        x = value - ratio * x
        total = total + s.np.sum(x * x)
    return total


def alternating(s: System, u, steps, n):
    """The matrices are the same in all steps, and inverted beforehand."""
    first, second = n * n / steps, 0.5 * n * n / steps

    def inverse(a):
        off = numpy.diag(numpy.full(n - 3, -a), 1)
        return s.np.asarray(numpy.linalg.inv(numpy.diag(numpy.full(n - 2, 1.0 + 2.0 * a)) + off + off.T))

    down, along = inverse(first), inverse(second)
    ends = numpy.zeros((n - 2, 1))
    ends[0] = ends[-1] = 1.0
    ends = s.np.asarray(ends)
    ones = s.np.zeros((1, n - 2)) + 1.0

    def step(_, u):
        known = second * (u[1:-1, :-2] + u[1:-1, 2:]) + (1.0 - 2.0 * second) * u[1:-1, 1:-1]
        v = s.np.concatenate((ones, down @ (known + first * ends), ones))
        known = first * (v[:-2] + v[2:]) + (1.0 - 2.0 * first) * v[1:-1]
        rows = s.np.concatenate((ones.T, (known + second * ends.T) @ along, ones.T), 1)
        return s.np.concatenate((u[:1], rows, u[-1:]))

    u = s.loop(steps, step, u)
    return s.np.sum(u * u)


def cavity(s: System, u, v, p, steps, sweeps, dt, h):
    def walls(x, lid):
        x = s.put(x, numpy.s_[0, :], 0.0)
        x = s.put(x, numpy.s_[:, 0], 0.0)
        x = s.put(x, numpy.s_[:, -1], 0.0)
        return s.put(x, numpy.s_[-1, :], lid)

    def sweep(b):
        def relaxed(_, p):
            around = p[1:-1, 2:] + p[1:-1, :-2] + p[2:, 1:-1] + p[:-2, 1:-1]
            p = s.put(p, INSIDE, 0.25 * (around - h * h * b))
            p = s.put(p, numpy.s_[:, -1], p[:, -2])
            p = s.put(p, numpy.s_[0, :], p[1, :])
            p = s.put(p, numpy.s_[:, 0], p[:, 1])
            return s.put(p, numpy.s_[-1, :], 0.0)

        return relaxed

    def moved(x, u, v, push):
        inner = x[INSIDE]
        carried = u[INSIDE] * (inner - x[1:-1, :-2]) + v[INSIDE] * (inner - x[:-2, 1:-1])
        spread = x[1:-1, 2:] + x[1:-1, :-2] + x[2:, 1:-1] + x[:-2, 1:-1] - 4.0 * inner
        return s.put(x, INSIDE, inner - dt / h * carried - dt / (2.0 * h) * push + 0.1 * dt / h**2 * spread)

    def step(_, state):
        u, v, p = state
        ux, uy = (u[1:-1, 2:] - u[1:-1, :-2]) / (2.0 * h), (u[2:, 1:-1] - u[:-2, 1:-1]) / (2.0 * h)
        vx, vy = (v[1:-1, 2:] - v[1:-1, :-2]) / (2.0 * h), (v[2:, 1:-1] - v[:-2, 1:-1]) / (2.0 * h)
        p = s.loop(sweeps, sweep((ux + vy) / dt - ux**2 - 2.0 * uy * vx - vy**2), p)
        after = moved(u, u, v, p[1:-1, 2:] - p[1:-1, :-2])
        v = moved(v, u, v, p[2:, 1:-1] - p[:-2, 1:-1])
        return walls(after, 1.0), walls(v, 0.0), p

    u, v, p = s.loop(steps, step, (u, v, p))
    return s.np.sum(u * u) + s.np.sum(v * v) + s.np.sum(p * p)


FORMS = {
    "jacobi": jacobi,
    "seidel": seidel,
    "heat_3d": heat_3d,
    "fdtd": fdtd,
    "horizontal_diffusion": horizontal_diffusion,
    "vertical_advection": vertical_advection,
    "alternating": alternating,
    "cavity": cavity,
}
