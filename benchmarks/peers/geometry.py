"""Bodies, cameras and hands, with all pairs, observations or points at once."""

from __future__ import annotations

from benchmarks.peers.system import System


def n_body(s: System, x, v, masses, steps, dt):
    def step(_, state):
        x, v = state
        apart = x[None, :, :] - x[:, None, :]
        pull = dt * (s.np.sum(apart * apart, axis=2) + 0.01) ** -1.5
        v = v + s.np.sum((masses[None, :] * pull)[:, :, None] * apart, axis=1)
        return x + dt * v, v

    x, _ = s.loop(steps, step, (x, v))
    return s.np.sum(x * x)


def rotated(s: System, x, r):
    angle = s.np.sqrt(s.np.sum(r * r, axis=-1))[..., None]
    axis = r / angle
    a, b = axis, x
    crossed = s.np.stack(
        [
            a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1],
            a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2],
            a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0],
        ],
        -1,
    )
    along = s.np.sum(a * b, axis=-1)[..., None]
    return s.np.cos(angle) * x + s.np.sin(angle) * crossed + (1.0 - s.np.cos(angle)) * along * axis


def reprojection(s: System, cameras, points, weights, features):
    x = rotated(s, points - cameras[:, 3:6], cameras[:, 0:3])
    image = x[:, 0:2] / x[:, 2:3]
    r2 = s.np.sum(image * image, axis=1)[:, None]
    image = cameras[:, 6:7] * (1.0 + cameras[:, 9:10] * r2 + cameras[:, 10:11] * r2 * r2) * image + cameras[:, 7:9]
    return s.np.sum(weights[:, None] * (image - features), axis=0)


def hand(s: System, pose, bases, lengths, fingers, joints, local, measured):
    side, first, second, third = (pose[6 + 4 * fingers + k] for k in range(4))
    bends = (first, first + second, first + second + third)
    bend = s.np.where(joints == 0, bends[0], s.np.where(joints == 1, bends[1], bends[2]))
    y = local[:, 1] * s.np.cos(bend) - local[:, 2] * s.np.sin(bend)
    z = local[:, 1] * s.np.sin(bend) + local[:, 2] * s.np.cos(bend)
    for k in range(2):
        before = lengths[fingers, k] * (joints > k)
        y = y + before * s.np.cos(bends[k])
        z = z + before * s.np.sin(bends[k])
    x = local[:, 0] * s.np.cos(side) - y * s.np.sin(side)
    y = local[:, 0] * s.np.sin(side) + y * s.np.cos(side)
    return rotated(s, bases[fingers] + s.np.stack([x, y, z], -1), pose[0:3]) + pose[3:6] - measured


FORMS = {"n_body": n_body, "reprojection": reprojection, "hand": hand}
