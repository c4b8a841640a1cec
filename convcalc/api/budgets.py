"""Budgets as people write them: options, a spec's own `budgets`, and `convcalc.yaml`."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import NamedTuple

from convcalc.api.convention import convention_names
from convcalc.errors import ConvcalcError, Span, nearest, usage
from convcalc.layout.entries import Entries
from convcalc.layout.library import CONFIG, is_path
from convcalc.layout.source import Mapping, Node, Scalar, Sequence, compose, read_text
from convcalc.report.budget import LAYER, METRICS, OWN_UNITS, Budget, is_metric
from convcalc.report.model import ADDITIVE
from convcalc.report.quantity import Quantity, parse_quantity, percent

OF_A_METRIC = ("max", "warn", "increase", "message")
OF_ALL = ("increase", "message", "convention")
ADVICE = "budgets: [{spec: models/*.yaml, macs: 4.2G}]"


class Config(NamedTuple):
    """A convcalc.yaml: the patterns of specs, relative to the directory that it is in, and the budgets of each."""

    path: str
    budgets: list[Budget]
    patterns: list[tuple[str, Span]]

    @property
    def folder(self) -> str:
        return posixpath.dirname(self.path)

    def relative(self, spec: str) -> str:
        """A spec as the patterns write it."""
        if posixpath.isabs(spec):
            return posixpath.relpath(os.path.realpath(spec), os.path.realpath(self.folder))
        return posixpath.relpath(spec, self.folder or ".") if is_path(spec) else spec


class BudgetReader(Entries):
    """Reads budgets, and the `patterns` of the specs that they are of; `diagnostics` is what was wrong with them."""

    def __init__(self) -> None:
        super().__init__()
        self.patterns: list[tuple[str, Span]] = []

    def config(self, node: Node) -> list[Budget]:
        """The budgets of a convcalc.yaml."""
        listed = self.mapping(node, CONFIG, ("budgets",)).get("budgets")
        if not isinstance(listed, Sequence):
            self.error("missing-key", f"{CONFIG} has a list of `budgets`", node.span, ADVICE)
            return []
        found: list[Budget] = []
        for item in listed.items:
            found += self.entry(item)
        return found

    def entry(self, item: Node) -> list[Budget]:
        """The budgets of one pattern."""
        pairs = self.pairs(item, "a budget")
        node = {key.text: value for key, value in pairs}.get("spec")
        text = self.word(node, "spec")
        if node is None and pairs:
            self.error("missing-key", "a budget says of which `spec`", item.span, "add spec: models/net.yaml")
        if node is None or text is None:
            return []
        pattern = posixpath.normpath(text.replace("\\", "/"))  # one way to write it: what finds a file also applies to it
        self.patterns.append((pattern, node.span))
        found = self.budgets(pairs, (*OF_ALL, "spec"), pattern)
        if not found and not self.diagnostics:
            self.error("missing-key", f"the budget of {pattern} limits nothing", item.span, "add macs: 4.2G")
        return found

    def budgets(self, pairs: tuple[tuple[Scalar, Node], ...], keys: tuple[str, ...] = OF_ALL, pattern: str = "") -> list[Budget]:
        """The budgets of one mapping: metrics with limits, and what is said of all of them."""
        entries = {key.text: value for key, value in pairs}
        message = self.word(entries.get("message"), "message") or ""
        found: list[Budget] = []
        for key, value in pairs:
            if key.text == "increase":
                for name, amount in self.pairs(value, "increase"):
                    found += self.increase(name, amount, message) if self.known(name, ()) else []
            elif key.text not in keys and self.known(key, keys):
                found += self.metric(key, value, message)
        counted = self.counted(entries.get("convention"))
        return [b._replace(pattern=pattern, convention=counted if b.metric.endswith("counted") else "") for b in found]

    def counted(self, node: Node | None) -> str:
        """A shipped convention: a file of one's own could be changed along with what it counts, and be anywhere."""
        name = self.word(node, "convention")
        if node is not None and name is not None and name not in convention_names():
            self.error("bad-value", f"there is no convention `{name}`", node.span, nearest(name, convention_names()))
        return name or ""

    def metric(self, key: Scalar, value: Node, message: str) -> list[Budget]:
        """A limit, or a mapping of what there is to say of one."""
        if not isinstance(value, Mapping):
            return self.maximum(key, value, None, message)
        entries = self.mapping(value, "a budget", OF_A_METRIC)
        own = self.word(entries.get("message"), "message") or message
        if "max" not in entries and ("warn" in entries or "increase" not in entries):
            self.error("missing-key", f"the budget of {key.text} has no `max`", key.span, f"write {key.text}: {{max: 4.2G}}")
        warn = self.percentage(entries["warn"], "warn") if "warn" in entries else None
        found = self.maximum(key, entries["max"], warn, own) if "max" in entries else []
        return found + (self.increase(key, entries["increase"], own) if "increase" in entries else [])

    def maximum(self, key: Scalar, node: Node, warn: Fraction | None, message: str) -> list[Budget]:
        text = self.word(node, "a limit")
        if text is None:
            return []
        try:
            limit, note = limit_of(key.text, text)
        except ConvcalcError as error:
            return self.wrong(node, error)
        return [Budget(key.text, "max", limit, Fraction(0), text.strip(), warn=warn, message=message, note=note, span=node.span)]

    def increase(self, key: Scalar, node: Node, message: str) -> list[Budget]:
        growth = self.percentage(node, "increase")
        if growth is None or not isinstance(node, Scalar):
            return []
        return [Budget(key.text, "increase", 0, growth, node.text.strip(), message=message, span=node.span)]

    def known(self, key: Scalar, keys: tuple[str, ...]) -> bool:
        if is_metric(key.text):
            return True
        self.error("unknown-key", f"there is no metric `{key.text}`", key.span, metric_hint(key.text, keys))
        return False

    def percentage(self, node: Node, what: str) -> Fraction | None:
        text = self.word(node, what)
        if text is None:
            return None
        try:
            return percent(text, what)
        except ConvcalcError as error:
            self.wrong(node, error)
            return None

    def wrong(self, node: Node, error: ConvcalcError) -> list[Budget]:
        """A value that cannot be used, at its place."""
        [diagnostic] = error.diagnostics
        self.error("bad-value", diagnostic.message, node.span, diagnostic.hint)
        return []


