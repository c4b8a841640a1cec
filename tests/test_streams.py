"""Widths, colours, encodings, pipes and files that output goes to."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from convcalc.cli.streams import inert
from tests.conftest import Run, Snapshot, convcalc, environment

SHAPE = ("--cin", "256", "--cout", "256", "--hw", "56")
FOUNDING = ("compare", *SHAPE)


def on_terminal(*arguments: str, **extra: str) -> str:
    """What a terminal of 100 columns receives."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "convcalc", *arguments]
    done = subprocess.Popen(command, stdout=follower, stderr=follower, stdin=follower, env=environment(COLUMNS="100", **extra))
    os.close(follower)
    received = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        received += chunk
    assert done.wait(60) == 0
    os.close(leader)
    return received.decode("utf-8")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_at_widths(width: int, snapshot: Snapshot) -> None:
    """No line is wider than the terminal, no digit is cut, and what was left out is said on stderr."""
    ran = convcalc(*FOUNDING, COLUMNS=str(width))
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= width
    assert "1,849,688,064" in ran.out
    assert ("leave no room for" in ran.err) is (width == 40)
    snapshot(f"compare-{width}.txt", ran.out + ran.err)


def test_columns_of_zero_are_no_width() -> None:
    """COLUMNS=0 is ignored."""
    assert convcalc(*FOUNDING, COLUMNS="0").out == convcalc(*FOUNDING).out


@pytest.mark.parametrize("extra", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}])
def test_no_colour_where_none_is_wanted(extra: dict[str, str]) -> None:
    """NO_COLOR and TERM=dumb leave plain text, on a terminal too."""
    assert "\x1b" not in on_terminal(*FOUNDING, **extra)


def test_colour_where_it_is_wanted() -> None:
    """On a terminal, with FORCE_COLOR, and with --color always; never with --color never."""
    assert "\x1b[" in on_terminal(*FOUNDING, TERM="xterm")
    assert "\x1b[" in convcalc(*FOUNDING, FORCE_COLOR="1").out
    assert "\x1b[" in convcalc(*FOUNDING, "--color", "always", NO_COLOR="1").out
    assert "\x1b" not in on_terminal(*FOUNDING, "--color", "never", TERM="xterm")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1"])
def test_encodings(encoding: str, snapshot: Snapshot) -> None:
    """A stream that lacks a glyph gets its ASCII form; the table keeps its shape."""
    command = [sys.executable, "-m", "convcalc", *FOUNDING]
    env = environment(PYTHONUTF8="0", PYTHONIOENCODING=encoding)
    done = subprocess.run(command, capture_output=True, env=env, check=True, timeout=60)
    text = done.stdout.decode(encoding)
    assert "1,849,688,064" in text
    assert done.stderr == b""
    if encoding == "ascii":
        snapshot("compare-ascii.txt", text)


def test_a_closed_pipe_is_silent() -> None:
    """`| head -1` gets its line; nothing is said, and the code is that of the command."""
    script = f"{sys.executable} -m convcalc compare --cin 256 --hw 56 --layers | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment(), check=False, timeout=60)
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)


def test_a_closed_standard_output_is_survived() -> None:
    """`>&-` is no reason for a traceback."""
    script = f"{sys.executable} -m convcalc compare --cin 256 --hw 56 >&-"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment(), check=False, timeout=60)
    assert "Traceback" not in done.stderr


def test_output_files_add_to_standard_output(run: Run, tmp_path: Path) -> None:
    """The suffix names the format; each file is what standard output would have been."""
    files = [tmp_path / name for name in ("a.json", "b.csv", "c.md", "d.txt")]
    ran = run(*FOUNDING, *(part for file in files for part in ("--output", str(file))))
    assert ran.out == run(*FOUNDING).out
    assert ran.err == "".join(f"convcalc: wrote {file}\n" for file in files)
    for file, name in zip(files, ("json", "csv", "markdown", "table"), strict=True):
        assert file.read_text(encoding="utf-8") == run(*FOUNDING, "--format", name).out


