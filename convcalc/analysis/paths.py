"""Paths of layers as people write them: what they name, and the passes of repeats that they tell apart.

`layer1.2` is a layer, a group, or a pass, with all below it; `layer1.1-3` are passes, and `*` stands for anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby, pairwise, product
from math import prod

from convcalc.analysis.passes import Apart, repeats, taken_apart
from convcalc.core.ops import weights_of
from convcalc.core.trace import Scope, Trace, is_in
from convcalc.errors import usage
from convcalc.spelling import closest, nearest

MOST_TRIED = 100_000  # passes and layers that a pattern is tried on, one by one
MOST_DIGITS = 9  # of the number of a pass


def is_named(path: str, wanted: str) -> bool:
    """Whether a path is one that is wanted, or below it; passes that are held together are named by all or by none."""
    if is_in(path, wanted):
        return True
    if "*" not in wanted:
        parts, names = path.split("."), wanted.split(".")
        return len(parts) >= len(names) and all(part == name or within(part, name) for part, name in zip(parts, names, strict=False))
    one = ".".join(part.partition("-")[0] if passes_of(part) else part for part in path.split("."))  # with the first of its passes
    return like(one, wanted) or like(one, f"{wanted}.*")


def like(path: str, pattern: str) -> bool:
    """Whether a path is a pattern, in which `*` stands for anything, and `1-3` for each of those passes; however many there are."""
    signs = signs_of(pattern)
    place, sign, star, begun = 0, 0, -1, 0  # where in both, the last star, and where what comes after it was tried
    while place < len(path):
        if sign < len(signs) and signs[sign] == "*":
            star, begun = sign, place
            sign += 1
        elif sign < len(signs) and (length := stretch(path, place, signs[sign])):
            place += length
            sign += 1
        elif star >= 0:
            begun += 1
            place, sign = begun, star + 1
        else:
            return False
    return set(signs[sign:]) <= {"*"}


@lru_cache(maxsize=256)  # a pattern is tried on every path
def signs_of(pattern: str) -> list[str]:
    """The signs of a pattern one by one, those of a part that names several passes as one."""
    found: list[str] = []
    for part in pattern.split("."):
        found += [".", *([part] if "-" in part and passes_of(part) else part)]
    return found[1:]


def stretch(path: str, place: int, sign: str) -> int:
    """How much of a path a sign stands for from one place on; 0 where it does not stand there."""
    if len(sign) == 1:
        return int(path[place] == sign)
    part = path[place:].partition(".")[0]
    return len(part) if path[place - 1 : place] in ("", ".") and within(part, sign) else 0


def passes_of(part: str) -> tuple[int, int] | None:
    """The first and last pass of a part of a path, `1-5` or `3`; None for a name."""
    first, dash, last = part.partition("-")
    last = last if dash else first
    return (int(first), int(last)) if is_number(first) and is_number(last) else None


def held(part: str) -> int:
    """How many passes a part of a path stands for."""
    span = passes_of(part)
    return span[1] - span[0] + 1 if span is not None else 1


def is_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= MOST_DIGITS


def within(part: str, name: str) -> bool:
    """Whether passes are among those that are named."""
    own, named = passes_of(part), passes_of(name)
    return own is not None and named is not None and named[0] <= own[0] and own[1] <= named[1]


def meets(part: str, name: str) -> bool:
    """Whether passes have some that are named."""
    own, named = passes_of(part), passes_of(name)
    return part == name or (own is not None and named is not None and named[0] <= own[1] and own[0] <= named[1])


def concrete(path: str) -> Iterator[str]:
    """A path with each pass that it stands for."""
    spans = [passes_of(part) if "-" in part else None for part in path.split(".")]
    choices = [[part] if span is None else range(span[0], span[1] + 1) for part, span in zip(path.split("."), spans, strict=True)]
    return (".".join(map(str, chosen)) for chosen in product(*choices))


# Passes apart


def with_paths_apart(apart: Apart, wanted: Sequence[str]) -> Apart:
    """A trace in which passes that paths name stand by themselves.

    Raises:
        ConvcalcError: for a pattern that tells apart passes of too many, and for too many passes.
    """
    while True:
        runs = {number: runs_of(apart.trace, scope, wanted) for number, scope in repeats(apart.trace).items()}
        if not any(runs.values()):
            return apart
        apart = taken_apart(apart, {number: lengths for number, lengths in runs.items() if lengths})


def runs_of(trace: Trace, scope: Scope, wanted: Sequence[str]) -> tuple[int, ...]:
    """How many passes of a scope are named alike from the first on, run after run, but for the last."""
    parts = scope.path.split(".")
    span = passes_of(parts[-1])
    if span is None or span[0] == span[1]:
        return ()
    starts = {span[0]}
    for path in wanted:
        names = path.split(".")
        if "*" in path:
            starts |= starts_of_pattern(trace, scope, span, path)
        elif len(names) >= len(parts) and all(map(meets, parts, names)):
            first, last = passes_of(names[len(parts) - 1]) or span
            starts |= {first, last + 1}
    ordered = sorted(start for start in starts if span[0] <= start <= span[1])
    return tuple(after - before for before, after in pairwise(ordered))


def starts_of_pattern(trace: Trace, scope: Scope, span: tuple[int, int], pattern: str) -> set[int]:
    """The passes of a scope from which on a pattern names other layers than before."""
    if not any(sign.isdecimal() for sign in pattern):
        return set()  # it names all passes alike
    depth = scope.path.count(".")
    paths = [row.path.split(".") for row in trace.rows[scope.start : scope.stop]]
    if sum(prod(held(part) for part in parts) for parts in paths) > MOST_TRIED:
        raise usage(f"{pattern}: a pattern over too many passes of {scope.path}", f"name passes: {scope.path.rpartition('.')[0]}.1")

    def named(number: int) -> list[bool]:
        """Which layers of a pass are named."""
        return [is_named(one, pattern) for parts in paths for one in concrete(".".join([*parts[:depth], str(number), *parts[depth + 1 :]]))]

    runs = groupby(range(span[0], span[1] + 1), named)
    return {next(run) for _, run in runs}


def check_named(trace: Trace, options: Sequence[tuple[str, str]]) -> None:
    """Refuse paths, each with its option, that name no layer, or freeze one whose weights are another's.

    Raises:
        ConvcalcError: with the nearest path, or that of the other.
    """
    paths = [row.path for row in trace.rows]
    for option, path in options:
        if not any(is_named(one, path) for one in paths):
            known = list(dict.fromkeys(".".join(one.split(".")[: depth + 1]) for one in paths for depth in range(one.count(".") + 1)))
            outermost = list(dict.fromkeys(one.partition(".")[0] for one in paths))
            several = " ".join(f"{option} {one.strip()}" for one in path.split(",")) if "," in path else ""
            hint = f"write {several}" if several else nearest(path, known if closest(path, known) else outermost)
            raise usage(f"{option} {path}: {trace.network} has no such layer", hint)
        borrowed = [row.shares for row in trace.rows if is_named(row.path, path) and weights_of(row.op, row.inputs)]
        frozen = [other for kind, other in options if kind == "--freeze"]
        if option == "--freeze" and borrowed and all(one and not any(is_named(one, other) for other in frozen) for one in borrowed):
            raise usage(f"--freeze {path}: its weights are those of {borrowed[0]}", f"write --freeze {borrowed[0]}")
