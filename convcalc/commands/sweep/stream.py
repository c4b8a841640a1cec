"""A sweep that is written chunk by chunk, however many points there are."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.commands.sweep.request import Request
from convcalc.commands.sweep.run import chunks, idle, impossible
from convcalc.commands.sweep.show import axis_values, csv_text, invalid_reports, invalid_text, json_line, point_rows
from convcalc.formats.csv import cell
from convcalc.record import NamedTuple
from convcalc.report.contract import MAC
from convcalc.space.points import Invalid, merged


class Text(NamedTuple):
    """The text of a chunk, and how many points more it is of."""

    text: str
    done: int


class Stream:
    """A sweep as texts of one format, csv or jsonl, one a chunk."""

    def __init__(self, request: Request, format_: str, dask: str | None) -> None:
        self.request, self.format, self.dask = request, format_, dask
        self.done = self.valid = 0
        self.invalid: list[Invalid] = []

    def texts(self) -> Iterator[Text]:
        """The header before the first possible points, then the points.

        Raises:
            ConvcalcError: where every point is impossible.
        """
        request, is_csv = self.request, self.format == "csv"
        names, values = [*(axis.name for axis in request.axes), *request.shown], axis_values(request.axes)
        header = csv_text([[*names, "convention"]]) if is_csv else ""
        if is_csv:
            values = [[cell(value) for value in table] for table in values]
        for chunk in chunks(request, self.dask):
            rows = point_rows(chunk.points, values, request.shown)
            if is_csv:
                text = csv_text((*row, MAC.name) for row in rows)
            else:
                text = "".join(json_line(dict(zip(names, row, strict=True))) for row in rows)
            head = header if not self.valid and chunk.valid else ""
            self.done, self.valid = self.done + chunk.done, self.valid + chunk.valid
            self.invalid = merged([*self.invalid, *chunk.points.invalid])
            yield Text(head + text, chunk.done)
        if not self.valid and request.is_whole:
            raise impossible(self.invalid)
        if not self.valid:
            yield Text(header, 0)

    def remarks(self) -> list[str]:
        """What there is to know of the points that were written."""
        return [*(warning.message for warning in idle(self.request)), *map(invalid_text, invalid_reports(self.invalid))]
