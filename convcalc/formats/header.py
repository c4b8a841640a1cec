"""What stands above or below every output: which network, and how it was counted."""

from __future__ import annotations

from convcalc.formats.parts import Paragraph
from convcalc.report.numbers import shape_text
from convcalc.report.records import ModelReport, Report


def convention(report: Report) -> Paragraph:
    """How the figures were counted: it stands in every output."""
    version = f" {report.convention.version}" if report.convention.version else ""
    return Paragraph(f"Convention {report.convention.name}{version}: {report.convention.counts}", "dim")


def title(model: ModelReport) -> str:
    """Which network, on what."""
    inputs = ", ".join(shape_text(shape) for shape in model.inputs)
    outputs = ", ".join(shape_text(shape) for shape in model.outputs)
    batch = f", batch {model.batch}" if model.batch != 1 else ""
    part = f", {model.layer} alone" if model.layer else ""
    return f"{model.name}: {inputs} → {outputs}{batch}{part}"
