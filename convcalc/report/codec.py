"""Reading records from JSON, and their JSON Schema, from their annotations alone.

A type is understood as `typing` has it: str, int, float, bool, None, unions, list, tuple, dict with text as keys, NamedTuple,
and `Annotated` with a rule of this file. What a schema accepts a reader accepts, and nothing else: so a whole float is an
integer, unknown keys are passed over, and no number is beyond ±2^4096, which is more than any layout can cost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from convcalc.record import NamedTuple

LARGEST = 2**4096
Schema = dict[str, Any]
Reader = Callable[[Any], Any]


# Rules of annotations


class Least(NamedTuple):
    """A number of at least so many."""

    value: int


class OneOf(NamedTuple):
    """One of some words or numbers."""

    choices: tuple[Any, ...]


class Pattern(NamedTuple):
    """Text that a regular expression matches."""

    pattern: str


class Length(NamedTuple):
    """A list of so many entries."""

    entries: int


class Metrics(NamedTuple):
    """Metrics of a `network`, a `layer`, a `sum` of layers, or `costs`, which are numbers, or None on a side without any."""

    of: str


# Kinds of values that annotations name
Count = Annotated[int, Least(0)]
Positive = Annotated[int, Least(1)]
Shape = list[Positive]
Amount = Annotated[float, Least(0)]  # a metric as one number
Rate = float | None  # of two amounts; None for a zero denominator
Scalar = str | bool | float | None
Value = Scalar | list[Scalar | list[Scalar]]  # of an attribute: a number or word, or one an axis, padding with one a side
Word = Annotated[str, Pattern(r"^[a-z-]*$(?!\n)")]  # the name of a command or rule, which formats write as it is
Unit = Annotated[str, OneOf(("MAC", "FLOP"))]
Severity = Annotated[str, OneOf(("error", "warning", "note"))]
Verdict = Annotated[str, OneOf(("ok", "fail", "error"))]
Totals = Annotated[dict[str, Any], Metrics("network")]
LayerMetrics = Annotated[dict[str, Any], Metrics("layer")]
Sums = Annotated[dict[str, Any], Metrics("sum")]
Costs = Annotated[dict[str, Any], Metrics("costs")]
ExitCode = Annotated[int, OneOf((0, 1, 2, 3, 130))]


# Reading, and what may be read


class Kind(NamedTuple):
    """What reads a value, raising ValueError where it is none, and its JSON Schema."""

    read: Reader
    schema: Schema


class Contract:
    """What reads values of annotated types, and their schemas. `names` are what annotations of records may name."""

    def __init__(self, names: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
        self.names = names
        self.metrics = metrics  # the table of metrics

    def kind(self, annotation: Any) -> Kind:
        """How values of a type are read, and their schema."""
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is None and annotation in PLAIN:
            return PLAIN[annotation]
        if origin is Annotated:
            [rule] = arguments[1:]
            return self.metrics_kind(rule.of) if isinstance(rule, Metrics) else ruled(self.kind(arguments[0]), rule)
        if origin in (Union, UnionType):
            return one_of([self.kind(argument) for argument in arguments])
        if origin in (list, tuple):
            return listed(self.kind(arguments[0]), origin)
        if origin is dict:
            return mapped(self.kind(arguments[1]))
        return self.record(annotation)

    def record(self, record: Any) -> Kind:
        """A record: its fields by name, the entries of spread ones among them."""
        hints = get_type_hints(record, dict(self.names), include_extras=True)
        spread, unread = getattr(record, "SPREAD", ()), getattr(record, "UNREAD", ())
        own = {name: self.kind(hints[name]) for name in record._fields if name not in (*spread, *unread)}
        apart = {name: self.kind(hints[name]) for name in spread}
        needed = [name for name in own if name not in record._field_defaults or name in getattr(record, "NEEDED", ())]

        def read(value: Any) -> Any:
            if not isinstance(value, dict) or not all(name in value for name in needed):
                return fail("not an object with these keys")
            found = {name: kind.read(value[name]) for name, kind in own.items() if name in value}
            return record(**found, **{name: kind.read(value) for name, kind in apart.items()})

        properties = {name: kind.schema for name, kind in own.items()}
        required = list(needed)
        for kind in apart.values():
            properties |= kind.schema["properties"]
            required += kind.schema["required"]
        return Kind(read, {"type": "object", "required": required, "properties": properties})

    def metrics_kind(self, of: str) -> Kind:
        """An object with a key a metric, of those that a network, a layer or a sum of layers has."""
        value_kind = self.cost_kind if of == "costs" else self.metric_kind
        kinds = {key: value_kind(metric) for key, metric in self.metrics.items() if has_it(of, metric)}
        needed = [key for key in kinds if not self.metrics[key].on_demand]

        def read(value: Any) -> Any:
            if not isinstance(value, dict) or not all(key in value for key in needed):
                return fail("not an object with all metrics")
            return {key: kind.read(value[key]) for key, kind in kinds.items() if key in value}

        properties = {key: kind.schema for key, kind in kinds.items()}
        return Kind(read, {"type": "object", "required": needed, "properties": properties})

    def metric_kind(self, metric: Any) -> Kind:
        """The values of a metric, by its unit."""
        if metric.unit == "sizes":
            return self.kind(list[Count] | None)
        if metric.unit == "operations":
            counted = self.record(Counted)
            return Kind(lambda value: counted.read(value).value, counted.schema)
        return self.amount(metric) if metric.adds_up else self.cost_kind(metric)

    def cost_kind(self, metric: Any) -> Kind:
        """A metric as one number, or None."""
        return one_of([self.amount(metric), PLAIN[None]])

    def amount(self, metric: Any) -> Kind:
        return self.kind(Count if metric.exact else Amount)


def has_it(of: str, metric: Any) -> bool:
    """Whether a network, a layer or a sum of layers has a metric."""
    return bool(metric.of_each_layer if of == "layer" else metric.adds_up if of == "sum" else True)


class Counted(NamedTuple):
    """What a convention counts, with its unit."""

    value: Count
    unit: Unit


def fail(why: str) -> Any:
    raise ValueError(why)


def read_text(value: Any) -> str:
    return value if isinstance(value, str) else fail("not text")


def read_truth(value: Any) -> bool:
    return value if isinstance(value, bool) else fail("not true or false")


def read_none(value: Any) -> None:
    if value is not None:
        fail("not null")


def read_number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST <= value <= LARGEST:
        return fail("not a number, or too large")
    return value


def read_whole(value: Any) -> int:
    number = read_number(value)
    return int(number) if isinstance(number, int) or number.is_integer() else fail("not a whole number")


DEFINITIONS: Schema = {
    "integer": {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST},
    "number": {"type": "number", "minimum": -LARGEST, "maximum": LARGEST},
}
PLAIN: dict[Any, Kind] = {
    str: Kind(read_text, {"type": "string"}),
    bool: Kind(read_truth, {"type": "boolean"}),
    None: Kind(read_none, {"type": "null"}),
    NoneType: Kind(read_none, {"type": "null"}),
    int: Kind(read_whole, {"$ref": "#/$defs/integer"}),
    float: Kind(read_number, {"$ref": "#/$defs/number"}),
}


def ruled(kind: Kind, rule: Any) -> Kind:
    """A type with a rule."""
    return Kind(checked(kind.read, rule), {**kind.schema, **words(rule)})


def words(rule: Any) -> Schema:
    """A rule as JSON Schema."""
    if isinstance(rule, Least):
        return {"minimum": rule.value}
    if isinstance(rule, OneOf):
        return {"enum": list(rule.choices)}
    if isinstance(rule, Length):
        return {"minItems": rule.entries, "maxItems": rule.entries}
    return {"pattern": rule.pattern}


def checked(read: Reader, rule: Any) -> Reader:
    """A reader that holds what it read against a rule."""

    def held(value: Any) -> Any:
        found = read(value)
        if isinstance(rule, Least):
            fine = found >= rule.value
        elif isinstance(rule, OneOf):
            fine = found in rule.choices
        elif isinstance(rule, Length):
            fine = len(found) == rule.entries
        else:
            fine = re.search(rule.pattern, found) is not None
        return found if fine else fail("against its rule")

    return held


def one_of(kinds: list[Kind]) -> Kind:
    """The first of some types that a value is of."""

    def read(value: Any) -> Any:
        for kind in kinds:
            try:
                return kind.read(value)
            except ValueError:
                continue
        return fail("of none of the types")

    return Kind(read, {"anyOf": [kind.schema for kind in kinds]})


def listed(item: Kind, make: Callable[[Any], Any]) -> Kind:
    """A list of one type."""
    return Kind(
        lambda value: make([item.read(one) for one in value]) if isinstance(value, list) else fail("not a list"),
        {"type": "array", "items": item.schema},
    )


def mapped(item: Kind) -> Kind:
    """An object with values of one type."""
    return Kind(
        lambda value: {key: item.read(one) for key, one in value.items()} if isinstance(value, dict) else fail("not an object"),
        {"type": "object", "additionalProperties": item.schema},
    )