def metric_hint(text: str, keys: tuple[str, ...] = ()) -> str:
    """The nearest metric; limits are of a whole network or of each of its layers."""
    near = nearest(text, [*METRICS, *(f"{LAYER}{name}" for name in ADDITIVE), *keys])
    return near if near.startswith("did") else "macs, params, … are of the network, layer.macs of each layer; all are in the JSON report"


def limit_of(metric: str, text: str, what: str = "") -> tuple[int, str]:
    """A limit in the metric's own unit, and a note where it was written in another.

    Raises:
        ConvcalcError: for what is no quantity, and for a unit that does not fit the metric.
    """
    quantity = parse_quantity(text, what or metric)
    name = metric.removeprefix(LAYER)
    if quantity.unit is None:
        return quantity.value, ""
    if name not in OWN_UNITS:
        raise usage(f"{metric} {text}: {name} is not counted in {quantity.unit}s", "write the number alone: 26M")
    return converted(name, quantity, text)


def converted(name: str, quantity: Quantity, text: str) -> tuple[int, str]:
    """MACs for `macs`, FLOPs for `flops`; two FLOPs are a MAC."""
    rate = "FLOPS are a rate, read as FLOPs" if text.rstrip().endswith("FLOPS") else ""
    wanted = OWN_UNITS[name]
    if quantity.unit == wanted:
        return quantity.value, rate
    value = quantity.value // 2 if wanted == "MAC" else 2 * quantity.value
    return value, "; ".join(filter(None, (f"{text} are {value:,} {wanted}s, two FLOPs a MAC", rate)))


def option_budgets(texts: Iterable[str]) -> list[Budget]:
    """`macs=4.2G`, as `--max` takes it."""
    found = []
    for text in texts:
        metric, equals, limit = (part.strip() for part in text.partition("="))
        if not equals:
            raise usage(f"--max {text}: expected METRIC=LIMIT", "write --max macs=4.2G")
        if not is_metric(metric):
            raise usage(f"--max {text}: there is no metric `{metric}`", metric_hint(metric))
        value, note = limit_of(metric, limit, f"--max {metric} =")
        found.append(Budget(metric, "max", value, Fraction(0), limit, note=note))
    return found


def read_budgets(text: str, shown: str) -> list[Budget]:
    """The budgets of a text: a list of them with patterns, or those of a layout.

    Raises:
        ConvcalcError: for text that is not YAML, and with every error of its budgets.
    """
    _, node = compose(text, shown)
    own = {key.text: value for key, value in node.items}.get("budgets") if isinstance(node, Mapping) else None
    return whole_config(node, shown).budgets if isinstance(own, Sequence) else own_budgets(own)


def own_budgets(node: Node | None) -> list[Budget]:
    """What stands under a layout's `budgets`."""
    reader = BudgetReader()
    return sound(reader, reader.budgets(reader.pairs(node, "budgets"))) if node is not None else []


def whole_config(node: Node, path: str) -> Config:
    reader = BudgetReader()
    return Config(path, sound(reader, reader.config(node)), reader.patterns)


def sound(reader: BudgetReader, found: list[Budget]) -> list[Budget]:
    """Budgets, where nothing was wrong with them."""
    if reader.diagnostics:
        raise ConvcalcError(*reader.diagnostics)
    return found


def read_config(path: str) -> Config:
    """A file of budgets with patterns, whatever it is called."""
    return config_of(read_text(path, path), path)


def config_of(text: str, path: str) -> Config:
    return whole_config(compose(text, path)[1], path)


def places(spec: str) -> list[str]:
    """Where a spec may have a convcalc.yaml: beside it, in the current directory, and above it up to the repository's top."""
    beside = posixpath.join(posixpath.dirname(spec), CONFIG)
    folder, above, upward = os.getcwd(), "", [CONFIG]
    tops = [CONFIG]
    while not os.path.exists(os.path.join(folder, ".git")) and os.path.dirname(folder) != folder:
        folder, above = os.path.dirname(folder), f"../{above}"
        upward.append(f"{above}{CONFIG}")
    if os.path.exists(os.path.join(folder, ".git")):
        tops = upward
    return list(dict.fromkeys(posixpath.normpath(place) for place in (beside, *tops)))


def matches(pattern: str, path: str) -> bool:
    """Whether a glob names a path: `*` stays within a directory, `**` is any number of them.

    >>> matches("models/*.yaml", "models/net.yaml"), matches("models/*.yaml", "models/old/net.yaml")
    (True, False)
    >>> matches("**/*.yaml", "net.yaml")
    True
    """
    parts, wanted = path.split("/"), pattern.split("/")
    reached = {0}  # how many parts of the path the pattern may have used so far
    for part in wanted:
        if part == "**":
            reached = set(range(min(reached, default=len(parts) + 1), len(parts) + 1))
        else:
            reached = {place + 1 for place in reached if place < len(parts) and fnmatchcase(parts[place], part)}
    return len(parts) in reached


def is_glob(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?[")
