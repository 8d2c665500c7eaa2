"""Geometry of cameras and hands: Jacobians, blocks of bundle adjustment and the whole of hand tracking."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import Arguments, Workload


def rotated(x, r):
    """By the angle and about the axis that are the length and the direction of ``r`` (Rodrigues)."""
    angle = np.sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2])
    axis = r / angle
    return np.cos(angle) * x + np.sin(angle) * np.cross(axis, x) + (1.0 - np.cos(angle)) * np.dot(axis, x) * axis


def reprojection(cameras, points, weights, features):
    """The weighted errors of reprojection, added up along both axes of the image.

    Each observation has a camera and a point of its own, so that the rows of the Jacobian are its blocks. A camera:
    rotation, centre, focal length, principal point, radial distortion.
    """
    errors = np.zeros(2)
    for i in range(weights.size):
        camera = cameras[i]
        x = rotated(points[i] - camera[3:6], camera[0:3])
        image = x[0:2] / x[2]
        r2 = image[0] * image[0] + image[1] * image[1]
        image = camera[6] * (1.0 + camera[9] * r2 + camera[10] * r2 * r2) * image + camera[7:9]
        errors += weights[i] * (image - features[i])
    return errors


def reprojection_by_hand(cameras, points, weights, features):
    n = weights.size
    to_cameras = np.empty((2, n, 11))
    to_points = np.empty((2, n, 3))
    to_weights = np.empty((2, n))
    for i in range(n):
        r0, r1, r2 = cameras[i, 0], cameras[i, 1], cameras[i, 2]
        angle = np.sqrt(r0 * r0 + r1 * r1 + r2 * r2)
        a, b, c = r0 / angle, r1 / angle, r2 / angle
        cosine, sine = np.cos(angle), np.sin(angle)
        x, y, z = points[i, 0] - cameras[i, 3], points[i, 1] - cameras[i, 4], points[i, 2] - cameras[i, 5]
        u, v, w = b * z - c * y, c * x - a * z, a * y - b * x
        along = a * x + b * y + c * z
        rest = (1.0 - cosine) * along
        p = cosine * x + sine * u + rest * a
        q = cosine * y + sine * v + rest * b
        s = 1.0 / (cosine * z + sine * w + rest * c)
        p, q = p * s, q * s
        square = p * p + q * q
        focal, k1, k2 = cameras[i, 6], cameras[i, 9], cameras[i, 10]
        scale = 1.0 + k1 * square + k2 * square * square
        slope = 2.0 * (k1 + 2.0 * k2 * square)
        to_weights[0, i] = focal * scale * p + cameras[i, 7] - features[i, 0]
        to_weights[1, i] = focal * scale * q + cameras[i, 8] - features[i, 1]
        for k in range(2):
            m = weights[i] * focal
            own = p if k == 0 else q
            to_p, to_q = m * own * slope * p, m * own * slope * q
            if k == 0:
                to_p += m * scale
            else:
                to_q += m * scale
            f, g = to_p * s, to_q * s
            h = -(to_p * p + to_q * q) * s
            turned = f * a + g * b + h * c
            part = (1.0 - cosine) * turned
            d_x = cosine * f + sine * (g * c - h * b) + part * a
            d_y = cosine * g + sine * (h * a - f * c) + part * b
            d_z = cosine * h + sine * (f * b - g * a) + part * c
            to_points[k, i, 0], to_points[k, i, 1], to_points[k, i, 2] = d_x, d_y, d_z
            d_angle = sine * (along * turned - f * x - g * y - h * z) + cosine * (f * u + g * v + h * w)
            d_a = sine * (y * h - z * g) + (1.0 - cosine) * (along * f + turned * x)
            d_b = sine * (z * f - x * h) + (1.0 - cosine) * (along * g + turned * y)
            d_c = sine * (x * g - y * f) + (1.0 - cosine) * (along * h + turned * z)
            radial = d_a * a + d_b * b + d_c * c
            row = to_cameras[k, i]
            row[0] = (d_a - radial * a) / angle + d_angle * a
            row[1] = (d_b - radial * b) / angle + d_angle * b
            row[2] = (d_c - radial * c) / angle + d_angle * c
            row[3], row[4], row[5] = -d_x, -d_y, -d_z
            row[6] = weights[i] * own * scale
            row[7] = weights[i] if k == 0 else 0.0
            row[8] = weights[i] if k == 1 else 0.0
            row[9] = m * own * square
            row[10] = m * own * square * square
    return to_cameras, to_points, to_weights


def hand_errors(pose, bases, lengths, fingers, joints, local, measured):
    """Distances of measured points from the points of a hand.

    The pose: rotation and place of the palm, then for each of five fingers an angle to the side and three bends. Each
    point belongs to a bone of a finger, at fixed coordinates in the bone's frame.
    """
    errors = np.empty(measured.shape)
    for i in range(fingers.size):
        finger = fingers[i]
        angles = pose[6 + 4 * finger : 10 + 4 * finger]
        bend = angles[1]
        y = 0.0
        z = 0.0
        for k in range(joints[i]):
            y += lengths[finger, k] * np.cos(bend)
            z += lengths[finger, k] * np.sin(bend)
            bend += angles[2 + k]
        y += local[i, 1] * np.cos(bend) - local[i, 2] * np.sin(bend)
        z += local[i, 1] * np.sin(bend) + local[i, 2] * np.cos(bend)
        x = local[i, 0] * np.cos(angles[0]) - y * np.sin(angles[0])
        y = local[i, 0] * np.sin(angles[0]) + y * np.cos(angles[0])
        errors[i] = rotated(bases[finger] + np.array([x, y, z]), pose[0:3]) + pose[3:6] - measured[i]
    return errors


def hand_errors_by_hand(pose, bases, lengths, fingers, joints, local, measured):
    """Columns of angles that don't move a point stay zero; the palm's matrix is made once."""
    n = fingers.size
    jacobian = np.zeros((n, 3, pose.size))
    angle = np.sqrt(pose[0] ** 2 + pose[1] ** 2 + pose[2] ** 2)
    axis = pose[0:3] / angle
    cosine, sine = np.cos(angle), np.sin(angle)
    R = np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            R[i, j] = (1.0 - cosine) * axis[i] * axis[j]
        R[i, i] += cosine
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        R[j, k] -= sine * axis[i]
        R[k, j] += sine * axis[i]
    d_point = np.empty((3, 4))
    for i in range(n):
        finger = fingers[i]
        base = 6 + 4 * finger
        side_cosine, side_sine = np.cos(pose[base]), np.sin(pose[base])
        bend = pose[base + 1]
        d_point[:, :] = 0.0
        last = joints[i]
        y, z = 0.0, 0.0
        for k in range(last + 1):
            if k < last:
                step_y, step_z = lengths[finger, k] * np.cos(bend), lengths[finger, k] * np.sin(bend)
            else:
                c, s = np.cos(bend), np.sin(bend)
                step_y, step_z = local[i, 1] * c - local[i, 2] * s, local[i, 1] * s + local[i, 2] * c
            y += step_y
            z += step_z
            for m in range(k + 1):
                d_point[1, 1 + m] -= step_z
                d_point[2, 1 + m] += step_y
            if k < last:
                bend += pose[base + 2 + k]
        for m in range(1, last + 2):
            d_point[0, m] = -side_sine * d_point[1, m]
            d_point[1, m] *= side_cosine
        x = local[i, 0]
        d_point[0, 0] = -side_sine * x - side_cosine * y
        d_point[1, 0] = side_cosine * x - side_sine * y
        p = bases[finger, 0] + side_cosine * x - side_sine * y
        q = bases[finger, 1] + side_sine * x + side_cosine * y
        r = bases[finger, 2] + z
        for m in range(last + 2):
            for k in range(3):
                total = R[k, 0] * d_point[0, m] + R[k, 1] * d_point[1, m] + R[k, 2] * d_point[2, m]
                jacobian[i, k, base + m] = total
        a, b, c = axis[0], axis[1], axis[2]
        along = a * p + b * q + c * r
        crossed = (b * r - c * q, c * p - a * r, a * q - b * p)
        point = (p, q, r)
        for k in range(3):
            jacobian[i, k, 3 + k] = 1.0
            to_angle = -sine * point[k] + cosine * crossed[k] + sine * along * axis[k]
            for m in range(3):
                to_axis = (1.0 - cosine) * point[m] * axis[k]
                if m == k:
                    to_axis += (1.0 - cosine) * along
                elif (m + 1) % 3 == k:
                    to_axis += -sine * point[(k + 1) % 3]
                else:
                    to_axis += sine * point[(m + 1) % 3]
                jacobian[i, k, m] = to_axis
            radial = jacobian[i, k, 0] * a + jacobian[i, k, 1] * b + jacobian[i, k, 2] * c
            for m in range(3):
                jacobian[i, k, m] = (jacobian[i, k, m] - radial * axis[m]) / angle + to_angle * axis[m]
    return (jacobian,)


def observations(n: int) -> Arguments:
    rng = np.random.default_rng(32)
    count = 1000 if n > 100 else 2
    cameras = 0.1 * rng.normal(size=(count, 11))
    cameras[:, 6] += 1.0
    points = rng.normal(size=(count, 3)) + np.array([0.0, 0.0, 5.0])
    return cameras, points, rng.random(count), 0.1 * rng.normal(size=(count, 2))


def hands(n: int) -> Arguments:
    rng = np.random.default_rng(33)
    count = 200 if n > 100 else 5
    fingers, joints = np.arange(count) % 5, rng.integers(3, size=count)
    return (
        rng.normal(scale=0.3, size=26), rng.normal(size=(5, 3)), rng.uniform(0.5, 1.0, (5, 3)),
        fingers, joints, 0.2 * rng.normal(size=(count, 3)), rng.normal(size=(count, 3)),
    )  # fmt: skip


REPROJECTION = Workload(
    "bundle adjustment (Jacobian)", reprojection, observations, (0, 1, 2), reprojection_by_hand, jacobian=True
)
HAND = Workload("hand tracking (Jacobian)", hand_errors, hands, (0,), hand_errors_by_hand, jacobian=True)
