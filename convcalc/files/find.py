"""Finding files: the specs in directories, the convcalc.yaml of a spec, what a pattern names."""

from __future__ import annotations

import os
import posixpath
import re
from fnmatch import translate
from functools import cache
from typing import TYPE_CHECKING

from convcalc.errors import usage
from convcalc.layout.library import CONFIG, ONNX, YAML, is_config

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_FILES = 100_000  # below one directory


def spec_files(specs: str | Sequence[str], config: bool = False) -> list[str]:
    """The specs with directories replaced by the layouts and models in them, and where it is wanted their convcalc.yaml.

    Raises:
        ConvcalcError: for a directory without any, and for no spec at all.
    """
    found: list[str] = []
    for spec in [specs] if isinstance(specs, str) else specs:
        if not os.path.isdir(spec):
            found.append(spec)
            continue
        inside = [file for file in walk(spec) if file.endswith((*YAML, ONNX)) and (config or not is_config(file))]
        if not inside:
            raise usage(f"there is no .yaml or .onnx file in {spec}")
        found += inside
    if not found:
        raise usage("no spec is given", "name a network, a file, a directory, or - for standard input")
    return found


def walk(directory: str) -> list[str]:
    """All files below a directory in order, hidden ones and links excepted: a link may point at anybody's file."""
    found: list[str] = []
    for folder, folders, files in os.walk(directory, onerror=unreadable):
        if len(found) > MOST_FILES:
            raise usage(f"there are more than {MOST_FILES:,} files below {directory}", "name a smaller directory")
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            os.path.join("" if folder == "." else folder, name).replace("\\", "/").removeprefix("./")
            for name in sorted(files)
            if plain(folder, name)
        ]
    return found


def unreadable(error: OSError) -> None:
    """Refuse a folder whose files cannot be seen: it may hold what is to be checked."""
    if isinstance(error, FileNotFoundError):
        return  # nothing is there
    raise usage(f"cannot read {error.filename}: {error.strerror}", "name what can be read, or change its permissions")


def plain(folder: str, name: str) -> bool:
    return not name.startswith(".") and not os.path.islink(os.path.join(folder, name))


def places(spec: str) -> list[str]:
    """Where a spec may have a convcalc.yaml: beside it, in the current directory, and above it up to the repository's top."""
    beside = posixpath.join(posixpath.dirname(spec), CONFIG)
    folder, above, upward = os.getcwd(), "", [CONFIG]
    tops = [CONFIG]
    while not os.path.exists(os.path.join(folder, ".git")) and os.path.dirname(folder) != folder:
        folder, above = os.path.dirname(folder), f"../{above}"
        upward.append(f"{above}{CONFIG}")
    if os.path.exists(os.path.join(folder, ".git")):
        tops = upward
    return list(dict.fromkeys(posixpath.normpath(place) for place in (beside, *tops)))


def matches(pattern: str, path: str) -> bool:
    """Whether a glob names a path: `*` stays within a directory, `**` is any number of them.

    >>> matches("models/*.yaml", "models/net.yaml"), matches("models/*.yaml", "models/old/net.yaml")
    (True, False)
    >>> matches("**/*.yaml", "net.yaml")
    True
    """
    parts = path.split("/")
    reached = {0}  # how many parts of the path the pattern may have used so far
    for fits in matchers(pattern):
        if fits is None:
            reached = set(range(min(reached, default=len(parts) + 1), len(parts) + 1))
        else:
            reached = {place + 1 for place in reached if place < len(parts) and fits(parts[place])}
        if not reached:
            return False
    return len(parts) in reached


@cache
def matchers(pattern: str) -> tuple[Callable[[str], object] | None, ...]:
    """What matches each part of a path; None for `**`."""
    return tuple(None if part == "**" else re.compile(translate(part)).match for part in pattern.split("/"))


def is_glob(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?[")
