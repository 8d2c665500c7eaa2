"""Bodies and fluids in motion: gravity between all pairs, and the flow that a lid drives in a cavity."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import Arguments, Workload


def n_body(x0, v0, masses, steps, dt):
    """Sum of squares of the positions after some steps of Euler's symplectic method, with softened gravity."""
    x = x0.copy()
    v = v0.copy()
    n = x.shape[0]
    for _ in range(steps):
        for i in range(n):
            for j in range(i):
                dx = x[j, 0] - x[i, 0]
                dy = x[j, 1] - x[i, 1]
                dz = x[j, 2] - x[i, 2]
                r2 = dx * dx + dy * dy + dz * dz + 0.01
                pull = dt / (r2 * np.sqrt(r2))
                v[i, 0] += masses[j] * pull * dx
                v[i, 1] += masses[j] * pull * dy
                v[i, 2] += masses[j] * pull * dz
                v[j, 0] -= masses[i] * pull * dx
                v[j, 1] -= masses[i] * pull * dy
                v[j, 2] -= masses[i] * pull * dz
        for i in range(n):
            for k in range(3):
                x[i, k] += dt * v[i, k]
    return np.sum(x * x)


def n_body_by_hand(x0, v0, masses, steps, dt):
    """Positions of each step are kept; in a step nothing depends on velocities but the positions after it."""
    n = x0.shape[0]
    path = np.empty((steps + 1, n, 3))
    path[0] = x0
    v = v0.copy()
    for t in range(steps):
        x = path[t]
        for i in range(n):
            vx, vy, vz = v[i, 0], v[i, 1], v[i, 2]
            for j in range(i):
                dx = x[j, 0] - x[i, 0]
                dy = x[j, 1] - x[i, 1]
                dz = x[j, 2] - x[i, 2]
                r2 = dx * dx + dy * dy + dz * dz + 0.01
                pull = dt / (r2 * np.sqrt(r2))
                to_i, to_j = masses[j] * pull, masses[i] * pull
                vx += to_i * dx
                vy += to_i * dy
                vz += to_i * dz
                v[j, 0] -= to_j * dx
                v[j, 1] -= to_j * dy
                v[j, 2] -= to_j * dz
            v[i, 0], v[i, 1], v[i, 2] = vx, vy, vz
        for i in range(n):
            for k in range(3):
                path[t + 1, i, k] = x[i, k] + dt * v[i, k]
    d_x = 2.0 * path[steps]
    d_v = np.zeros_like(v0)
    d_masses = np.zeros_like(masses)
    for t in range(steps - 1, -1, -1):
        x = path[t]
        for i in range(n):
            for k in range(3):
                d_v[i, k] += dt * d_x[i, k]
        for i in range(n):
            px, py, pz = 0.0, 0.0, 0.0
            d_m = 0.0
            m, gx, gy, gz = masses[i], d_v[i, 0], d_v[i, 1], d_v[i, 2]
            for j in range(i):
                dx = x[j, 0] - x[i, 0]
                dy = x[j, 1] - x[i, 1]
                dz = x[j, 2] - x[i, 2]
                inverse = 1.0 / (dx * dx + dy * dy + dz * dz + 0.01)
                pull = dt * inverse * np.sqrt(inverse)
                along_i = gx * dx + gy * dy + gz * dz
                along_j = d_v[j, 0] * dx + d_v[j, 1] * dy + d_v[j, 2] * dz
                d_masses[j] += pull * along_i
                d_m -= pull * along_j
                to_i, to_j = masses[j] * pull, m * pull
                radial = -3.0 * inverse * (to_i * along_i - to_j * along_j)
                to_dx = to_i * gx - to_j * d_v[j, 0] + radial * dx
                to_dy = to_i * gy - to_j * d_v[j, 1] + radial * dy
                to_dz = to_i * gz - to_j * d_v[j, 2] + radial * dz
                d_x[j, 0] += to_dx
                d_x[j, 1] += to_dy
                d_x[j, 2] += to_dz
                px += to_dx
                py += to_dy
                pz += to_dz
            d_x[i, 0] -= px
            d_x[i, 1] -= py
            d_x[i, 2] -= pz
            d_masses[i] += d_m
    return d_x, d_v, d_masses


