"""`convcalc help`: the guides, and a page on each op, metric and function, as Markdown."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection

from convcalc.analysis.metrics import METRICS
from convcalc.errors import usage
from convcalc.layout.expression import FUNCTIONS
from convcalc.layout.library import Library
from convcalc.layout.shipped import CONFIGS, shipped_names
from convcalc.layout.source import read_text
from convcalc.layout.vocabulary import FLEXIBLE, OPS, STRUCTURES, Attribute
from convcalc.rules.devices import device_names, read_device
from convcalc.spelling import closest

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "guides")
GUIDES = (
    "language",
    "ops",
    "tensors",
    "networks",
    "models",
    "compare",
    "replace",
    "report",
    "conventions",
    "memory",
    "training",
    "devices",
    "search",
    "review",
    "programs",
)
OP = re.compile(r"^\| `([a-z0-9_`, ]+)` \|.*$", re.MULTILINE)  # a row of the guide of ops
CELLS = ("Output", "Cost", "Example")
UNITS = {
    "count": "a count",
    "operations": "operations of the convention",
    "bytes": "bytes",
    "seconds": "seconds",
    "ratio": "a ratio",
    "sizes": "input positions, one number a spatial axis",
}


def topics(commands: Collection[str]) -> dict[str, tuple[Collection[str], Callable[[str], str]]]:
    """Everything that has a page, by kind, and what writes it; that of a command is its own help."""
    return {
        "Guides": (GUIDES, guide),
        "Ops": (OPS, op_page),
        "Structures": (STRUCTURES, lambda _: guide("language")),
        "Metrics": (METRICS, metric_page),
        "Functions of expressions": (FUNCTIONS, function_page),
        "Commands": (commands, lambda _: ""),
        "Devices, as they are written": (device_names(), device_page),
        "Blocks and networks, as they are written": (shipped_names(), design_page),
    }


def page(topic: str, commands: Collection[str]) -> str:
    """The page of a topic; empty for a command.

    Raises:
        ConvcalcError: for a topic that there is not.
    """
    known = topics(commands).values()
    for names, written in known:
        if topic in names:
            return written(topic)
    close = closest(topic, [name for names, _ in known for name in names])
    raise usage(f"help {topic}: there is no such topic", f"did you mean `{close}`?" if close else "convcalc help lists what there is")


def guide(name: str) -> str:
    """A guide as it stands in the package."""
    return read_text(os.path.join(FOLDER, f"{name}.md"), f"{name}.md")


def contents(commands: Collection[str]) -> str:
    """What there is to read."""
    guides = [f"- `{name}`: {guide(name).splitlines()[0].removeprefix('# ')}" for name in GUIDES]
    pages = [f"**{kind}**: {', '.join(f'`{name}`' for name in names)}" for kind, (names, _) in topics(commands).items() if names != GUIDES]
    return "# convcalc help TOPIC\n\n## Guides\n\n" + "\n".join(guides) + "\n\n## Pages\n\n" + "\n\n".join(pages) + "\n"


def op_page(name: str) -> str:
    """An op: its attributes from the language, its shape and cost from the guide of ops."""
    spec = OPS[name]
    inputs = (
        "" if spec.most == 1 else f" It takes {spec.least} or more inputs.\n" if spec.most > 2 else f" It takes {spec.least} to 2 inputs.\n"
    )
    joins = f"\nPaths may stand in place of `from`: `{name}: {{paths: {{left: […], right: []}}}}`.\n" if name in FLEXIBLE else ""
    short = f"\nA value alone sets `{spec.shorthand}`: `- {name}: …`.\n" if spec.shorthand else ""
    rows = "".join(attribute_row(key, attribute) for key, attribute in spec.attributes.items())
    table = f"\n| Attribute | Default | Meaning |\n| --- | --- | --- |\n{rows}" if rows else ""
    facts = "".join(f"- {title}: {cell}\n" for title, cell in zip(CELLS, op_cells()[name], strict=True))
    return f"# {name}\n\n{spec.summary}.{inputs}\n{table}{short}{joins}\n{facts}"


def op_cells() -> dict[str, list[str]]:
    """What the guides of ops and tensors say of the output, the cost and an example of each."""
    found: dict[str, list[str]] = {}
    for row in OP.finditer(guide("ops") + guide("tensors")):
        cells = [cell.strip() for cell in row[0].strip("| ").split(" | ")]
        found |= {name.strip(" `"): cells[-3:] for name in row[1].split(",")}
    return found


def attribute_row(key: str, attribute: Attribute) -> str:
    choices = f"; one of {', '.join(attribute.choices)}" if len(attribute.choices) > 1 else ""
    return f"| `{key}` | {attribute.default_text} | {attribute.meaning}{choices} |\n"


def metric_page(name: str) -> str:
    """A metric: what is counted, in which unit, by whom."""
    metric = METRICS[name]
    sums = "That of a network is the sum of those of its layers." if metric.adds_up else "It does not add up over layers."
    better = (
        "Less is better: comparisons show by what it is reduced." if metric.less_is_better else "Neither more nor less is better as such."
    )
    layers = "" if not metric.of_each_layer else f" `layer.{name}` is that of one layer." if metric.adds_up else " Layers have it too."
    where = "" if metric.of_each_layer else " (of `compare` and `sweep`, where networks are rows or columns)"
    uses = f"`--columns {name}` and `--sort {name}`{where}, `--max {name}=…`, `--where '{name} < …'`, `--pareto {name}`"
    return (
        f"# {name}\n\n**{metric.label}**: {metric.meaning}. It is {UNITS[metric.unit]}. Counted as: {metric.origin}.\n\n"
        f"{sums} {better}{layers}\n\nUsed by {uses}.\n"
    )


def device_page(name: str) -> str:
    """A shipped device: what it is, and the file that has it."""
    device = read_device(name)
    path = os.path.join(os.path.dirname(CONFIGS), device.path)
    return f"# {name}\n\n{device.summary}. From `{device.path}`:\n\n```yaml\n{read_text(path, device.path)}```\n"


def design_page(name: str) -> str:
    """A shipped block or network: what it is, and the file that has it."""
    layout = Library().design(name)
    path = os.path.join(os.path.dirname(CONFIGS), layout.path) if not os.path.isabs(layout.path) else layout.path
    return f"# {name}\n\n{layout.summary}. From `{layout.path}`:\n\n```yaml\n{read_text(path, layout.path)}```\n"


def function_page(name: str) -> str:
    return f"# {name}\n\nA function of expressions: {FUNCTIONS[name]}. See `convcalc help language`.\n"
