"""Each format's renderer, its module imported when it is used."""

from __future__ import annotations

from collections.abc import Callable

from convcalc.cli.options import Renderer
from convcalc.formats.parts import Parts
from convcalc.report.records import Report

FORMATS = ("table", "json", "csv", "markdown", "html", "svg")  # of every command that has a table


def renderers(parts: Callable[[Report, int | None], Parts], csv: Callable[[Report], str]) -> dict[str, Renderer]:
    """Renderers of a command: `parts` for people's formats, given a width; `csv` for that one; JSON is the same for all."""

    def table(report: Report, width: int | None, color: bool) -> tuple[str, list[str]]:
        from convcalc.formats.table import text

        return text(parts(report, width), width, color)

    def markdown(report: Report, width: int | None, color: bool) -> tuple[str, list[str]]:
        from convcalc.formats.markdown import document

        return document(parts(report, None)), []

    def html(report: Report, width: int | None, color: bool) -> tuple[str, list[str]]:
        from convcalc.formats.table import export

        return export(parts(report, None), "html", f"convcalc {report.command}"), []

    def svg(report: Report, width: int | None, color: bool) -> tuple[str, list[str]]:
        from convcalc.formats.table import export

        return export(parts(report, None), "svg", f"convcalc {report.command}"), []

    def rows(report: Report, width: int | None, color: bool) -> tuple[str, list[str]]:
        return csv(report), []

    return {"table": table, "json": as_json, "csv": rows, "markdown": markdown, "html": html, "svg": svg}


def is_told(report: Report, format_: str) -> bool:
    """Whether a table says itself that there is no solution."""
    return report.command == "solve" and not report.solutions and format_ != "csv"


def as_json(report: Report, width: int | None, color: bool) -> tuple[str, list[str]]:
    from convcalc.formats.json import render

    return render(report), []