def cavity(u0, v0, p0, steps, sweeps, dt, h):
    """Navier and Stokes's equations in a square with a lid that moves: spacing ``h``, density 1, viscosity 0.1."""
    u = u0.copy()
    v = v0.copy()
    p = p0.copy()
    b = np.zeros(p.shape)
    for _ in range(steps):
        ux = (u[1:-1, 2:] - u[1:-1, :-2]) / (2.0 * h)
        uy = (u[2:, 1:-1] - u[:-2, 1:-1]) / (2.0 * h)
        vx = (v[1:-1, 2:] - v[1:-1, :-2]) / (2.0 * h)
        vy = (v[2:, 1:-1] - v[:-2, 1:-1]) / (2.0 * h)
        b[1:-1, 1:-1] = (ux + vy) / dt - ux**2 - 2.0 * uy * vx - vy**2
        for _ in range(sweeps):
            old = p.copy()
            p[1:-1, 1:-1] = 0.25 * (
                old[1:-1, 2:] + old[1:-1, :-2] + old[2:, 1:-1] + old[:-2, 1:-1] - h * h * b[1:-1, 1:-1]
            )
            p[:, -1] = p[:, -2]
            p[0, :] = p[1, :]
            p[:, 0] = p[:, 1]
            p[-1, :] = 0.0
        un = u.copy()
        vn = v.copy()
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - dt / h * un[1:-1, 1:-1] * (un[1:-1, 1:-1] - un[1:-1, :-2])
            - dt / h * vn[1:-1, 1:-1] * (un[1:-1, 1:-1] - un[:-2, 1:-1])
            - dt / (2.0 * h) * (p[1:-1, 2:] - p[1:-1, :-2])
            + 0.1 * dt / h**2 * (un[1:-1, 2:] + un[1:-1, :-2] + un[2:, 1:-1] + un[:-2, 1:-1] - 4.0 * un[1:-1, 1:-1])
        )
        v[1:-1, 1:-1] = (
            vn[1:-1, 1:-1]
            - dt / h * un[1:-1, 1:-1] * (vn[1:-1, 1:-1] - vn[1:-1, :-2])
            - dt / h * vn[1:-1, 1:-1] * (vn[1:-1, 1:-1] - vn[:-2, 1:-1])
            - dt / (2.0 * h) * (p[2:, 1:-1] - p[:-2, 1:-1])
            + 0.1 * dt / h**2 * (vn[1:-1, 2:] + vn[1:-1, :-2] + vn[2:, 1:-1] + vn[:-2, 1:-1] - 4.0 * vn[1:-1, 1:-1])
        )
        u[0, :] = 0.0
        u[:, 0] = 0.0
        u[:, -1] = 0.0
        u[-1, :] = 1.0
        v[0, :] = 0.0
        v[-1, :] = 0.0
        v[:, 0] = 0.0
        v[:, -1] = 0.0
    return np.sum(u * u) + np.sum(v * v) + np.sum(p * p)


def relaxed(p, old, b, sweeps, h):
    n = p.shape[0]
    for _ in range(sweeps):
        old[:] = p
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                around = old[i, j + 1] + old[i, j - 1] + old[i + 1, j] + old[i - 1, j]
                p[i, j] = 0.25 * (around - h * h * b[i, j])
        for i in range(n):
            p[i, n - 1] = p[i, n - 2]
        for j in range(n):
            p[0, j] = p[1, j]
        for i in range(n):
            p[i, 0] = p[i, 1]
        for j in range(n):
            p[n - 1, j] = 0.0


def relaxed_transposed(d_p, inner, d_b, sweeps, h):
    """The sweeps are linear in pressure and source, so that the adjoint needs neither."""
    n = d_p.shape[0]
    for _ in range(sweeps):
        for j in range(n):
            d_p[n - 1, j] = 0.0
        for i in range(n):
            d_p[i, 1] += d_p[i, 0]
            d_p[i, 0] = 0.0
        for j in range(n):
            d_p[1, j] += d_p[0, j]
            d_p[0, j] = 0.0
        for i in range(n):
            d_p[i, n - 2] += d_p[i, n - 1]
            d_p[i, n - 1] = 0.0
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                inner[i, j] = 0.25 * d_p[i, j]
                d_b[i, j] -= h * h * inner[i, j]
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                d_p[i, j] = inner[i, j + 1] + inner[i, j - 1] + inner[i + 1, j] + inner[i - 1, j]
        for k in range(1, n - 1):
            d_p[0, k] += inner[1, k]
            d_p[n - 1, k] += inner[n - 2, k]
            d_p[k, 0] += inner[k, 1]
            d_p[k, n - 1] += inner[k, n - 2]


def driven(u, v, un, vn, p, dt, h):
    n = u.shape[0]
    a, c, e = dt / h, dt / (2.0 * h), 0.1 * dt / h**2
    un[:] = u
    vn[:] = v
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            x, y = un[i, j], vn[i, j]
            spread = un[i, j + 1] + un[i, j - 1] + un[i + 1, j] + un[i - 1, j] - 4.0 * x
            carried = x * (x - un[i, j - 1]) + y * (x - un[i - 1, j])
            u[i, j] = x - a * carried - c * (p[i, j + 1] - p[i, j - 1]) + e * spread
            spread = vn[i, j + 1] + vn[i, j - 1] + vn[i + 1, j] + vn[i - 1, j] - 4.0 * y
            carried = x * (y - vn[i, j - 1]) + y * (y - vn[i - 1, j])
            v[i, j] = y - a * carried - c * (p[i + 1, j] - p[i - 1, j]) + e * spread
    for k in range(n):
        u[0, k] = u[k, 0] = u[k, n - 1] = 0.0
        v[0, k] = v[n - 1, k] = v[k, 0] = v[k, n - 1] = 0.0
    for k in range(n):
        u[n - 1, k] = 1.0


