"""Random networks of repeats, joins and shared weights, each with its unrolled form."""

from __future__ import annotations

import random
from typing import NamedTuple

CHANNELS = 4


class Text(NamedTuple):
    """Lines of layers, as they are held once, and with each pass written out."""

    held: list[str]
    unrolled: list[str]

    def plus(self, other: Text) -> Text:
        return Text(self.held + other.held, self.unrolled + other.unrolled)

    def indented(self) -> Text:
        return Text(*([f"  {line}" for line in lines] for lines in self))


def both(*lines: str) -> Text:
    return Text(list(lines), list(lines))


SIMPLE = (
    f"- conv: {{cout: {CHANNELS}, kernel: 3}}",
    f"- conv: {{cout: {CHANNELS}, kernel: 1, norm: batch_norm, activation: relu}}",
    "- depthwise_conv: {kernel: 3}",
    "- batch_norm",
    "- relu",
    "- relu6",
    "- group_norm: {groups: 2}",
    "- dropout: 0.5",
    "- dropout: 0",
    "- max_pool: {kernel: 3, stride: 1, padding: 1}",
    "- avg_pool: {kernel: 3, stride: 1, padding: 1}",
    "- scale",
    "- channel_shuffle: {groups: 2}",
)


class Maker:
    """Makes layers that keep a map's shape; `names` are of earlier layers that bodies may read from outside."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names: list[str] = []
        self.count = 0

    def name(self) -> str:
        self.count += 1
        return f"n{self.count}"

    def layers(self, depth: int, most: int = 4) -> Text:
        """A few layers, one after the other."""
        found = self.layer(depth)
        for _ in range(self.random.randint(0, most - 1)):
            found = found.plus(self.layer(depth))
        return found

    def layer(self, depth: int) -> Text:
        """A layer, a join or a repeat."""
        kind = self.random.choices(["simple", "outside", "residual", "gate", "concat", "repeat", "slice"], [6, 2, 2, 1, 1, 3, 1])[0]
        if kind == "outside" and self.names:
            return both(f"- add: {{from: [previous, {self.random.choice(self.names)}]}}")
        if kind == "slice":
            half = CHANNELS // 2
            return both(
                "- concat:", "    paths:", f"      a: [{{slice: {{start: 0, stop: {half}}}}}]",
                f"      b: [{{slice: {{start: {half}, stop: {CHANNELS}}}}}, {{conv: {{cout: {half}, kernel: 1}}}}]",
            )  # fmt: skip
        if depth and kind in ("residual", "gate", "concat"):
            return self.join(kind, self.layers(depth - 1, 3))
        if depth and kind == "repeat":
            return self.repeat(depth)
        return both(self.random.choice(SIMPLE))

    def join(self, kind: str, body: Text) -> Text:
        inner = body.indented().indented()
        if kind == "residual":
            return Text(*(["- residual:", "    body:", *(f"  {line}" for line in lines)] for lines in inner))
        head = ["- mul:" if kind == "gate" else "- concat:", "    paths:", "      skip: []", "      other:"]
        tail = [f"- conv: {{cout: {CHANNELS}, kernel: 1}}"] if kind == "concat" else []
        return Text(*([*head, *(f"    {line}" for line in lines), *tail] for lines in inner))

    def repeat(self, depth: int) -> Text:
        """A repeat; written out it is its body, so many times."""
        times, body = self.random.randint(1, 4), self.layers(depth - 1, 3)
        shared = ["    shared: true"] if self.random.random() < 0.25 else []  # weights, not values: the same lives and is saved
        held = ["- repeat:", f"    times: {times}", *shared, "    layers:", *(f"      {line}" for line in body.held)]
        return Text(held, body.unrolled * times)

    def network(self) -> Text:
        """A network whose first layers have names."""
        found = both()
        for _ in range(self.random.randint(1, 4)):
            if self.random.random() < 0.5:
                name = self.name()
                found = found.plus(both(f"- conv: {{name: {name}, cout: {CHANNELS}, kernel: 1}}"))
                self.names.append(name)
            found = found.plus(self.layers(3))
        for name in self.names:  # each is read
            found = found.plus(both(f"- add: {{from: [previous, {name}]}}"))
        return found


def random_network(seed: int) -> tuple[str, str]:
    """The YAML of a network, held once and unrolled."""
    found = Maker(seed).network()
    head = f"input: {CHANNELS}x4x4\nlayers:\n"
    held, unrolled = (head + "".join(f"  {line}\n" for line in lines) for lines in found)
    return held, unrolled
