"""Where text goes: streams that survive any encoding and a closed pipe, files that are written whole."""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from convcalc.errors import ConvcalcError, usage
from convcalc.layout.library import is_inside

# Variables that a CI sets, and what its log takes for commands wherever a line has it, or at its start.
LOGS = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION")
PATIENCE = 1.0  # seconds before a run counts as long
COLONS = re.compile(r"(?:^|(?<=\r))(?=\s*::)", re.MULTILINE)
WIDEST = 6  # digits of COLUMNS


def write(text: str, kind: str = "text") -> bool:
    """Results, on standard output; whether anybody still reads them. A closed pipe is silent, and keeps the exit code.

    `kind` is text, json, or commands: what a CI is meant to act on. It acts on nothing else.
    """
    if sys.stdout is None:
        raise usage("cannot write: standard output is closed", "send it to /dev/null instead: >/dev/null")
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
    from convcalc.formats.text import HASHES, broken

    return HASHES.sub("\\\\u0023", text) if kind == "json" else COLONS.sub("\u200b", broken(text))


def put(stream: TextIO | None, text: str) -> bool:
    """Write to a stream; whether that is still open."""
    if stream is None:  # closed by the caller: convcalc … 2>&-
        return False
    try:
        prepare(stream)
        if isinstance(getattr(stream, "buffer", None), io.RawIOBase):  # PYTHONUNBUFFERED: what a full disk did not take would be lost
            written = io.TextIOWrapper(io.BufferedWriter(stream.buffer), stream.encoding, stream.errors, "\n")
            written.write(text)
            written.flush()
            written.detach().detach()
        else:
            stream.write(text)
            stream.flush()
    except BrokenPipeError:
        silence(stream)
        return False
    except OSError as error:
        silence(stream)
        raise unwritten(error) from None
    except ValueError:
        return False  # closed
    return True


def unwritten(error: OSError) -> ConvcalcError:
    """The error for output that did not arrive."""
    return usage(f"cannot write: {error.strerror}", "is the disk full?")


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


def terminal_width(stream: TextIO | None) -> int | None:
    """COLUMNS where it is above zero, else the width of the stream's own terminal, else None: no limit."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and len(columns) <= WIDEST and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None  # type: ignore[union-attr]
    except (OSError, ValueError, AttributeError):
        return None


def terminal_height() -> int:
    """Lines of the terminal that standard output is."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).lines
    except (OSError, ValueError):
        return 24


def wants_color(choice: str, stream: TextIO | None) -> bool:
    """`always`, `never`, or by NO_COLOR, FORCE_COLOR, TERM and whether the stream is a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE"):
        return True
    return os.environ.get("TERM") != "dumb" and stream is not None and stream.isatty()


def write_file(path: str, content: str | bytes, what: str = "--output") -> None:
    """Write a file whole: a new one beside it takes its place. `what` asked for it.

    Raises:
        ConvcalcError: where the place cannot be written, is not a regular file, or is a link out of its folder.
    """
    real = os.path.realpath(path)
    try:
        if not is_inside(real, os.path.dirname(path)):
            raise usage(f"{what} {path}: a link out of its folder", f"name the file itself: {real}")
        exists = os.path.exists(real)
        if exists and not stat.S_ISREG(os.stat(real).st_mode):
            raise usage(f"{what} {path}: not a regular file")
        if exists and not os.access(real, os.W_OK):
            raise usage(f"{what} {path}: permission denied")
        mode = stat.S_IMODE(os.stat(real).st_mode) if exists else 0o666 & ~current_umask()
        with temporary(real) as name:
            with open(name, "xb") as file:
                file.write(content if isinstance(content, bytes) else content.encode())
            os.chmod(name, mode)
            os.replace(name, real)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = f"is there a directory {os.path.dirname(path) or '.'}, and may you write to it?"
        raise usage(f"{what} {path}: {reason}", hint) from None


@contextmanager
def temporary(real: str) -> Iterator[str]:
    """A free name beside a file; what stands there in the end is removed, also where a signal ends the run."""
    name = os.path.join(os.path.dirname(real), f".{os.path.basename(real)[:100]}.{os.urandom(6).hex()}")
    with ended_by_signals():
        try:
            yield name
        finally:
            with suppress(OSError):
                os.unlink(name)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the run as an exception does, so that what is open is closed."""
    import signal

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            with suppress(ValueError):  # not in the main thread
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
