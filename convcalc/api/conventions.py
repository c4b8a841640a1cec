"""`convcalc conventions`: one network under every convention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.api.convention import read_convention, shipped_conventions
from convcalc.api.designs import read_size
from convcalc.api.specs import read_spec
from convcalc.api.summary import settings_of, spec_network
from convcalc.core.trace import trace
from convcalc.layout.library import Library
from convcalc.report.conventions import counts, matches, only
from convcalc.report.model import Report
from convcalc.report.quantity import parse_quantity
from convcalc.report.trace import model_report


def conventions(
    spec: str,
    *,
    set: Mapping[str, Any] | Sequence[str] = (),  # noqa: A002  # as the option is called
    input: str | Sequence[str] | None = None,  # noqa: A002
    batch: int | str = 1,
    layer: str | None = None,
    match: str | None = None,
    convention: Sequence[str] = (),
) -> Report:
    """One network under every counting convention, and why they differ.

    Args:
        spec: a shipped network, a path, `path:preset`, or "-" for standard input.
        set, input, batch: as for `summary`.
        layer: the path of one layer, or of a part of the network.
        match: a figure that somebody published, "4.13G"; finds the conventions and units that give it.
        convention: paths of conventions of your own, shown after the shipped ones.

    Returns:
        A report whose model has `conventions`: name, version, unit, total (the figure that the tool itself prints)
        and the bridge from the MACs to it, whose amounts sum to the difference.

    Raises:
        ConvcalcError: with every error of the spec, and for an unknown layer or figure.

    >>> [count.total for count in conventions("resnet50").models[0].conventions if count.name == "fvcore"]
    [4111512576]
    """
    published = parse_quantity(match, "--match") if match is not None else None
    inputs = [input] if isinstance(input, str) else list(input or ())
    library = Library()
    design = read_spec(library, spec)
    network = spec_network(library, design, settings_of(set), inputs)
    traced = trace(network, read_size("--batch", batch))
    part = traced if layer is None else only(traced, layer)
    found = counts(part, [*shipped_conventions(), *(read_convention(name) for name in convention)])
    whole = model_report(traced, network.name, {"path": design.layout.path})
    model = whole._replace(conventions=found, layer=layer, matches=matches(found, published) if published else None)
    return Report("conventions", (model,), published=match)
