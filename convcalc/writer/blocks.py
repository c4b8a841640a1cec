"""Blocks for what recurs: modules that have one shape become a block with parameters, neighbours that are alike a repeat."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from convcalc.core.shape import Features, Map, Shape
from convcalc.layout.vocabulary import OPS, STRUCTURES
from convcalc.record import NamedTuple
from convcalc.writer.groups import GROUP, entered, group, grouped, replaced
from convcalc.writer.items import Item, Items, every, within
from convcalc.writer.shortcuts import by_form, optional_key, template
from convcalc.writer.unify import ANY, Pair, Param, Unifier, alike, bound, skeleton

LONGEST_PERIOD = 4
MOST_FIRST = 2  # arguments in which the first of a run may differ
FEWEST_PLAIN = 3  # equal neighbours that are worth a repeat, calls of a block excepted


class Block(NamedTuple):
    """A block of a layout."""

    name: str
    params: tuple[Param, ...]
    layers: Items


class Blocks:
    """The blocks made so far. `shipped` are names that they cannot have."""

    def __init__(self, shipped: frozenset[str]) -> None:
        self.taken = {*OPS, *STRUCTURES, *shipped}
        self.found: dict[str, Block] = {}

    def fold(self, items: Items) -> Items:
        """Layers with blocks and repeats for what recurs among them."""
        items = grouped(items, 0)
        while any(item.key == GROUP for item in every(items)):
            items = self.level(items)
        return self.runs(self.stages(self.runs(self.joins(items))))

    def level(self, items: Items) -> Items:
        """Make blocks of the innermost modules that recur; the others' layers stand in their parents' lists."""
        inner = [item for item in every(items) if item.key == GROUP and not any(one.key == GROUP for one in every(item.layers))]
        instead = {item.value: self.runs(item.layers) for item in inner}
        clusters: dict[Any, list[Item]] = {}
        for item in inner:
            layers = instead[item.value]
            if worth(layers) and bound(layers, item.sources[0] if item.sources else -1):
                clusters.setdefault(optional_key(layers), []).append(item._replace(layers=layers))
        for copies in (copies for cluster in clusters.values() for copies in by_form(cluster)):
            if len(copies) > 1:
                instead |= {copy.value: (call,) for copy, call in zip(copies, self.block(copies), strict=True)}
        return replaced(items, instead)

    def block(self, copies: list[Item]) -> list[Item]:
        """A block for some copies of a module, and the calls of it."""
        unifier = Unifier(sizes_of([copy.x for copy in copies]), len(copies), ("cin", "h", "w", "d", "first", "previous", "input"))
        layers = template(unifier, copies)
        name = self.name([copy.module for copy in copies], copies)
        self.found[name] = Block(name, tuple(unifier.params), entered(layers, copies[0]))
        return [
            Item(
                name,
                {param.name: param.values[place] for param in unifier.params},
                name=copy.name,
                module=copy.module[:-1],
                value=copy.layers[-1].value,
                x=copy.x,
                out=copy.layers[-1].out,
            )
            for place, copy in enumerate(copies)
        ]

    def name(self, modules: list[tuple[str, ...]], copies: list[Item]) -> str:
        """A name from the modules: `layer` of layer1 to layer4; `unit` where they are numbers."""
        stems = {re.sub(r"[\d_]+$", "", module[-1]).lower() for module in modules if module}
        stem = re.sub(r"\W", "_", stems.pop()) if len(stems) == 1 else ""
        layers = [item for copy in copies for item in copy.layers]
        kind = "stage" if any(item.key == "repeat" and item.args["times"] > 1 for item in layers) else "gate" if is_gate(layers) else "unit"
        base = stem if re.match(r"[a-z]", stem) else kind
        if base in self.taken and base not in self.found:
            base = f"{base}_unit"
        name = next(name for name in (base, *(f"{base}{number}" for number in range(2, 10_000))) if name not in self.taken)
        self.taken.add(name)
        return name

    # Repeats

    def runs(self, items: Items) -> Items:
        """Equal neighbours as repeats; calls of a block as one even where they are alone, until they are written."""
        items = tuple(within(item, self.runs) if item.key not in (GROUP, "repeat") else item for item in items)
        found: list[Item] = []
        place = 0
        while place < len(items):
            end, item = self.run_of(items, place)
            found.append(item)
            place = end
        return periodic(tuple(found))

    def run_of(self, items: Items, start: int) -> tuple[int, Item]:
        """A repeat that begins at a place, and where it ends; the first of some calls may differ from the others."""
        item, end = items[start], start + 1
        if item.key not in self.found:
            while end < len(items) and plain(item) and plain(items[end]) and alike((item,), (items[end],)):
                end += 1
            whole = end - start >= FEWEST_PLAIN and item.key not in ("repeat", GROUP)
            return (end, repeat(items[start:end], (item,))) if whole else (start + 1, item)
        while end < len(items) and plain(items[end]) and items[end].key == item.key and follows(items[start], items[start + 1], items[end]):
            end += 1
        rest = items[start + 1].args if end > start + 1 else dict.fromkeys(item.args, ANY)
        args = {key: Pair(value, rest[key]) for key, value in item.args.items()}
        return end, repeat(items[start:end], (item._replace(args=args),))

    def joins(self, items: Items) -> Items:
        """Blocks for joins that recur where no module holds them, with the layers around them that recur alike."""
        clusters: dict[Any, list[int]] = {}
        for place, item in enumerate(items):
            if item.paths and plain(item) and bound((item,), -1):
                clusters.setdefault(optional_key((item,)), []).append(place)
        cut: dict[int, tuple[int, Item]] = {}  # where a call begins: where it ends, and itself
        for places in clusters.values():
            before, after = reach(items, places)
            copies = [group((), items[place - before : place + after + 1]) for place in places]
            for forms in by_form(copies) if len(places) >= FEWEST_PLAIN else ():
                if len(forms) >= FEWEST_PLAIN:
                    starts = [next(place for place in places if items[place + after].value == copy.value) - before for copy in forms]
                    cut |= {start: (start + before + after + 1, call) for start, call in zip(starts, self.block(forms), strict=True)}
        found: list[Item] = []
        place = 0
        while place < len(items):
            end, call = cut.get(place, (place + 1, items[place]))
            found.append(call._replace(sources=items[place].sources))
            place = end
        return tuple(found)

    def stages(self, items: Items) -> Items:
        """Blocks for repeats that differ in numbers alone, where no module holds them."""
        alone = [item for item in items if item.key == "repeat" and len(item.layers) == 1 and item.layers[0].key in self.found]
        calls: dict[int, Items] = {}
        for key in dict.fromkeys(item.layers[0].key for item in alone):
            copies = [group(("stage",), (item,)) for item in alone if item.layers[0].key == key and item.owner is None]
            if len(copies) > 2 and 2 * sum(copy.layers[0].args["times"] > 1 for copy in copies) > len(copies):
                calls |= {copy.value: (call,) for copy, call in zip(copies, self.block(copies), strict=True)}
        return tuple(calls[item.value][0]._replace(name="", sources=item.sources) if item.value in calls else item for item in items)


def reach(items: Items, places: list[int]) -> tuple[int, int]:
    """How many layers before and behind some places are alike at all of them, and stand there for one of them alone."""
    gap = min((b - a - 1 for a, b in pairwise(places)), default=0)
    sides: list[int] = []
    for step in (1, -1):  # behind first: what follows a join is its own, more often than what comes before the next
        count = 0
        while count < gap - sum(sides) and one_form(items, [place + step * (count + 1) for place in places]):
            count += 1
        sides.append(count)
    return sides[1], sides[0]


def one_form(items: Items, places: list[int]) -> bool:
    """Whether layers at some places are alike but for numbers, and plain."""
    there = [items[place] for place in places if 0 <= place < len(items)]
    alike_ = len({skeleton((item,)) for item in there}) == 1 and all(plain(item) and not item.paths for item in there)
    return len(there) == len(places) and alike_


def follows(first: Item, second: Item, item: Item) -> bool:
    """Whether a call continues the run of a first and a second one: alike in all, or the first makes the shape that stays."""
    differ = sum(first.args[key] != value for key, value in second.args.items())
    makes = first.x != first.out == second.out
    return item.args == second.args and (not differ or (makes and differ <= MOST_FIRST))


def plain(item: Item) -> bool:
    return not item.sources and item.owner is None


def worth(layers: Items) -> bool:
    """Whether layers are so many that a block is shorter than they are."""
    return sum(1 for _ in every(layers)) > 1


def repeat(run: Items, layers: Items) -> Item:
    first, last = run[0], run[-1]
    layers = tuple(item._replace(name="", sources=()) for item in layers)
    name = first.name if len(run) == 1 else ""
    return Item("repeat", {"times": len(run)}, (), layers, name, first.sources, first.module, last.value, first.x, last.out)


def periodic(items: Items) -> Items:
    """Rows of several layers that stand again and again as repeats."""
    for period in range(2, LONGEST_PERIOD + 1):
        place = 0
        while place + 2 * period <= len(items):
            end = place + period
            while end + period <= len(items) and alike(items[place : place + period], items[end : end + period]):
                end += period
            if (
                end > place + period
                and all(plain(item) for item in items[place + 1 : end])
                and any(item.key == "repeat" for item in items[place:end])
            ):
                whole = repeat(items[place:end], items[place : place + period])._replace(args={"times": (end - place) // period}, name="")
                items = (*items[:place], whole, *items[end:])
            place += 1
    return items


def sizes_of(shapes: list[Shape | None]) -> dict[str, tuple[Any, ...]]:
    """The sizes of what copies get, by the names that a block has for them."""
    found = {"cin": tuple(shape.channels if shape is not None else None for shape in shapes)}
    for place, name in enumerate(("h", "w")):
        sides = [shape.spatial if isinstance(shape, Map) else shape.sizes[:-1] if isinstance(shape, Features) else () for shape in shapes]
        if all(len(side) == 2 for side in sides):
            found[name] = tuple(side[place] for side in sides)
    return found


def is_gate(layers: list[Item]) -> bool:
    """Whether layers are a product with what sees all of it (Hu et al. 2018)."""
    return all(item.key == "mul" and any(one.key == "global_avg_pool" for one in every((item,))) for item in layers)