def driven_transposed(d_u, d_v, d_un, d_vn, d_p, un, vn, dt, h):
    """What is at the walls is given; inside, one pass adds up what each point hands to its neighbours."""
    n = un.shape[0]
    a, c, e = dt / h, dt / (2.0 * h), 0.1 * dt / h**2
    d_un[:] = 0.0
    d_vn[:] = 0.0
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            x, y, g, k = un[i, j], vn[i, j], d_u[i, j], d_v[i, j]
            left, below = x - un[i, j - 1], x - un[i - 1, j]
            d_x = g * (1.0 - 4.0 * e - a * (left + x + y)) - k * a * (y - vn[i, j - 1])
            d_y = k * (1.0 - 4.0 * e - a * (x + y + y - vn[i - 1, j])) - g * a * below
            d_un[i, j] += d_x
            d_vn[i, j] += d_y
            d_un[i, j - 1] += g * (a * x + e)
            d_un[i - 1, j] += g * (a * y + e)
            d_un[i, j + 1] += g * e
            d_un[i + 1, j] += g * e
            d_vn[i, j - 1] += k * (a * x + e)
            d_vn[i - 1, j] += k * (a * y + e)
            d_vn[i, j + 1] += k * e
            d_vn[i + 1, j] += k * e
            d_p[i, j + 1] -= c * g
            d_p[i, j - 1] += c * g
            d_p[i + 1, j] -= c * k
            d_p[i - 1, j] += c * k


def cavity_by_hand(u0, v0, p0, steps, sweeps, dt, h):
    """Velocities before each step are kept; pressure is not needed."""
    n = u0.shape[0]
    us = np.empty((steps, n, n))
    vs = np.empty((steps, n, n))
    u = u0.copy()
    v = v0.copy()
    p = p0.copy()
    b = np.zeros((n, n))
    spare = np.zeros((n, n))
    r = 1.0 / (2.0 * h)
    for t in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                ux, uy = r * (u[i, j + 1] - u[i, j - 1]), r * (u[i + 1, j] - u[i - 1, j])
                vx, vy = r * (v[i, j + 1] - v[i, j - 1]), r * (v[i + 1, j] - v[i - 1, j])
                b[i, j] = (ux + vy) / dt - ux * ux - 2.0 * uy * vx - vy * vy
        relaxed(p, spare, b, sweeps, h)
        driven(u, v, us[t], vs[t], p, dt, h)
    d_u, d_v, d_p = 2.0 * u, 2.0 * v, 2.0 * p
    d_un = np.empty((n, n))
    d_vn = np.empty((n, n))
    spare[:] = 0.0
    for t in range(steps - 1, -1, -1):
        u, v = us[t], vs[t]
        driven_transposed(d_u, d_v, d_un, d_vn, d_p, u, v, dt, h)
        d_u, d_un, d_v, d_vn = d_un, d_u, d_vn, d_v
        b[:] = 0.0
        relaxed_transposed(d_p, spare, b, sweeps, h)
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                ux, uy = r * (u[i, j + 1] - u[i, j - 1]), r * (u[i + 1, j] - u[i - 1, j])
                vx, vy = r * (v[i, j + 1] - v[i, j - 1]), r * (v[i + 1, j] - v[i - 1, j])
                g = r * b[i, j]
                to_ux, to_vy = g * (1.0 / dt - 2.0 * ux), g * (1.0 / dt - 2.0 * vy)
                to_uy, to_vx = -2.0 * g * vx, -2.0 * g * uy
                d_u[i, j + 1] += to_ux
                d_u[i, j - 1] -= to_ux
                d_u[i + 1, j] += to_uy
                d_u[i - 1, j] -= to_uy
                d_v[i, j + 1] += to_vx
                d_v[i, j - 1] -= to_vx
                d_v[i + 1, j] += to_vy
                d_v[i - 1, j] -= to_vy
    return d_u, d_v, d_p


def bodies(n: int) -> Arguments:
    rng = np.random.default_rng(30)
    count, steps = (100, 10) if n > 100 else (3, 3)
    return rng.normal(size=(count, 3)), rng.normal(size=(count, 3)), rng.random(count) / count, steps, 0.01


def fluid(n: int) -> Arguments:
    rng = np.random.default_rng(31)
    side, steps, sweeps = (41, 20, 20) if n > 100 else (5, 2, 2)
    return (*(0.1 * rng.random((side, side)) for _ in range(3)), steps, sweeps, 0.001, 2.0 / (side - 1))


N_BODY = Workload("N-body", n_body, bodies, (0, 1, 2), n_body_by_hand)
CAVITY = Workload("cavity flow", cavity, fluid, (0, 1, 2), cavity_by_hand)
