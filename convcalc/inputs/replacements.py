"""Replacements as people write them: `conv[kernel > 1 and groups == 1]=bottleneck:reduction=4`."""

from __future__ import annotations

import re
from typing import Any

from convcalc.analysis.metrics import METRICS
from convcalc.core.execution import Execution
from convcalc.core.network import Layer
from convcalc.core.quantity import parse_quantity
from convcalc.core.trace import Row
from convcalc.errors import ConvcalcError, Diagnostic, Refusal, Source, Span, usage
from convcalc.inputs.settings import read_arguments, split_design
from convcalc.layout.expression import Expression, parse
from convcalc.layout.library import Library
from convcalc.layout.replacement import Replacement, Replacements
from convcalc.spelling import nearest

WRITTEN = re.compile(r"\s*(?P<where>[^\[\]=\s]+)\s*(?:\[(?P<condition>[^\[\]]*)\])?\s*=(?P<design>.+)", re.DOTALL)
QUANTITY = re.compile(r"(?<![\w.])\d+(?:\.\d+)?\s?[kMGTPE](?![\w.])")
EXAMPLE = "write --replace 'conv[kernel > 1 and groups == 1]=bottleneck:reduction=4'"
MOST_NAMED = 3  # layers, in a note
KNOWN = ("cin", "cout", "h", "w", "kernel", "stride", "dilation", "groups")


def read_replacements(library: Library, execution: Execution) -> Replacements:
    """What is to be replaced.

    Raises:
        ConvcalcError: for a text that cannot be read, an unknown design, and one that has no `cout`.
    """
    items = tuple(read_replacement(library, text) for text in execution.replaced)
    return Replacements(items, execution.where_possible, measure, [], {})


def read_replacement(library: Library, text: str) -> Replacement:
    """One of them."""
    found = WRITTEN.fullmatch(text)
    if found is None:
        raise usage(f"--replace {text}: expected WHERE=DESIGN", EXAMPLE)
    name, rest = split_design(found["design"].strip())
    design = library.design(name)
    if "cout" not in design.params or len(design.inputs) != 1:
        raise usage(f"--replace {text}: {name} has no parameter cout", "name a block that has one: convcalc list blocks")
    span = Span(Source(text, (text,)), 1, 1, max(len(text), 1))
    arguments = read_arguments(text, text.rindex(rest) if rest else len(text), rest)
    return Replacement(text, found["where"], read_condition(found["condition"], text, span), design, arguments, span)


def read_condition(written: str | None, text: str, span: Span) -> Expression | None:
    """The condition in brackets, its quantities as whole numbers."""
    if written is None:
        return None
    plain = QUANTITY.sub(lambda match: str(parse_quantity(match[0], "--replace").value), written)
    try:
        condition = parse(plain, span)
    except Refusal as refusal:
        raise ConvcalcError(Diagnostic(refusal.code, f"--replace {text}: {refusal.message}", span, refusal.hint)) from None
    choices = [*KNOWN, *(key for key, metric in METRICS.items() if metric.of_row is not None)]
    for name in condition.names:
        if name not in choices:
            raise usage(f"--replace {text}: a layer has no {name}", nearest(name, choices))
    return condition


def measure(layers: list[Layer], name: str) -> Any:
    """A metric of some layers, for one sample."""
    of_row = METRICS[name].of_row if name in METRICS else None
    if of_row is None:
        raise Refusal("unknown-name", f"a layer has no {name}")
    total: Any = 0
    for layer in layers:
        row = Row("", layer.op, layer.sources, layer.inputs, layer.output, layer.op.cost(*layer.inputs))
        total = total + of_row(row, row.cost)
    return total


def notes_of(name: str, replacements: Replacements) -> list[Diagnostic]:
    """A note for the layers that stay since they cannot be replaced, and for what a design has no parameter for."""
    found = []
    stay = [one for one in replacements.done if one.why]
    if stay:
        message = f"{name}: {len(stay)} layer{'s' * (len(stay) != 1)} cannot be replaced and stay: " + "; ".join(
            one.why for one in stay[:MOST_NAMED]
        )
        found.append(Diagnostic("not-replaced", message + "; …" * (len(stay) > MOST_NAMED), severity="note"))
    for key in ("stride", "kernel"):
        paths = [one.path for one in replacements.done if key in one.unused and not one.why]
        if paths:
            designs = ", ".join(dict.fromkeys(one.design for one in replacements.done if key in one.unused and not one.why))
            shown = ", ".join(paths[:MOST_NAMED]) + ", …" * (len(paths) > MOST_NAMED)
            message = f"{name}: {designs} has no parameter {key}, which {shown} ha{'ve' if len(paths) > 1 else 's'}"
            found.append(Diagnostic("option-unused", message, severity="warning"))
    return found
