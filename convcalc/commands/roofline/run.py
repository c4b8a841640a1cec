"""`convcalc roofline`: networks on a device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from convcalc.errors import Diagnostic, for_each
from convcalc.files.find import spec_files
from convcalc.inputs.designs import read_given, traced
from convcalc.inputs.execution import Running
from convcalc.layout.library import Library
from convcalc.report.contract import ModelReport, Report

ASKED = ("bytes", "intensity", "compute_seconds", "memory_seconds", "floor_seconds", "unfused_seconds")


def roofline(
    specs: str | Sequence[str],
    *,
    set: Mapping[str, Any] | Sequence[str] = (),  # noqa: A002  # as the option is called
    input: str | Sequence[str] | None = None,  # noqa: A002
    batch: int | str = 1,
    **running: Unpack[Running],
) -> Report:
    """Networks on a device: the time that no implementation undercuts, layer by layer.

    Args:
        specs, set, input, batch: as for `summary`.
        running: `device`, a shipped one or a path, and `dtype`, `weights_dtype`, `cached`, as `inputs.execution.Running` has them.

    Returns:
        A report whose models have `device`: floor, time op by op, ridge and the most of the peak; layers have `bytes`,
        `intensity`, `bound` and their times in seconds.

    Raises:
        ConvcalcError: with every error of every file, without a device, and for a type that the device does not have.

    >>> round(roofline("resnet50", batch=256, device="a100-sxm-80gb", dtype="fp16").models[0].device.floor_seconds * 1e3, 2)
    8.4
    """
    given = read_given(set, input, batch, ASKED, **running)
    device = given.execution.device
    if device is not None and device.counts_cycles:
        given = given._replace(asked=(*given.asked, "cycles"))
    library = Library()
    notes: list[Diagnostic] = []

    def model_of(spec: str) -> ModelReport:
        found = traced(library, spec, given)
        notes.extend(found.notes)
        return found.model(None)

    models = for_each(spec_files(specs), model_of)
    return Report("roofline", models=tuple(models), diagnostics=tuple(notes))
