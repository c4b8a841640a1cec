"""Named tuples as `typing` has them, made faster: every command makes many before it says anything.

`typing.NamedTuple` compiles each annotation that is text, and a constructor and five methods for each class. Here
annotations stay text (`report.codec` reads them where it needs them), the methods are those of one base, and classes
of as many fields share the code of their constructor.
"""

from __future__ import annotations

from collections import _tuplegetter  # type: ignore[attr-defined]  # what namedtuple reads a field with
from collections.abc import Iterable
from functools import cache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class Record(tuple):
        """What all records can: the methods of `collections.namedtuple`."""

        __slots__ = ()

        @classmethod
        def _make(cls, values: Iterable[Any]) -> Self:
            """A record of values in the order of its fields."""
            record = tuple.__new__(cls, values)
            if len(record) != len(cls._fields):
                raise TypeError(f"{cls.__name__} has {len(cls._fields)} fields, not {len(record)}")
            return record

        def _replace(self, /, **values: Any) -> Self:
            """This record with other values of some fields."""
            record = self._make(map(values.pop, self._fields, self))
            if values:
                raise ValueError(f"{type(self).__name__} has no fields {[*values]}")
            return record

        __replace__ = _replace  # of `copy.replace`

        def _asdict(self) -> dict[str, Any]:
            """Values by field."""
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self) -> tuple[Any, ...]:
            """The values, for copies and pickles."""
            return tuple(self)

        def __repr__(self) -> str:
            return f"{type(self).__name__}({', '.join(f'{field}={value!r}' for field, value in zip(self._fields, self, strict=True))})"

    class Maker(type):
        """Makes a record of a class's annotated fields, with their defaults and its methods."""

        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, namespace)
            fields = tuple(namespace["__annotations__"])
            defaults = {field: namespace.pop(field) for field in fields if field in namespace}
            if tuple(defaults) != fields[len(fields) - len(defaults) :]:
                raise TypeError(f"{name}: a field without a default stands behind one that has one")
            code = constructor(len(fields)).replace(co_name="__new__", co_qualname=f"{name}.__new__", co_varnames=("_cls", *fields))
            namespace |= {field: _tuplegetter(number, "") for number, field in enumerate(fields)}
            namespace |= {"__slots__": (), "__match_args__": fields, "_fields": fields, "_field_defaults": defaults}
            namespace["__new__"] = FunctionType(code, {"new": tuple.__new__}, "__new__", tuple(defaults.values()))
            return type(name, (Record,), namespace)

    @cache
    def constructor(count: int) -> CodeType:
        """The code that makes a record of so many values: fast as that of `namedtuple`, which compiles it anew for each class."""
        names = "".join(f"_{number}, " for number in range(count))
        return compile(f"lambda _cls, {names}: new(_cls, ({names}))", "<record>", "eval").co_consts[0]

    class NamedTuple(metaclass=Maker):
        """What records name as their base: `class Node(NamedTuple)`."""
