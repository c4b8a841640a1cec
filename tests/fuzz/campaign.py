"""Runs of many cases in one process, and what came of them."""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from collections import Counter
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from convcalc.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("tiny", "mutated", "reports", "commands", "sweeps", "budgets")
LONGEST = 5  # seconds that an answer may take


class Answer(NamedTuple):
    """What a command line left behind."""

    code: int
    out: str
    err: str
    seconds: float


class Bad(NamedTuple):
    """A case that must not be, and why; `number` and the seed make it again."""

    number: int
    arguments: tuple[str, ...]
    why: str


class Campaign(NamedTuple):
    """Exit codes, and the cases that must not be."""

    codes: Counter[int]
    bad: list[Bad]


class Late(BaseException):
    """An answer takes far too long."""


def captured(arguments: tuple[str, ...]) -> Answer:
    """Run a command line in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    started = time.process_time()
    stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(b""))
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(arguments)
    finally:
        sys.stdin = stdin
    seconds = time.process_time() - started
    texts = [stream.buffer.getvalue().decode(errors="replace") for stream in (out, err)]  # type: ignore[attr-defined]
    return Answer(code, *texts, seconds)


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise Late in what takes longer."""

    def late(*_: object) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def wrong(arguments: tuple[str, ...], longest: float | None) -> tuple[int, str]:
    """The exit code of a command line, and what is wrong with its answer, more than `longest` seconds among it."""
    try:
        with at_most(6 * LONGEST):
            answer = captured(arguments)
    except Late:
        return -1, f"no answer within {6 * LONGEST} s"
    except BaseException as error:  # what escapes main
        return -1, f"{type(error).__name__}: {error}"
    if answer.code not in (0, 1, 2):
        return answer.code, answer.err.strip()[-200:] or answer.out.strip()[-200:]
    if "Traceback (most recent" in answer.err + answer.out:
        return answer.code, "a traceback"
    if longest is not None and answer.seconds > longest:
        return answer.code, f"{answer.seconds:.1f} s"
    return answer.code, ""


def unusable(path: str) -> str:
    """Why a layout that `validate` passes cannot be summarized, if so."""
    if captured(("validate", path)).code != 0:
        return ""
    answer = captured(("summary", path))
    lacking = ("gives no shape", "needs `")  # a block by itself
    return "" if answer.code == 0 or any(text in answer.err for text in lacking) else f"validate passes it: {answer.err[:200]}"


def run(kind: str, cases: int, seed: int, folder: Path, longest: float | None = None) -> Campaign:
    """Run so many cases of a kind; each depends on the seed and its number alone."""
    make = import_module(f"tests.fuzz.{kind}").case
    found = Campaign(Counter(), [])
    here = Path.cwd()
    os.chdir(folder)
    try:
        for number in range(cases):
            arguments = make(Random(f"{seed}-{number}"), folder)
            code, why = wrong(arguments, longest)
            found.codes[code] += 1
            if not why and kind == "tiny" and arguments[0] == "summary" and len(arguments) == 2:
                why = unusable(arguments[1])
            if why:
                found.bad.append(Bad(number, arguments, why))
    finally:
        os.chdir(here)
    return found
