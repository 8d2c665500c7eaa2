"""Our dataclasses are those of the standard library, made in less time."""

import copy
import dataclasses
import inspect
import pickle
from typing import Any

import pytest

from zygote_nb import dataclass as ours

LIBRARIES = (dataclasses, ours)


def point(library: Any, **options: Any) -> Any:
    """A class with each kind of field."""

    @library.dataclass(**options)
    class Point:
        """A place."""

        x: float
        y: float = 0.0
        names: list[str] = dataclasses.field(default_factory=list)
        note: str | None = dataclasses.field(default=None, compare=False, repr=False)
        made: int = dataclasses.field(init=False, default=7)

        def double(self) -> float:
            return 2 * self.x

    return Point


OPTIONS = (
    {"frozen": True, "slots": True},
    {"slots": True},
    {"frozen": True},
    {"frozen": True, "slots": True, "repr": False},
    {"slots": True, "eq": False},
    {"frozen": True, "eq": False},
)


def behaviour(cls: Any) -> list[Any]:
    """What can be seen of a class and its instances."""

    def outcome(act: Any) -> Any:
        try:
            return act()
        except Exception as error:
            return type(error), str(error)

    a, b = cls(1.0, 2.0, ["u"], note="one"), cls(1.0, 2.0, ["u"], note="other")
    single = cls(1.0, names=())
    return [
        outcome(lambda: repr(a)).partition(" at 0x")[0], a == b, a != b, a == 1, outcome(lambda: hash(single)) is None,
        outcome(lambda: hash(a)) if cls.__eq__ is not object.__eq__ else None,
        outcome(lambda: setattr(a, "x", 3.0)), outcome(lambda: delattr(b, "y")),
        str(inspect.signature(cls)), cls.__match_args__, cls.__doc__, hasattr(a, "__dict__"), cls(1.0).names,
        cls(1.0).names is cls(1.0).names, a.double(), a.made, copy.copy(single).names, outcome(lambda: cls()),
        outcome(lambda: cls(1.0, z=2)), [f.name for f in dataclasses.fields(cls)], dataclasses.is_dataclass(cls),
        dataclasses.asdict(single), cls.__dataclass_params__.frozen, cls.__init__.__annotations__,
        outcome(lambda: setattr(a, "made", 8)), a.made,
    ]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_classes_behave_like_those_of_the_standard_library(options: dict[str, Any]) -> None:
    theirs, own = (behaviour(point(library, **options)) for library in LIBRARIES)
    assert own == theirs


@pytest.mark.parametrize("options", OPTIONS[:3], ids=str)
def test_replace_makes_a_copy_with_other_values(options: dict[str, Any]) -> None:
    for library in LIBRARIES:
        made = point(library, **options)(1.0, 2.0, ["u"], note="kept")
        other = ours.replace(made, x=5.0)
        assert (other.x, other.y, other.names, other.note, made.x) == (5.0, 2.0, ["u"], "kept", 1.0)
        assert other.names is made.names
        with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
            ours.replace(made, z=1.0)
        assert dataclasses.replace(made, x=5.0) == other


def test_equal_instances_have_equal_hashes_and_those_of_other_classes_differ() -> None:
    one, other = (point(ours, frozen=True, slots=True) for _ in range(2))
    assert hash(one(1.0, names=("u",))) == hash(one(1.0, names=("u",), note="other"))
    assert one(1.0) != other(1.0)
    assert hash(one(1.0, names=())) == hash((1.0, 0.0, (), 7))


def test_what_a_class_defines_stays() -> None:
    @ours.dataclass(frozen=True, slots=True)
    class Own:
        x: int

        def __repr__(self) -> str:
            return "own"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 3

    assert (repr(Own(1)), Own(1) == Own(2), hash(Own(1))) == ("own", True, 3)


def test_a_class_may_finish_itself() -> None:
    @ours.dataclass(frozen=True)
    class Checked:
        x: int

        def __post_init__(self) -> None:
            if self.x < 0:
                raise ValueError("below zero")

    assert ours.replace(Checked(1), x=2) == Checked(2)
    with pytest.raises(ValueError, match="below zero"):
        ours.replace(Checked(1), x=-1)


@ours.dataclass(frozen=True, slots=True)
class Kept:
    """What is pickled has a name in its module."""

    x: int
    y: tuple[int, ...] = ()


def test_instances_are_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept(1, (2, 3)))) == Kept(1, (2, 3))
    assert copy.deepcopy(Kept(1, (2,))) == Kept(1, (2,))


def test_an_instance_that_holds_itself_is_written() -> None:
    made = point(ours, slots=True)(1.0)
    made.names.append(made)
    assert "..." in repr(made)
