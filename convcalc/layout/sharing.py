"""Shared weights: layers that use the parameters of earlier ones."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from convcalc.core.network import Group, Layer
from convcalc.core.ops import Weights, weights_of
from convcalc.core.size import always
from convcalc.errors import Refusal
from convcalc.layout.scope import Made
from convcalc.record import NamedTuple

MOST_OWNERS = 100_000  # layers of one call that are compared with those of another


class Owner(NamedTuple):
    """A layer with parameters or buffers: the number of its value, where it stands, and how many sets of them it has there."""

    number: int
    layer: Layer
    siblings: list[Layer | Group]
    place: int
    copies: Any

    @property
    def weights(self) -> Weights:
        """The shapes of its parameters; a row of buffers alone tells them too."""
        buffers = self.layer.op.cost(*self.layer.inputs).buffers
        return (*weights_of(self.layer.op, self.layer.inputs), *([(buffers,)] if not isinstance(buffers, int) or buffers else []))


def share(new: Made, old: Made, name: str) -> None:
    """Let what was made use the parameters of what was made before under a name.

    Raises:
        Refusal: where they are not equal, shape by shape.
    """
    targets, sources = with_weights(owners(new), old.first), with_weights(owners(old), old.first)
    if [owner.layer.op.name for owner in targets] != [owner.layer.op.name for owner in sources] or not all(map(as_often, targets, sources)):
        targets, sources = with_weights(unrolled(new), old.first), with_weights(unrolled(old), old.first)
    for target, source in zip(targets, sources, strict=False):
        root = source.number if source.layer.weights is None else source.layer.weights
        if not equal(target, source) or target.layer.weights not in (None, root):
            raise Refusal("shape-mismatch", f"this {told(target)}, and the {told(source)} in `{name}`", "shared weights have equal shapes")
        if target.siblings[target.place] is target.layer:  # in several passes the first tells whose they are
            target.siblings[target.place] = target.layer._replace(weights=root)
    if len(targets) != len(sources):
        message = f"{counted(targets)} with weights here, and {counted(sources)} in `{name}`"
        raise Refusal("shape-mismatch", message, "what shares weights has the same layers, as often")


def with_weights(found: Iterator[Owner], first: int) -> list[Owner]:
    """Layers that have weights, or share those of a layer before the value `first`."""
    return [owner for owner in found if owner.layer.weights is None or owner.layer.weights < first]


def as_often(a: Owner, b: Owner) -> bool:
    """Whether two layers have as many sets of weights."""
    return always(a.copies == b.copies)


def unrolled(made: Made) -> Iterator[Owner]:
    """The owners pass by pass: 1 and 2 passes of a repeat are held otherwise than 3, and have the same weights."""

    count = 0

    def passes(siblings: list[Layer | Group], start: int, stop: int, number: int) -> Generator[Owner, None, int]:
        nonlocal count
        for place in range(start, stop):
            child = siblings[place]
            if isinstance(child, Layer):
                owner = Owner(number, child, siblings, place, 1)
                number += 1
                if owner.weights:
                    yield owner
                continue
            end = number
            if not isinstance(child.times, int):
                raise Refusal("shape-mismatch", "repeats whose number of passes varies have other weights", "share within one repeat")
            for _ in range(1 if child.shared else child.times):
                end = yield from passes(child.children, 0, len(child.children), number)
            number = end
        return number

    yield from passes(made.siblings, made.start, made.stop, made.first)


def owners(made: Made) -> Iterator[Owner]:
    """The layers that have parameters or buffers, in order."""
    number = made.first
    pending: list[tuple[list[Layer | Group], int, int, Any]] = [(made.siblings, made.start, made.stop, 1)]
    while pending:
        siblings, place, stop, copies = pending.pop()
        if place == stop:
            continue
        pending.append((siblings, place + 1, stop, copies))
        child = siblings[place]
        if isinstance(child, Group):
            pending.append((child.children, 0, len(child.children), copies if child.shared else copies * child.times))
            continue
        owner = Owner(number, child, siblings, place, copies)
        number += 1
        if owner.weights:
            yield owner


def equal(a: Owner, b: Owner) -> bool:
    """Whether two layers have parameters of the same shapes, as many times, for the same op."""
    (m, n), (p, q) = ((owner.layer.op, owner.layer.op.cost(*owner.layer.inputs).params) for owner in (a, b))
    if m.name != p.name or not always(n == q) or not as_often(a, b) or len(a.weights) != len(b.weights):
        return False
    shapes = list(zip(a.weights, b.weights, strict=True))
    return all(len(m) == len(n) and all(always(p == q) for p, q in zip(m, n, strict=True)) for m, n in shapes)


def told(owner: Owner) -> str:
    """A layer's weights in a message: `conv has weights of 64×3×3×3`."""
    shapes = " and ".join("×".join(map(str, shape)) for shape in owner.weights)
    return f"{owner.layer.op.name} has weights of {shapes}"


def counted(found: list[Owner]) -> str:
    return f"{len(found)} layer{'s' * (len(found) != 1)}"
