"""Specs as people name them: a shipped network, a file, one preset of a file, a directory, standard input."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.analysis.expect import differences
from convcalc.api.designs import Design, chosen_convention, read_design
from convcalc.core.trace import Trace, trace
from convcalc.errors import Diagnostic, usage
from convcalc.layout.assemble import build_network
from convcalc.layout.library import STDIN, YAML, Library, is_config, is_path
from convcalc.layout.source import LARGEST_FILE, decode
from convcalc.report.trace import model_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcalc.layout.model import Layout
    from convcalc.report.model import ModelReport


class Spec(NamedTuple):
    """A network as it stands somewhere, on disk or in a revision."""

    text: str
    layout: Layout
    trace: Trace

    def model(self, convention: str | None) -> ModelReport:
        """Its figures, `counted` by a convention."""
        return model_report(self.trace, self.layout.name, self.source, chosen_convention(convention))

    @property
    def source(self) -> dict[str, str]:
        """Its file; where it is a preset or has arguments, what it was called too."""
        told = {"spec": self.text} if is_path(self.text) and self.text.replace("\\", "/") != self.layout.path else {}
        return {"path": self.layout.path, **told}


def traced(library: Library, text: str) -> Spec:
    """A spec with its trace.

    Raises:
        ConvcalcError: with every error of its files.
    """
    design = read_spec(library, text)
    return Spec(text, design.layout, trace(build_network(library, design.layout, design.arguments)))


def spec_files(specs: Sequence[str], config: bool = False) -> list[str]:
    """The specs with directories replaced by the layouts in them, and where it is wanted their convcalc.yaml.

    Raises:
        ConvcalcError: for a directory without any, and for no spec at all.
    """
    found: list[str] = []
    for spec in specs:
        if not os.path.isdir(spec):
            found.append(spec)
            continue
        inside = [file for file in walk(spec) if file.endswith(YAML) and (config or not is_config(file))]
        if not inside:
            raise usage(f"there is no .yaml file in {spec}")
        found += inside
    if not found:
        raise usage("no spec is given", "name a network, a file, a directory, or - for standard input")
    return found


def walk(directory: str) -> list[str]:
    """All files below a directory in order, hidden ones and links excepted: a link may point at anybody's file."""
    found = []
    for folder, folders, files in os.walk(directory):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            os.path.join("" if folder == "." else folder, name).replace("\\", "/").removeprefix("./")
            for name in sorted(files)
            if plain(folder, name)
        ]
    return found


def plain(folder: str, name: str) -> bool:
    return not name.startswith(".") and not os.path.islink(os.path.join(folder, name))


def read_spec(library: Library, spec: str) -> Design:
    """The layout of a spec, with the arguments in its name."""
    if spec != "-":
        named = is_path(spec) and os.path.isfile(spec)  # whatever else the name may look like
        return Design(spec, library.design(spec), {}) if named else read_design(library, spec)
    if sys.stdin is None:
        raise usage("standard input is closed", "name a file")
    data = sys.stdin.buffer.read(LARGEST_FILE + 1)
    return Design(spec, library.text(decode(data, STDIN), STDIN), {})


def unmet(layout: Layout, totals: dict[str, Any], severity: str) -> list[Diagnostic]:
    """A diagnostic for each expectation of a layout that its totals do not meet."""
    expected = {key: expression.constant for key, expression in layout.expect.items()}
    return [
        Diagnostic(
            "expect-differs",
            f"{layout.name}: {difference.metric} are {difference.found:,}, expected {difference.expected:,}"
            + (f" ({layout.source})" if layout.source else ""),
            layout.expect[difference.metric].span,
            severity=severity,
        )
        for difference in differences(expected, totals)
    ]
