"""Which specs are checked: those that are named, or those that configurations name by patterns."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence

from convcalc.errors import ConvcalcError, Diagnostic, Span, for_each, usage
from convcalc.files.find import is_glob, matches, places, spec_files, walk
from convcalc.layout.library import CONFIG, YAML, is_config, is_inside, is_path
from convcalc.record import NamedTuple
from convcalc.rules.budgets import Config, read_config

Below = dict[tuple[str, str], list[tuple[str, str]]]  # by a directory and the configuration's: paths from here, and from there


class Target(NamedTuple):
    """A spec to check, and where a configuration asks for it."""

    spec: str
    named_at: Span | None = None


class Configs:
    """The files of budgets, each read once."""

    def __init__(self, only: Config | None) -> None:
        self.only = only
        self.known: dict[str, Config] = {}

    def of(self, spec: str) -> list[Config]:
        """Those that may name a spec."""
        if self.only is not None:
            return [self.only]
        found = {os.path.realpath(place): place for place in reversed(places(spec)) if os.path.isfile(place)}
        return [self.read(place) for place in reversed(found.values())]

    def read(self, place: str) -> Config:
        real = os.path.realpath(place)
        if real not in self.known:
            if not is_inside(place, posixpath.dirname(place)):
                message = f"{place} is a link to a file outside of its directory"
                raise ConvcalcError(Diagnostic("spec-outside", message, None, f"name it: --config {place}"))
            self.known[real] = read_config(place)
        return self.known[real]


def targets(specs: Sequence[str], configs: Configs) -> list[Target]:
    """The specs to check, each once.

    Raises:
        ConvcalcError: where none is named, and for a pattern that names none.
    """
    if specs:
        files = {os.path.realpath(spec) if os.path.isfile(spec) else spec: spec for spec in reversed(spec_files(specs))}
        return [Target(spec) for spec in reversed(files.values())]
    found = configs.of("")
    if not found:
        example = "budgets: [{spec: models/*.yaml, macs: 4.2G}]"
        raise usage("there is nothing to check", f"name specs, or write a {CONFIG}: {example}")
    named: dict[str, Target] = {}
    below: Below = {}

    def name(entry: tuple[Config, tuple[str, Span]]) -> None:
        config, (pattern, span) = entry
        for spec in named_by(pattern, span, config.folder, below):
            named.setdefault(spec, Target(spec, span))

    for_each([(config, pattern) for config in found for pattern in config.patterns], name)
    return list(named.values())


def named_by(pattern: str, span: Span, folder: str, below: Below) -> list[str]:
    """The specs of one pattern, which stay in the directory of the configuration; each pattern must name one.

    `below` holds the layouts of directories that were looked through before.
    """
    if pattern == "-":
        raise misnamed("nothing-matched", "standard input is no file of a configuration", span)
    if is_path(pattern) and os.path.isdir(posixpath.join(folder, pattern)):
        raise misnamed(
            "nothing-matched", f"`{pattern}` is a directory: for all in it write {posixpath.join(pattern, '**', '*.yaml')}", span
        )
    if not is_glob(pattern) or os.path.isfile(posixpath.join(folder, pattern)):
        spec = posixpath.relpath(posixpath.join(folder, pattern)) if is_path(pattern) else pattern
        check_inside(pattern, spec, span, folder)
        return [spec]
    start = pattern[: min(pattern.index(sign) for sign in "*?[" if sign in pattern)].rpartition("/")[0]
    root = posixpath.relpath(posixpath.join(folder, start) or ".")
    check_inside(pattern, root, span, folder)
    if (root, folder) not in below:
        files = [posixpath.relpath(file) for file in walk(root) if file.endswith(YAML) and not is_config(file)]
        below[root, folder] = [(file, posixpath.relpath(file, folder or ".")) for file in files]
    named = [file for file, inside in below[root, folder] if matches(pattern, inside)]
    if not named:
        raise misnamed("nothing-matched", f"no file matches `{pattern}`", span)
    return named


def check_inside(pattern: str, place: str, span: Span, folder: str) -> None:
    """Refuse a path outside a directory: an error in a file there would echo its lines."""
    if is_path(pattern) and not is_inside(place, folder):
        raise misnamed("spec-outside", f"`{pattern}` lies outside the directory of the configuration", span)


def misnamed(code: str, message: str, span: Span) -> ConvcalcError:
    return ConvcalcError(Diagnostic(code, message, span, "correct the pattern, or drop the budget"))
