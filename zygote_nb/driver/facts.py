"""What is asked of a derivation, and what calls need to know of the answer."""

from __future__ import annotations

from zygote_nb.dataclass import dataclass, field
from zygote_nb.driver.params import Params
from zygote_nb.frontend.free import Path
from zygote_nb.frontend.layout import FreeVariable
from zygote_nb.ir.kinds import Kind

Wrt = tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What is derived: gradients by the parameters that ``wrt`` flags, or the derivative along these if ``forward``.

    ``value`` asks for the value too, ``loss_only`` seeds the first result with one, ``into`` takes buffers for the
    gradients of arrays, ``params`` asks for gradients by implicit parameters. ``moved`` asks for the change of the
    gradient where the parameters that it flags have tangents. ``width`` is the number of tangents taken at once, 0 any
    number along an inner axis. ``sizes`` are lengths of axes, by their labels, for which the code is made.
    """

    wrt: Wrt
    value: bool = False
    loss_only: bool = False
    into: bool = False
    forward: bool = False
    params: Params | None = None
    moved: Wrt | None = None
    width: int = 1
    sizes: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What a derivation found out.

    ``wrt`` says for each leaf parameter whether its gradient is computed (its tangent taken), ``none`` which gradients
    are None because no differentiable path leads to the result, ``by`` which free variables are asked for.
    ``parameters`` are the names of the leaves. ``ways`` lead to the objects outside of the arguments, by number;
    ``outside`` are those that the function changes, ``captured`` the parameters that are captured arrays which it
    writes to. ``directions`` says which leaf parameters have tangents, ``width`` how many each.
    """

    wrt: Wrt
    none: Wrt
    result_kind: Kind
    free: tuple[FreeVariable, ...]
    parameters: tuple[str, ...]
    has_effects: bool
    writes: bool
    has_loops: bool
    outside: tuple[tuple[int, Kind], ...] = ()
    captured: tuple[int, ...] = ()
    by: Wrt = ()
    ways: dict[int, Path] = field(default_factory=dict)
    directions: Wrt = ()
    width: int = 1
