"""Fixes for texts that are no YAML: the parsers say what they looked for, not what to write."""

from __future__ import annotations

import yaml

from convcalc.errors import Span

# What is usual where YAML's parsers stop, by a part of their message; the first that fits counts.
YAML_FIXES = {
    "',' or '}'": "put commas between entries, and close what is open: {cout: 64, kernel: 3}",
    "',' or ']'": "put commas between entries, and close what is open: [relu, relu]",
    "flow node": "close what is open: [ … ] and { … }; a value follows each comma and colon",
    "flow mapping": "close what is open: {cout: 64, kernel: 3}",
    "flow sequence": "close what is open: [relu, relu]",
    "expected ':'": "write `key: value`, with a blank behind the colon",
    "mapping values are not allowed": "one `key: value` a line, or {key: value, key: value}; quote a text that holds a colon",
    "expected key": "let the keys of one mapping begin in one column",
    "'-' indicator": "let the entries of one list begin in one column, each with `- `",
    "block sequence entries are not allowed": "begin a list in a line of its own",
    "block mapping": "let the keys of one mapping begin in one column",
    "block end": "let what belongs together begin in one column",
    "escape": "use single quotes, in which a backslash is a backslash",
    "quoted scalar": "close the quote; a quote in a text is written twice: 'it''s'",
    "block scalar": "after | or > the text begins in a line of its own, indented",
    "start any token": "quote a text that begins with @, ` or %",
    "anchor": "a text that begins with & is a YAML anchor; quote it",
    "directive": "drop the lines that begin with %",
    "document start": "one document a file: nothing stands behind its end",
}
USUAL_FIX = "write layers as `- conv: {cout: 64, kernel: 3}`, and quote texts that hold signs"


def yaml_fix(error: yaml.MarkedYAMLError, place: Span | None) -> str:
    """What is usual where a parser stops: its own messages say what it looked for, not what to write."""
    line = place.text if place else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or "\\t" in str(error.problem):
        return "indent with spaces, not tabs"
    if "tag" in str(error.context):
        return "a value that starts with ! is a YAML tag; for a negation write `not`"
    if "alias" in f"{error.context}{error.problem}":
        return "a value that starts with * is a YAML alias; write the factor first: 2 * width"
    said = f"{error.problem} {error.context}"
    return next((fix for part, fix in YAML_FIXES.items() if part in said), USUAL_FIX)
