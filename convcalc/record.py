"""Named tuples as `typing` has them, made without its check of annotations.

`typing.NamedTuple` compiles each annotation that is text, some 350 of them on the way to the first output: an eighth of
convcalc's own start-up. Nothing at run time asks for them but `report.codec`, which reads them where it is needed.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class Maker(type):
        """Makes a named tuple of a class's annotated fields, with their defaults and its methods."""

        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, namespace)
            fields = namespace["__annotations__"]
            defaults = {field: namespace[field] for field in fields if field in namespace}
            if [*defaults] != [*fields][len(fields) - len(defaults) :]:
                raise TypeError(f"{name}: a field without a default stands behind one that has one")
            made = namedtuple(name, fields, defaults=defaults.values(), module=namespace["__module__"])
            made.__annotations__ = fields
            for key, value in namespace.items():
                if key not in (*fields, "__module__", "__qualname__", "__annotations__"):
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=Maker):
        """What records name as their base: `class Node(NamedTuple)`."""
