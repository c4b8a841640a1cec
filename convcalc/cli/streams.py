"""Where text goes: streams that survive any encoding and a closed pipe, files that are written whole."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from convcalc.errors import usage

# Variables that a CI sets, and what its log takes for commands wherever a line has it, or at its start.
LOGS = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION")
PATIENCE = 1.0  # seconds before a run counts as long
HASHES = re.compile(r"#(?=#(?:\[|vso\[|teamcity\[))")
COLONS = re.compile(r"^(?=\s*::)", re.MULTILINE)


def write(text: str, kind: str = "text") -> bool:
    """Results, on standard output; whether anybody still reads them. A closed pipe is silent, and keeps the exit code.

    `kind` is text, json, or commands: what a CI is meant to act on. It acts on nothing else.
    """
    return put(sys.stdout, text if kind == "commands" else inert(text, kind))


def warn(text: str) -> None:
    """Everything else, on standard error; names of files among it may hold anything."""
    from convcalc.formats.text import visible

    put(sys.stderr, inert("".join(f"{visible(line)}\n" for line in text.splitlines())))


def annotate(text: str) -> None:
    """Commands for a CI, on standard error: they are read from there too, and results stay what they are."""
    put(sys.stderr, text)


def inert(text: str, kind: str = "text") -> str:
    """Text that the log of a CI shows and does not act on, whatever names, messages and source lines are in it."""
    if not any(os.environ.get(name) for name in LOGS):
        return text
    return HASHES.sub("\\\\u0023", text) if kind == "json" else COLONS.sub("\u200b", HASHES.sub("#\u200b", text))


def put(stream: TextIO | None, text: str) -> bool:
    """Write to a stream; whether that is still open."""
    if stream is None:  # closed by the caller: convcalc … >&-
        return False
    try:
        prepare(stream)
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        silence(stream)
        return False
    except OSError as error:
        silence(stream)
        raise usage(f"cannot write: {error.strerror}") from None
    except ValueError:
        return False  # closed
    return True


def silence(stream: TextIO) -> None:
    """Send the rest nowhere, else the interpreter complains at exit about what it could not write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def prepare(stream: TextIO) -> None:
    """Let a stream replace what its encoding lacks, and end lines alike on every system."""
    import codecs

    from convcalc.formats.text import substitute

    codecs.register_error("convcalc", substitute)
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None and stream.errors != "convcalc":
        reconfigure(errors="convcalc", newline="\n")


@contextmanager
def progress(what: str, beside: TextIO | None = None) -> Iterator[Callable[[int, int], None] | None]:
    """A bar of how much of a long run is done, on a terminal's standard error; none `beside` a stream that is the same terminal."""
    if not (sys.stderr and sys.stderr.isatty()) or (beside is not None and beside.isatty()):
        yield None
        return
    import time

    started = time.monotonic()
    done = 0
    show: Callable[[int], None] | None = None
    stop: Callable[[], None] | None = None

    def advance(more: int, whole: int) -> None:
        nonlocal done, show, stop
        done += more
        if show is None and time.monotonic() - started > PATIENCE:
            from convcalc.formats.table import progress_bar

            show, stop = progress_bar(what, whole)
        if show is not None:
            show(done)

    try:
        yield advance
    finally:
        if stop is not None:
            stop()


def terminal_width(stream: TextIO) -> int | None:
    """COLUMNS where it is above zero, else the width of the stream's own terminal, else None: no limit."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError, AttributeError):
        return None


def wants_color(choice: str, stream: TextIO) -> bool:
    """`always`, `never`, or by NO_COLOR, FORCE_COLOR, TERM and whether the stream is a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE"):
        return True
    return os.environ.get("TERM") != "dumb" and stream.isatty()


def write_file(path: str, content: str | bytes, what: str = "--output") -> None:
    """Write a file whole: a new one beside it takes its place. `what` asked for it.

    Raises:
        ConvcalcError: where the place cannot be written, or is not a regular file.
    """
    import tempfile  # pathlib and shutil come with it

    real = os.path.realpath(path)
    try:
        exists = os.path.exists(real)
        if exists and not stat.S_ISREG(os.stat(real).st_mode):
            raise usage(f"{what} {path}: not a regular file")
        if exists and not os.access(real, os.W_OK):
            raise usage(f"{what} {path}: permission denied")
        mode = stat.S_IMODE(os.stat(real).st_mode) if exists else 0o666 & ~current_umask()
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(real), prefix=f".{os.path.basename(real)}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content if isinstance(content, bytes) else content.encode())
            os.chmod(temporary, mode)
            os.replace(temporary, real)
        except BaseException:
            os.unlink(temporary)
            raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = f"is there a directory {os.path.dirname(path) or '.'}, and may you write to it?"
        raise usage(f"{what} {path}: {reason}", hint) from None


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
