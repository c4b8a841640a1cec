"""Budgets as people write them: options, a spec's own `budgets`, and `convcalc.yaml`."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable
from fractions import Fraction

from convcalc.analysis.metrics import LAYER, UNCOUNTED, is_counted, is_metric, word_of
from convcalc.core.quantity import percent
from convcalc.core.trace import Trace
from convcalc.errors import ConvcalcError, Span
from convcalc.inputs.limits import limit_of, metric_hint, read_limit
from convcalc.layout.library import CONFIG, is_path
from convcalc.layout.source import Mapping, Node, Scalar, Sequence, read_text
from convcalc.layout.values_reader import Entries
from convcalc.layout.yaml_nodes import compose
from convcalc.record import NamedTuple
from convcalc.rules.conventions import convention_names
from convcalc.spelling import nearest


class Budget(NamedTuple):
    """What a metric may be: at most `limit`, or above a base by at most `growth` percent."""

    metric: str  # layer.macs for that of each layer
    kind: str  # max or increase
    limit: int | float
    growth: Fraction
    text: str  # the limit as written
    convention: str = ""  # how `counted` counts; as the run says where empty
    warn: Fraction | None = None  # in percent of the limit, from which it is a warning
    message: str = ""  # the team's own
    note: str = ""  # a unit that was converted
    span: Span | None = None  # none for an option
    pattern: str = ""  # of which specs, in a convcalc.yaml

    @property
    def measures(self) -> tuple[str, str, str]:
        """What it limits, whatever the limit."""
        return self.metric, self.kind, self.convention

    def above(self, base: int | float) -> int | float:
        """The most that growth from a base may reach; of whole numbers, rounding down loses nothing."""
        return base + (int(base * self.growth / 100) if isinstance(base, int) else float(base * self.growth / 100))


def budget_name(metric: str, convention: str, kind: str) -> str:
    """`macs`, `counted (fvcore)`, `macs growth`, `macs limit raised`."""
    counted = f" ({convention})" if convention else ""
    return metric + counted + {"max": "", "increase": " growth"}.get(kind, f" limit {kind}")


def named(budget: Budget) -> str:
    """`MACs`, `MACs of a layer`, `counted (fvcore)`."""
    name = budget.metric.removeprefix(LAYER)
    counted = f" ({budget.convention})" if budget.convention else ""
    return word_of(name) + counted + (" of a layer" if budget.metric.startswith(LAYER) else "")


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
        return [b._replace(pattern=pattern, convention=counted if is_counted(b.metric) else "") for b in found]

    def counted(self, node: Node | None) -> str:
        """Read the name of a shipped convention.

        A convention in a file is refused: the change that is checked could rewrite it along with what it counts.
        """
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


def option_budgets(texts: Iterable[str]) -> list[Budget]:
    """`macs=4.2G`, as `--max` takes it."""
    limits = [read_limit("--max", text, of_layers=True) for text in texts]
    return [Budget(limit.metric, "max", limit.value, Fraction(0), limit.text, note=limit.note) for limit in limits]


def of_uncounted(trace: Trace, stated: Iterable[Budget]) -> list[Budget]:
    """No uncounted layer, where a model has some and no limit allows them: figures that may be short must not pass."""
    allowed = any(budget.metric == UNCOUNTED for budget in stated)
    return option_budgets([f"{UNCOUNTED}=0"]) if not allowed and any(row.op.name == UNCOUNTED for row in trace.rows) else []


def read_budgets(text: str, shown: str) -> list[Budget]:
    """The budgets of a text: a list of them with patterns, or those of a layout.

    Raises:
        ConvcalcError: for text that is not YAML, and with every error of its budgets.
    """
    node = compose(text, shown)
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
    return whole_config(compose(text, path), path)
