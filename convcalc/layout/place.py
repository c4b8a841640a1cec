"""Where layers are put, and what they are called there."""

from __future__ import annotations

from convcalc.core.network import Group, Layer


class Place:
    """Where layers are put: a group's children, and the names that are taken among them."""

    def __init__(self, children: list[Layer | Group], reserved: frozenset[str] = frozenset()) -> None:
        self.children = children
        self.reserved = reserved  # names that layers of the layout are given
        self.taken: set[str] = set()
        self.counts: dict[str, int] = {}
        self.passes = 0  # of unnamed repeats, which number on

    def automatic(self, key: str) -> str:
        """`conv2` for the second unnamed conv of this parent."""
        self.counts[key] = self.counts.get(key, 0) + 1
        name = f"{key}{self.counts[key]}"
        return self.automatic(key) if name in self.taken or name in self.reserved else self.named(name)

    def named(self, name: str) -> str:
        """A given name; numbered where paths of other joins in this parent have it already."""
        chosen, number = name, 1
        while chosen in self.taken:
            number += 1
            chosen = f"{name}{number}"
        self.taken.add(chosen)
        return chosen
