"""The structure of steps: what stands in a row, what runs side by side into a join, and what has to be named."""

from __future__ import annotations

from convcalc.core.ops import ACTIVATIONS, NORMS, build
from convcalc.layout.vocabulary import FLEXIBLE, OPS
from convcalc.writer.idioms import common
from convcalc.writer.items import Item, Items, item_of
from convcalc.writer.steps import Steps, Value

TAILED = tuple(op for op, spec in OPS.items() if "activation" in spec.attributes)
MOST_INSIDE = 500  # chains of a region


class Chain:
    """Layers in a row: what the first reads, and what the last gives."""

    def __init__(self, sources: tuple[Value, ...], items: list[Item], exit: Value) -> None:  # noqa: A002
        self.sources, self.items, self.exit = sources, items, exit


def with_tails(steps: Steps) -> None:
    """Join norms and activations to the layers that they follow."""
    for kinds, place in ((NORMS, 0), (ACTIVATIONS, 1)):
        readers = steps.readers()
        for step in steps:
            source = steps.by_value.get(step.sources[0]) if len(step.sources) == 1 and step.kind in kinds else None
            if (
                source is None
                or source.kind not in TAILED
                or readers[source.value] != [step.value]
                or any(word != "none" for word in source.followed[place:])
            ):
                continue
            defaults = {key: attribute.default for key, attribute in OPS[step.kind].attributes.items()}
            if (
                build(step.kind, defaults) != step.op
                or step.owner is not None
                or source.owner is not None
                or source.value in steps.owners()
            ):
                continue
            followed = (step.kind, source.followed[1]) if place == 0 else (source.followed[0], step.kind)
            steps.put(source._replace(followed=followed, value=step.value, output=step.output))
            steps.drop(source.value, step.value)
        steps.settle()


def structured(steps: Steps) -> Items:
    """All layers of a network, nested as far as their joins allow."""
    return Reduction(steps).run()


def rows(steps: Steps) -> Items:
    """All layers of a network, one after the other."""
    reduction = Reduction(steps)
    return flat(list(reduction.chains.values()), 0)


class Reduction:
    """Chains of steps, merged until nothing more can be: in series, side by side, then whatever has one way in and one out."""

    def __init__(self, steps: Steps) -> None:
        self.chains: dict[Value, Chain] = {}
        self.steps = steps
        for step in steps:
            x = steps.shape(step.sources[0]) if step.sources else None
            self.chains[step.value] = Chain(step.sources, [item_of(step)._replace(x=x)], step.value)
        self.pinned = steps.owners() | {step.value for step in steps if step.owner is not None}
        self.readers = steps.readers()

    def run(self) -> Items:
        work = list(self.chains)
        while work:
            changed = [value for value in work if value in self.chains and self.merge(self.chains[value])]
            work = self.around(changed) if changed else self.region()
        return flat(list(self.chains.values()), 0)

    def around(self, values: list[Value]) -> list[Value]:
        """Chains that may merge now that others have."""
        found = dict.fromkeys(value for value in values if value in self.chains)
        found |= dict.fromkeys(reader for value in list(found) for reader in self.readers.get(value, ()) if reader in self.chains)
        return sorted(found)

    def merge(self, chain: Chain) -> bool:
        """Merge a chain with what stands before it, until nothing more can be."""
        merged = False
        while self.series(chain) or self.parallel(chain) or self.loose(chain):
            merged = True
        return merged

    def series(self, chain: Chain) -> bool:
        """Put a chain behind the one that it alone reads."""
        if len(chain.sources) != 1:
            return False
        before = self.chains.get(chain.sources[0])
        if before is None or self.readers[before.exit] != [chain.exit]:
            return False
        chain.items[:0] = before.items
        self.move(before, chain)
        chain.sources = before.sources
        return True

    def move(self, gone: Chain, chain: Chain) -> None:
        """What a chain read is read by another one."""
        del self.chains[gone.exit]
        for source in gone.sources:
            self.readers[source] = [chain.exit if reader == gone.exit else reader for reader in self.readers[source]]

    def parallel(self, chain: Chain) -> bool:
        """Take the paths between a value and a join into the join."""
        join = chain.items[0]
        if len(chain.sources) < 2 or join.key not in FLEXIBLE or join.paths:
            return False
        paths = [self.path(source, chain) for source in chain.sources]
        found = [path for path in paths if path is not None]
        gone = {path.exit for path in found}
        entries = {source for path in found for source in path.sources} | set(chain.sources) - gone
        if (
            not found
            or len(gone) < len(found)
            or len(entries) != 1
            or any(item.value in self.pinned for path in found for item in path.items)
        ):
            return False
        [entry] = entries
        for value in gone:
            del self.chains[value]
        chain.items[0] = joined(join, [tuple(path.items) if path is not None else () for path in paths])._replace(x=self.steps.shape(entry))
        chain.sources = (entry,)
        self.readers[entry] = list(dict.fromkeys(chain.exit if reader in gone else reader for reader in self.readers[entry]))
        return True

    def loose(self, chain: Chain) -> bool:
        """Put what comes of no input before the one chain that reads it, if that reads one other value."""
        alone = [source for source in chain.sources if source in self.chains and not self.chains[source].sources]
        others = {source for source in chain.sources if source not in alone}
        if not alone or len(others) != 1 or chain.items[0].key in FLEXIBLE:
            return False
        if any(set(self.readers[source]) != {chain.exit} for source in alone) or self.pinned & {*alone, chain.exit}:
            return False
        chain.items[0] = chain.items[0]._replace(sources=chain.sources)
        for source in dict.fromkeys(alone):
            chain.items[:0] = self.chains.pop(source).items
        chain.sources = tuple(others)
        return True

    def path(self, source: Value, chain: Chain) -> Chain | None:
        """The chain that gives a source of a join to nobody else, if it reads one value or none."""
        path = self.chains.get(source)
        return path if path is not None and set(self.readers[source]) == {chain.exit} and len(path.sources) < 2 else None

    # Regions

    def region(self) -> list[Value]:
        """Make a row of the smallest region with one way in and one way out whose inside cannot be nested."""
        best: list[Chain] = []
        for entry in sorted({source for chain in self.chains.values() for source in chain.sources}):
            if len(set(self.readers[entry])) > 1:
                found = self.between(entry, len(best) or MOST_INSIDE)
                if found and not any(item.value in self.pinned for chain in found for item in chain.items):
                    best = found
        if not best or len(best) == len(self.chains):
            return []
        last, [entry] = best[-1], {source for chain in best for source in chain.sources if source not in {inner.exit for inner in best}}
        items = flat(best, entry)
        for chain in best[:-1]:
            del self.chains[chain.exit]
        last.items, last.sources = list(items), (entry,)
        gone = {chain.exit for chain in best}
        self.readers[entry] = list(dict.fromkeys(last.exit if reader in gone else reader for reader in self.readers[entry]))
        return [last.exit, *(reader for reader in self.readers[last.exit] if reader >= 0)]

    def between(self, entry: Value, most: int) -> list[Chain]:
        """The chains from a value to the first one through which all of it flows; none where there is no such."""
        inside: dict[Value, Chain] = {}
        waiting = set(self.readers[entry])
        while waiting and -1 not in waiting and len(inside) < most:
            value = min(waiting)
            waiting.discard(value)
            chain = self.chains[value]
            for source in chain.sources:
                if source == entry or source in inside:
                    continue
                loose = self.chains.get(source)
                if loose is None or loose.sources or set(self.readers[source]) != {value}:
                    return []
                inside[source] = loose
            inside[value] = chain
            if not waiting:
                return [inside[key] for key in sorted(inside)] if len(inside) > 1 else []
            waiting |= set(self.readers[value])
        return []


