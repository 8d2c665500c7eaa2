"""Fields on grids as statements on slices: heat in three dimensions, electromagnetic waves, horizontal diffusion."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import Arguments, Workload


def heat_3d(A0, B0, steps):
    A = A0.copy()
    B = B0.copy()
    for _ in range(steps):
        B[1:-1, 1:-1, 1:-1] = (
            0.125 * (A[2:, 1:-1, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[:-2, 1:-1, 1:-1])
            + 0.125 * (A[1:-1, 2:, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, :-2, 1:-1])
            + 0.125 * (A[1:-1, 1:-1, 2:] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, 1:-1, :-2])
            + A[1:-1, 1:-1, 1:-1]
        )
        A[1:-1, 1:-1, 1:-1] = (
            0.125 * (B[2:, 1:-1, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[:-2, 1:-1, 1:-1])
            + 0.125 * (B[1:-1, 2:, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[1:-1, :-2, 1:-1])
            + 0.125 * (B[1:-1, 1:-1, 2:] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[1:-1, 1:-1, :-2])
            + B[1:-1, 1:-1, 1:-1]
        )
    return np.sum(A * A)


def warmed(source, target):
    n = source.shape[0]
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            for k in range(1, n - 1):
                around = source[i - 1, j, k] + source[i + 1, j, k] + source[i, j - 1, k] + source[i, j + 1, k]
                target[i, j, k] = 0.25 * source[i, j, k] + 0.125 * (around + source[i, j, k - 1] + source[i, j, k + 1])


def warmed_transposed(source, target, inner):
    """Each step is its own adjoint inside; the six sides are read and never written."""
    n = source.shape[0]
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            for k in range(1, n - 1):
                inner[i, j, k] = 0.125 * source[i, j, k]
                source[i, j, k] = 0.0
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            for k in range(1, n - 1):
                around = inner[i - 1, j, k] + inner[i + 1, j, k] + inner[i, j - 1, k] + inner[i, j + 1, k]
                target[i, j, k] += 2.0 * inner[i, j, k] + around + inner[i, j, k - 1] + inner[i, j, k + 1]
    for j in range(1, n - 1):
        for k in range(1, n - 1):
            target[0, j, k] += inner[1, j, k]
            target[n - 1, j, k] += inner[n - 2, j, k]
            target[j, 0, k] += inner[j, 1, k]
            target[j, n - 1, k] += inner[j, n - 2, k]
            target[j, k, 0] += inner[j, k, 1]
            target[j, k, n - 1] += inner[j, k, n - 2]


def heat_3d_by_hand(A0, B0, steps):
    A = A0.copy()
    B = B0.copy()
    for _ in range(steps):
        warmed(A, B)
        warmed(B, A)
    d_A = 2.0 * A
    d_B = np.zeros_like(B)
    inner = np.zeros_like(A)
    for _ in range(steps):
        warmed_transposed(d_A, d_B, inner)
        warmed_transposed(d_B, d_A, inner)
    return d_A, d_B


def fdtd(ex0, ey0, hz0, source):
    """Sum of squares of the magnetic field after one step for each value of the source."""
    ex = ex0.copy()
    ey = ey0.copy()
    hz = hz0.copy()
    for t in range(source.size):
        ey[0, :] = source[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return np.sum(hz * hz)


def fdtd_by_hand(ex0, ey0, hz0, source):
    """What is linear needs no state: the steps are run, and then their transposes from the last to the first."""
    ex = ex0.copy()
    ey = ey0.copy()
    hz = hz0.copy()
    rows, columns = hz.shape
    for t in range(source.size):
        for j in range(columns):
            ey[0, j] = source[t]
        for i in range(1, rows):
            for j in range(columns):
                ey[i, j] -= 0.5 * (hz[i, j] - hz[i - 1, j])
        for i in range(rows):
            for j in range(1, columns):
                ex[i, j] -= 0.5 * (hz[i, j] - hz[i, j - 1])
        for i in range(rows - 1):
            for j in range(columns - 1):
                hz[i, j] -= 0.7 * (ex[i, j + 1] - ex[i, j] + ey[i + 1, j] - ey[i, j])
    ex[:] = 0.0
    ey[:] = 0.0
    for i in range(rows):
        for j in range(columns):
            hz[i, j] *= 2.0
    d_source = np.empty_like(source)
    for t in range(source.size - 1, -1, -1):
        for i in range(rows - 1):
            ex[i, 0] += 0.7 * hz[i, 0]
            for j in range(1, columns - 1):
                ex[i, j] += 0.7 * (hz[i, j] - hz[i, j - 1])
            ex[i, columns - 1] -= 0.7 * hz[i, columns - 2]
        for j in range(columns - 1):
            ey[0, j] += 0.7 * hz[0, j]
            ey[rows - 1, j] -= 0.7 * hz[rows - 2, j]
        for i in range(1, rows - 1):
            for j in range(columns - 1):
                ey[i, j] += 0.7 * (hz[i, j] - hz[i - 1, j])
        for i in range(rows):
            hz[i, 0] += 0.5 * ex[i, 1]
            for j in range(1, columns - 1):
                hz[i, j] += 0.5 * (ex[i, j + 1] - ex[i, j])
            hz[i, columns - 1] -= 0.5 * ex[i, columns - 1]
        for j in range(columns):
            hz[0, j] += 0.5 * ey[1, j]
            hz[rows - 1, j] -= 0.5 * ey[rows - 1, j]
        for i in range(1, rows - 1):
            for j in range(columns):
                hz[i, j] += 0.5 * (ey[i + 1, j] - ey[i, j])
        total = 0.0
        for j in range(columns):
            total += ey[0, j]
            ey[0, j] = 0.0
        d_source[t] = total
    return ex, ey, hz, d_source


def horizontal_diffusion(x, strength):
    """Diffusion of fourth order on each level of an atmosphere, with fluxes that never go up the gradient."""
    laplacian = 4.0 * x[1:-1, 1:-1] - (x[2:, 1:-1] + x[:-2, 1:-1] + x[1:-1, 2:] + x[1:-1, :-2])
    along = laplacian[1:, 1:-1] - laplacian[:-1, 1:-1]
    along = np.where(along * (x[2:-1, 2:-2] - x[1:-2, 2:-2]) > 0.0, 0.0, along)
    across = laplacian[1:-1, 1:] - laplacian[1:-1, :-1]
    across = np.where(across * (x[2:-2, 2:-1] - x[2:-2, 1:-2]) > 0.0, 0.0, across)
    out = x[2:-2, 2:-2] - strength * (along[1:] - along[:-1] + across[:, 1:] - across[:, :-1])
    return np.sum(out * out)


def horizontal_diffusion_by_hand(x, strength):
    rows, columns, levels = strength.shape
    laplacian = np.empty((rows + 2, columns + 2, levels))
    for i in range(rows + 2):
        for j in range(columns + 2):
            for k in range(levels):
                around = x[i + 2, j + 1, k] + x[i, j + 1, k] + x[i + 1, j + 2, k] + x[i + 1, j, k]
                laplacian[i, j, k] = 4.0 * x[i + 1, j + 1, k] - around
    along = np.empty((rows + 1, columns, levels))
    for i in range(rows + 1):
        for j in range(columns):
            for k in range(levels):
                flux = laplacian[i + 1, j + 1, k] - laplacian[i, j + 1, k]
                uphill = flux * (x[i + 2, j + 2, k] - x[i + 1, j + 2, k]) > 0.0
                along[i, j, k] = 0.0 if uphill else flux
    across = np.empty((rows, columns + 1, levels))
    for i in range(rows):
        for j in range(columns + 1):
            for k in range(levels):
                flux = laplacian[i + 1, j + 1, k] - laplacian[i + 1, j, k]
                uphill = flux * (x[i + 2, j + 2, k] - x[i + 2, j + 1, k]) > 0.0
                across[i, j, k] = 0.0 if uphill else flux
    d_x = np.zeros_like(x)
    d_strength = np.empty_like(strength)
    d_laplacian = np.zeros_like(laplacian)
    for i in range(rows):
        for j in range(columns):
            for k in range(levels):
                net = along[i + 1, j, k] - along[i, j, k] + across[i, j + 1, k] - across[i, j, k]
                g = 2.0 * (x[i + 2, j + 2, k] - strength[i, j, k] * net)
                d_x[i + 2, j + 2, k] = g
                d_strength[i, j, k] = -g * net
                g *= -strength[i, j, k]
                east = 0.0 if along[i + 1, j, k] == 0.0 else g
                west = 0.0 if along[i, j, k] == 0.0 else g
                north = 0.0 if across[i, j + 1, k] == 0.0 else g
                south = 0.0 if across[i, j, k] == 0.0 else g
                d_laplacian[i + 2, j + 1, k] += east
                d_laplacian[i, j + 1, k] += west
                d_laplacian[i + 1, j + 2, k] += north
                d_laplacian[i + 1, j, k] += south
                d_laplacian[i + 1, j + 1, k] -= east + west + north + south
    for i in range(rows + 2):
        for j in range(columns + 2):
            for k in range(levels):
                g = d_laplacian[i, j, k]
                d_x[i + 1, j + 1, k] += 4.0 * g
                d_x[i + 2, j + 1, k] -= g
                d_x[i, j + 1, k] -= g
                d_x[i + 1, j + 2, k] -= g
                d_x[i + 1, j, k] -= g
    return d_x, d_strength


def cubes(n: int) -> Arguments:
    rng = np.random.default_rng(25)
    side, steps = (40, 10) if n > 100 else (4, 2)
    return rng.random((side, side, side)), rng.random((side, side, side)), steps


def fields(n: int) -> Arguments:
    rng = np.random.default_rng(26)
    rows, columns, steps = (120, 150, 40) if n > 100 else (4, 5, 3)
    return (*(rng.random((rows, columns)) for _ in range(3)), rng.random(steps))


def atmosphere(n: int) -> Arguments:
    rng = np.random.default_rng(27)
    rows, columns, levels = (64, 64, 40) if n > 100 else (3, 4, 2)
    return rng.random((rows + 4, columns + 4, levels)), 0.1 * rng.random((rows, columns, levels))


HEAT_3D = Workload("heat_3d", heat_3d, cubes, (0, 1), heat_3d_by_hand)
FDTD = Workload("FDTD", fdtd, fields, (0, 1, 2, 3), fdtd_by_hand)
HORIZONTAL_DIFFUSION = Workload(
    "horizontal diffusion", horizontal_diffusion, atmosphere, (0, 1), horizontal_diffusion_by_hand
)
