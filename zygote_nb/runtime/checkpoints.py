"""Loops that keep few of their states: which ones, and how often the others are computed again.

The schedule is the binomial one: with ``s`` states kept beside the first, and no step run again more than ``r`` times,
``binomial(s + 1 + r, r)`` steps can be reversed, and no schedule reverses more (Griewank and Walther, ACM Transactions
on Mathematical Software 26, 2000).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count


def checkpoint_range(n: int | None, snapshots: int | None = None) -> Iterable[int]:
    """``range(n)``, for a loop whose derivative keeps few of its states and computes the others again.

    What changes from one iteration to the next must be numbers and arrays that have a value before the loop. An array
    that the loop writes to must have one name. A loop that may be left by ``break`` is run once more, before, to see
    how many iterations it makes.

    Args:
        n: the number of iterations; None for a loop that ends by ``break`` only.
        snapshots: how many states are kept; the binomial schedule then computes as little as possible again. Without it
            the loop goes in blocks of about ``sqrt(n)`` iterations: it keeps one state for each, and what the way back
            needs of one block, and every block is run twice.

    Example:
        >>> import zygote_nb as zg
        >>> def powers(x):
        ...     for _ in zg.checkpoint_range(4, snapshots=2):
        ...         x = x * x
        ...     return x
        >>> zg.gradient(powers, 1.0)
        (16.0,)
    """
    return count() if n is None else range(n)


def steps_at_once(n: int, snapshots: int) -> int:
    """How many steps are run and reversed at a time; ``snapshots`` is 0 if their number is not given."""
    length = 1
    if snapshots < 1:
        while length * length < n:
            length += 1
    return length


def states_kept(n: int, snapshots: int) -> int:
    """How many states can be kept."""
    if snapshots > 0:
        return snapshots
    length = steps_at_once(n, snapshots)
    return max((n + length - 1) // length, 1)


def steps_to_state(steps: int, spare: int, length: int) -> int:
    """How many steps to go until a state is kept, if ``spare`` more can be: all of them if none can."""
    blocks = (steps + length - 1) // length
    if spare < 1 or blocks < 2:
        return steps
    # `reach` steps can be reversed with the states that there are, `fewer` with one less, running none again more
    # than `again` times; `before` and `fewer_before` with one time less.
    again, reach, fewer, before, fewer_before = 1, spare + 2, spare + 1, 1, 1
    while reach < blocks:
        again += 1
        before, fewer_before = reach, fewer
        fewer = fewer * (spare + again) // again
        reach = reach * (spare + 1 + again) // again
    return length * max(1, min(before, blocks - fewer_before))


def steps_again(n: int, snapshots: int | None = None) -> int:
    """How many steps of such a loop are run on the way back, without those that are reversed at once."""
    most = snapshots or 0
    length, kept, spare, end, total = steps_at_once(n, most), [0], states_kept(n, most), n, 0
    spare -= 1
    at = 0
    while True:
        step = steps_to_state(n - at, spare, length)
        if at + step >= n:
            break
        at += step
        kept.append(at)
        spare -= 1
    while end > 0:
        at = kept[-1]
        while end - at > length:
            if spare > 0:
                step = steps_to_state(end - at, spare, length)
                kept.append(at + step)
                spare -= 1
            else:
                step = length * ((end - at - 1) // length)
            total += step
            at += step
        end = at
        if kept[-1] == at:
            kept.pop()
            spare += 1
    return total