def joined(join: Item, paths: list[Items]) -> Item:
    """A join with its paths, a sum of two as a residual."""
    modules = [item.module for path in paths for item in path]
    module = common([join.module, *modules])
    if join.key == "add" and len(paths) == 2:
        body, shortcut = sorted(paths, key=weight, reverse=True)
        named = (("body", body), *((("shortcut", shortcut),) if shortcut else ()))
        return join._replace(key="residual", args={}, paths=named, module=module)
    if join.key == "mul":
        paths = sorted(paths, key=len)  # what is kept comes first, then the gate
    names = path_names(paths, len(module))
    args = {key: value for key, value in join.args.items() if value is not None}
    return join._replace(args=args, paths=tuple(zip(names, paths, strict=True)), module=module)


def weight(path: Items) -> tuple[int, int]:
    return sum(1 + sum(len(inner) for inner in item.inner) for item in path), -path[0].value if path else 0


def path_names(paths: list[Items], depth: int) -> list[str]:
    """The names of paths: that of the module in which all of a path stands, `keep` for one without layers, else a number."""
    found = []
    for place, path in enumerate(paths, 1):
        module = common([item.module for item in path])[depth : depth + 1] if path else ()
        found.append("keep" if not path else module[0] if module and is_word(module[0]) else f"path{place}")
    bare = [name.rstrip("0123456789") for name in found]
    named = [short if short and bare.count(short) == 1 else name for name, short in zip(found, bare, strict=True)]
    return [f"path{place}" if named.count(name) > 1 else name for place, name in enumerate(named, 1)]


def is_word(text: str) -> bool:
    return text.replace("-", "_").isidentifier() and text.isascii()


def flat(chains: list[Chain], entry: Value | None = None) -> Items:
    """Chains one after the other; what does not read the one before says what it reads."""
    found: list[Item] = []
    before = entry
    for chain in sorted(chains, key=lambda chain: chain.exit):
        first = chain.items[0]
        if chain.sources and chain.sources != (before,):
            first = first._replace(sources=chain.sources)
        found += [first, *chain.items[1:]]
        before = chain.exit
    return tuple(found)
