"""Where layers of an imported model stand: the paths of its modules, and the tree that they make."""

from __future__ import annotations

from collections import Counter

from convcalc.core.network import Group, Layer
from convcalc.record import NamedTuple

DEEPEST = 50  # modules inside each other


class Path(NamedTuple):
    """A module, and the word that tells what is in it: the op, or a parameter."""

    module: str
    word: str

    @property
    def text(self) -> str:
        return ".".join(filter(None, self))


class Made(NamedTuple):
    """A layer, where it stands, and how often for a batch."""

    path: Path
    layer: Layer
    times: int


def parts(name: str) -> list[str]:
    """The names of the modules around a layer, and its own; what is nested too deep is one name."""
    return [part for part in name.split(".", DEEPEST) if part] or [name]


def named(paths: list[Path]) -> list[str]:
    """The names of layers, each once: a module that has but one is that layer."""
    within = Counter(module for path in paths for module in modules(path))
    taken: dict[str, int] = {}
    return [unique(path.module if path.module and within[path.module] == 1 else path.text, taken) for path in paths]


def modules(path: Path) -> list[str]:
    """The module of a layer and those around it."""
    names = path.module.split(".", DEEPEST)
    return [".".join(names[: number + 1]) for number in range(len(names))]


def unique(path: str, taken: dict[str, int]) -> str:
    """A path that no earlier layer has."""
    count = taken[path] = taken.get(path, 0) + 1
    return path if count == 1 else f"{path}_{count}"


def tree(layers: list[Made], names: list[list[str]], depth: int) -> list[Layer | Group]:
    """Layers whose paths agree up to a depth, neighbours of one module as a group."""
    found: list[Layer | Group] = []
    place = 0
    while place < len(layers):
        name, end = names[place][depth], place + 1
        if len(names[place]) == depth + 1:
            found.append(batched(name, layers[place]))
        else:
            while end < len(layers) and len(names[end]) > depth + 1 and names[end][depth] == name:
                end += 1
            found.append(Group(name, "module", tree(layers[place:end], names[place:end], depth + 1)))
        place = end
    return found


def batched(name: str, made: Made) -> Layer | Group:
    """A layer; for a fixed batch of several as many of it, with one set of weights."""
    if made.times == 1:
        return made.layer._replace(name=name)
    return Group(name, "batch", [made.layer], made.times, shared=True)
