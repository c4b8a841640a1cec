"""Records are named tuples, whoever makes them."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import Any, get_type_hints

import pytest

from convcalc.core.shape import Map
from convcalc.record import NamedTuple


class Ours(NamedTuple):
    """A record of ours."""

    first: int
    second: list[int] | None = None

    @property
    def double(self) -> int:
        return 2 * self.first

    def more(self, by: int) -> Ours:
        return self._replace(first=self.first + by)


class Theirs(typing.NamedTuple):
    """A record of theirs."""

    first: int
    second: list[int] | None = None


def test_records_are_what_typing_makes() -> None:
    """Fields, defaults, equality, text, module and annotations; with methods of their own."""
    for name in ("_fields", "_field_defaults", "__module__"):
        assert getattr(Ours, name) == getattr(Theirs, name)
    assert get_type_hints(Ours) == get_type_hints(Theirs) == {"first": int, "second": list[int] | None}
    assert Ours(1) == (1, None) == Theirs(1)
    assert repr(Ours(1, [2])) == "Ours(first=1, second=[2])"
    assert (Ours(3).double, Ours(3).more(by=4), Ours.__doc__) == (6, Ours(7), "A record of ours.")
    assert issubclass(Ours, tuple)


def test_wrong_calls_name_the_record() -> None:
    """As those of typing do."""
    with pytest.raises(TypeError, match=r"Ours\.__new__\(\) missing 1 required positional argument: 'first'"):
        Ours()  # type: ignore[call-arg]


def test_records_are_replaced_in() -> None:
    """By name, and by `copy.replace` where Python has it; an unknown field is an error."""
    replace: Any = getattr(copy, "replace", lambda record, **values: record.__replace__(**values))
    assert replace(Ours(1, [2]), first=3) == Ours(3, [2]) == Ours(1, [2])._replace(first=3)
    with pytest.raises(ValueError, match="third"):
        Ours(1)._replace(third=3)


def test_records_travel() -> None:
    """Workers of a cluster get them pickled."""
    for record in (Ours(1, [2]), Map(3, (4, 5))):
        assert pickle.loads(pickle.dumps(record)) == record


def test_what_is_no_record_is_refused() -> None:
    """A missing value is an error, and so is a field without a default behind one that has one."""
    with pytest.raises(TypeError):
        Ours()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        type(NamedTuple)("Bad", (NamedTuple,), {"__module__": "m", "__annotations__": {"a": Any, "b": Any}, "a": 1})
