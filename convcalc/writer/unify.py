"""What several copies have in common: one template, with a parameter or an expression wherever they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from convcalc.record import NamedTuple
from convcalc.writer.items import Expr, Items, every, single
from convcalc.writer.steps import Value


class Pair(NamedTuple):
    """An argument in a repeat: that of the first pass, and that of all others."""

    first: Any
    rest: Any


class Free(NamedTuple):
    """What no layer asks for: any value will do."""

    word: str = "any"


ANY = Free()
NAMES = {"cout": "c", "activation": "act", "norm": "norm_by", "padding": "pad", "bias": "biased"}
CHANNELS = "c"  # the name of channels
CHANNEL_LIKE = ("cout", "start", "stop", "sizes", "hidden", "dim", "heads", "groups", "c")  # what may be a multiple or a part of them
AN_AXIS = ("kernel", "stride", "padding", "dilation", "output_padding")  # one number, or one an axis
MOST_FACTOR = 64


class Param(NamedTuple):
    """A parameter of a block: its value in each copy, and its default (ANY where it must be given)."""

    name: str
    values: tuple[Any, ...]
    default: Any


class Column(NamedTuple):
    """An argument as the template says it, and what it is in each copy."""

    text: Any
    values: tuple[Any, ...]


# Skeletons


def skeleton(items: Items, places: dict[Value, int] | None = None) -> tuple[Any, ...]:
    """What copies of a block must share: all but their numbers, words and names."""
    places = {} if places is None else places
    found = []
    for item in items:
        inner = tuple((name, skeleton(layers, places)) for name, layers in item.paths), skeleton(item.layers, places)
        refs = tuple(places.get(source, -1) for source in item.sources)
        found.append((item.key, tuple((key, form(key, value)) for key, value in item.args.items()), inner, refs, item.owner))
        places[item.value] = len(places)
    return tuple(found)


def form(key: str, value: Any) -> str:
    """The kind of an argument: copies may differ in its value alone."""
    if isinstance(value, Pair):
        value = value.first if value.rest is ANY else value.rest
    if value is None or isinstance(value, bool):
        return str(value is None)
    if isinstance(value, str):
        return value if "," in value or "->" in value or value == "same" else "word"
    return f"{len(value)} numbers" if isinstance(value, tuple) and key not in AN_AXIS else "number"


def bound(items: Items, entry: Value) -> bool:
    """Whether layers refer to nothing outside but their own entry."""
    given = {item.value for item in every(items)} | {entry}
    return all(source in given for item in every(items) for source in item.sources) and all(item.owner is None for item in every(items))


# Leaves


def leaves(items: Items) -> Iterator[tuple[str, Any]]:
    """All arguments, in order."""
    for item in items:
        yield from item.args.items()
        for _, layers in item.paths:
            yield from leaves(layers)
        yield from leaves(item.layers)


def rebuilt(items: Items, values: Iterator[Any]) -> Items:
    """The same layers with other arguments."""
    found = []
    for item in items:
        args = {key: next(values) for key in item.args}
        paths = tuple((name, rebuilt(layers, values)) for name, layers in item.paths)
        found.append(item._replace(args=args, paths=paths, layers=rebuilt(item.layers, values)))
    return tuple(found)


class Unifier:
    """Finds what to write for each argument of some copies. `given` are sizes of what each copy gets: cin, h, w."""

    def __init__(self, given: dict[str, tuple[Any, ...]], count: int, taken: Sequence[str] = ()) -> None:
        self.given = given
        self.count = count
        self.params: list[Param] = []
        self.taken = set(taken)

    def template(self, copies: list[Items]) -> Items:
        """One list of layers for all copies of one skeleton."""
        columns = list(zip(*(leaves(copy) for copy in copies), strict=True))
        texts = [self.column(cells[0][0], tuple(value for _, value in cells)).text for cells in columns]
        named = agreed(copies)
        return rebuilt(named, iter(texts))

    def column(self, key: str, values: tuple[Any, ...]) -> Column:
        """What to write for an argument that has a value in each copy."""
        if any(isinstance(value, Pair) for value in values):
            pairs = [value if isinstance(value, Pair) else Pair(value, value) for value in values]
            first = self.column(key, tuple(pair.first for pair in pairs))
            rest = self.column(key, tuple(pair.rest for pair in pairs))
            return Column(Pair(first.text, rest.text), values)
        if any(isinstance(value, tuple) and value is not ANY for value in values) and len(set(known(values))) > 1:
            return self.columns(key, values)
        settled = known(values)
        if len(settled) < len(values):
            for param in self.params:
                if base_of(param.name) == NAMES.get(key, key) and fits(values, param.values):
                    return Column(Expr(param.name), param.values)
        if len(set(settled)) <= 1:
            value = settled[0] if settled else 1
            return Column(value, (value,) * self.count)
        if all(isinstance(value, int) and not isinstance(value, bool) for value in settled):
            found = self.expression(key, values)
            if found is not None:
                return found
        for param in self.params:
            if base_of(param.name) == NAMES.get(key, key) and fits(values, param.values):
                return Column(Expr(param.name), param.values)
        return self.param(key, values)

    def columns(self, key: str, values: tuple[Any, ...]) -> Column:
        """Lists of numbers, each place of which is a column of its own."""
        length = max(len(value) for value in values if isinstance(value, tuple) and value is not ANY)
        spread = [value if isinstance(value, tuple) or value is ANY else (value,) * length for value in values]
        parts = [self.column(key, tuple(ANY if value is ANY else value[place] for value in spread)) for place in range(length)]
        texts = tuple(part.text for part in parts)
        flat = key in AN_AXIS and not any(isinstance(text, tuple) and not isinstance(text, Expr) for text in texts)
        return Column(single(texts) if flat else texts, values)

    def expression(self, key: str, values: tuple[Any, ...]) -> Column | None:
        """A parameter or the channels that come in, perhaps a multiple or a part of them."""
        own = NAMES.get(key, key)
        numbers = [param for param in self.params if all(type(value) is int for value in param.values)]
        sources = [
            (param.name, param.values) for param in numbers if base_of(param.name) in (own, *([CHANNELS] if key in CHANNEL_LIKE else []))
        ]
        sources += [(name, have) for name, have in self.given.items() if name == key or (name == "cin" and key in CHANNEL_LIKE)]
        for name, have in sources:
            if fits(values, have):
                return Column(Expr(name), have)
        for name, have in sources if key in CHANNEL_LIKE and len(set(known(values))) > 1 else ():
            wanted, given = next((want, got) for want, got in zip(values, have, strict=True) if want is not ANY)
            if not all(isinstance(value, int) and value > 1 for value in have) or not wanted:
                continue
            times, parts = wanted // given, given // wanted
            if times > 1 and wanted % given == 0 and times <= MOST_FACTOR:
                scaled, text = tuple(value * times for value in have), f"{name} * {times}"
            elif 1 < parts <= MOST_FACTOR:
                scaled, text = tuple(value // parts for value in have), f"{name} // {parts}"
            else:
                continue
            if fits(values, scaled):
                return Column(Expr(text), scaled)
        return None

    def param(self, key: str, values: tuple[Any, ...]) -> Column:
        """A new parameter. Its default is what most copies have, if that is most of them."""
        base = NAMES.get(key, key)
        name = next(name for name in (base, *(f"{base}{number}" for number in range(2, 10_000))) if name not in self.taken)
        self.taken.add(name)
        settled = known(values)
        common, times = Counter(settled).most_common(1)[0]
        usual = 1 if key in ("stride", "dilation", "groups", "times") and 1 in settled else common
        default = usual if usual == 1 and key != "times" else common if 2 * times > len(settled) and key not in ("cout", "times") else ANY
        filled = tuple(common if value is ANY else value for value in values)
        self.params.append(Param(name, filled, default))
        return Column(Expr(name), filled)


def base_of(name: str) -> str:
    """`c` of c2."""
    return name.rstrip("0123456789")


def known(values: Sequence[Any]) -> list[Any]:
    return [value for value in values if value is not ANY]


def fits(wanted: Sequence[Any], have: Sequence[Any]) -> bool:
    return all(
        want is ANY or (want == got and isinstance(want, bool) == isinstance(got, bool)) for want, got in zip(wanted, have, strict=True)
    )


def agreed(copies: list[Items]) -> Items:
    """The first of some copies, with the names that all have."""
    found = []
    for items in zip(*copies, strict=True):
        first = items[0]
        name = first.name if all(item.name == first.name for item in items) else ""
        paths = tuple((label, agreed([item.paths[place][1] for item in items])) for place, (label, _) in enumerate(first.paths))
        layers = agreed([item.layers for item in items]) if first.layers else ()
        found.append(first._replace(name=name, paths=paths, layers=layers))
    return tuple(found)


def alike(a: Items, b: Items) -> bool:
    """Whether two lists of layers would be written alike but for names."""
    return skeleton(a) == skeleton(b) and list(leaves(a)) == list(leaves(b))
