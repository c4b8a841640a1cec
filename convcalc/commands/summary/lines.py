"""The lines of a summary that were asked for, and the bytes of its parameters."""

from __future__ import annotations

from typing import NamedTuple

from convcalc.analysis.metrics import ADDITIVE
from convcalc.analysis.tree import by_op, entries, leaves, ordered, top, tree
from convcalc.errors import Diagnostic, nearest, usage
from convcalc.report.records import MAC, ConventionReport, Entry, ModelReport, Report

BITS = {"fp64": 64, "fp32": 32, "tf32": 32, "fp16": 16, "bf16": 16, "fp8": 8, "int8": 8, "int4": 4}


class View(NamedTuple):
    """Which lines of a model, in which order. `by` None is the tree as deep as `depth`."""

    depth: int = 2
    by: str | None = None
    sort: str | None = None
    top: int | None = None
    dtype: str = "fp32"

    @property
    def rearranged(self) -> bool:
        """Whether the lines are other than the layers in their order, so that programs need them too."""
        return self.by is not None or self.sort is not None or self.top is not None


def summary_report(models: list[ModelReport], view: View, diagnostics: list[Diagnostic], convention: ConventionReport = MAC) -> Report:
    """The models with the lines that a view asks for."""
    check_view(view)
    found = [*diagnostics, *(custom_layers(model) for model in models if any(layer.op == "custom" for layer in model.layers))]
    viewed = tuple(model._replace(entries=lines(model, view), storage=storage(model, view.dtype)) for model in models)
    return Report("summary", viewed, convention, tuple(found), rearranged=view.rearranged)


def lines(model: ModelReport, view: View) -> tuple[Entry, ...]:
    """The lines of one model. Sorting needs lines of one kind: layers, unless `by` says otherwise."""
    by = view.by or ("layer" if view.sort or view.top else None)
    if by == "layer":
        found = leaves(model)
    elif by == "op":
        found = by_op(model)
    else:
        found = entries(tree(model), 1 if by == "stage" else view.depth)
    if view.sort or (view.top and by != "op"):
        key, _, direction = (view.sort or "macs").partition(":")
        found = ordered(found, key, direction == "asc")
    return tuple(top(found, view.top) if view.top else found)


def check_view(view: View) -> None:
    """Refuse metrics and types that there are not."""
    if view.sort is not None:
        key, colon, direction = view.sort.partition(":")
        if key not in ADDITIVE:
            raise usage(f"--sort {key}: there is no such metric", nearest(key, list(ADDITIVE)))
        if colon and direction not in ("asc", "desc"):
            raise usage(f"--sort {view.sort}: the order is asc or desc")
    if view.dtype not in BITS:
        raise usage(f"--dtype {view.dtype}: there is no such type", nearest(view.dtype, list(BITS)))


def storage(model: ModelReport, dtype: str) -> dict[str, object]:
    """Bytes of the parameters, buffers excepted."""
    return {"dtype": dtype, "param_bytes": (model.totals["params"] * BITS[dtype] + 7) // 8}


def custom_layers(model: ModelReport) -> Diagnostic:
    """A note on layers whose figures are the spec's own."""
    names = [layer.path for layer in model.layers if layer.op == "custom"]
    shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    message = f"{model.name}: the figures of {len(names)} custom layer{'s' * (len(names) > 1)} are stated, not computed: {shown}"
    return Diagnostic("custom-layer", message, severity="note")