def test_unreadable_and_unwritable_files(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions are reported by name. (A superuser may read and write all, so the system's refusal is imitated.)"""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "valid.yaml").write_text("layers: [relu]\n")
    real = open

    def refusing(path: object, *arguments: object, **options: object) -> object:
        if str(path).endswith("valid.yaml"):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr("builtins.open", refusing)
    ran = run("compare", "./valid.yaml", *SHAPE)
    assert (ran.code, "cannot read ./valid.yaml: Permission denied" in ran.err) == (2, True)
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "access", lambda *_: False)
    (tmp_path / "report.json").write_text("old")
    ran = run(*FOUNDING, "--output", "report.json")
    assert (ran.code, "permission denied" in ran.err, (tmp_path / "report.json").read_text()) == (2, True, "old")


def test_output_replaces_no_device(run: Run, tmp_path: Path) -> None:
    """A FIFO is refused, not opened."""
    os.mkfifo(tmp_path / "pipe.json")
    ran = run(*FOUNDING, "--output", str(tmp_path / "pipe.json"))
    assert (ran.code, "not a regular file" in ran.err) == (2, True)


def test_text_from_a_file_is_no_markup(run: Run) -> None:
    """Control characters and markup of a name arrive escaped and unread."""
    ran = run("compare", "./[bold]x:fire:[/]\x1b[31m.yaml", *SHAPE)
    assert "[bold]x:fire:[/]\\u001b[31m.yaml" in ran.err
    assert "\x1b" not in ran.err


def shell(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """A line of bash in a folder; `convcalc` is this one."""
    line = f'convcalc() {{ {sys.executable} -m convcalc "$@"; }}; {script}'
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, env={**environment(), **variables}, check=False, timeout=60
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
@pytest.mark.parametrize(
    "script",
    [
        "convcalc summary resnet50 --format json > /dev/full",
        "convcalc summary nosuch --format json > /dev/full",
        "convcalc check resnet18 --max macs=1 > /dev/full",
        "convcalc check resnet18 --max macs=1 --format junit > /dev/full",
        "convcalc > /dev/full",
        "convcalc --help > /dev/full",
        "convcalc --version > /dev/full",
        "convcalc list ops > /dev/full",
        "convcalc sweep bottleneck --set cin=8,16 --set hw=8 --format csv > /dev/full",
    ],
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_an_error(tmp_path: Path, script: str, unbuffered: str) -> None:
    """Exit 2 and one line, whatever was to be written, also where Python does not buffer."""
    done = shell(script, tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stderr.count("No space left on device"), "Traceback" in done.stderr) == (2, 1, False), done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_errors_that_cannot_be_written(tmp_path: Path) -> None:
    """Still exit 2, in silence."""
    assert shell("convcalc summary nosuch 2> /dev/full", tmp_path).returncode == 2


def test_nothing_truncated_passes_as_done(tmp_path: Path) -> None:
    """A disk that fills midway: exit 2 also where Python does not buffer, and writes what fits."""
    done = shell("ulimit -f 8; convcalc summary resnet50 --format json > out.json", tmp_path, PYTHONUNBUFFERED="1")
    assert (done.returncode, "cannot write: File too large" in done.stderr) == (2, True)
    assert (tmp_path / "out.json").stat().st_size == 8192


@pytest.mark.parametrize("command", ["summary resnet18", "check resnet18 --max macs=1", "summary resnet18 --format json", "list ops"])
def test_a_closed_standard_output(tmp_path: Path, command: str) -> None:
    """Nothing can be written, so nothing passes as fine or as a finding."""
    done = shell(f"convcalc {command} >&-", tmp_path)
    assert (done.returncode, "standard output is closed" in done.stderr) == (2, True)


def test_output_follows_no_link_out_of_its_folder(run: Run, tmp_path: Path) -> None:
    """What a checkout points at elsewhere stays as it is; a link beside the file it names is followed."""
    (tmp_path / "reports").mkdir()
    victim, inside = tmp_path / "victim", tmp_path / "reports" / "real.json"
    victim.write_text("keep")
    (tmp_path / "reports" / "out.json").symlink_to("../victim")
    ran = run(*FOUNDING, "--output", str(tmp_path / "reports" / "out.json"))
    assert (ran.code, "a link out of its folder" in ran.err, victim.read_text()) == (2, True, "keep")
    (tmp_path / "reports" / "in.json").symlink_to("real.json")
    assert run(*FOUNDING, "--output", str(tmp_path / "reports" / "in.json")).code == 0
    assert inside.read_text().startswith("{")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_leaves_no_temporary_file(tmp_path: Path, name: str) -> None:
    """Whatever ends a run while it writes a file, the old one stays and nothing lies beside it."""
    script = (
        "import os, signal, sys\n"
        "from convcalc.cli import streams\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"  # which nohup has ignored
        f"os.replace = lambda *_: os.kill(os.getpid(), signal.{name})\n"
        "streams.write_file(sys.argv[1], 'new')\n"
    )
    (tmp_path / "out.json").write_text("old")
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "out.json")], capture_output=True, check=False, timeout=60)
    assert done.returncode != 0
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("out.json", "old")]


@pytest.mark.parametrize("columns", ["9" * 5_000, "0", "-1", "٣٠", "x"])
def test_odd_columns(run: Run, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    """A width that is none, or beyond any terminal, is no limit."""
    monkeypatch.setenv("COLUMNS", columns)
    assert run(*FOUNDING).code == 0


def test_a_lone_carriage_return_begins_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows it is no command for the log of a CI either."""
    monkeypatch.setenv("CI", "1")
    assert inert("a\r::error::x\n::error::y") == "a\r\u200b::error::x\n\u200b::error::y"
