"""`convcalc help`: the manual knows everything there is, and shows it."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import click
import pytest

import convcalc
from convcalc.analysis.convention import FACTS
from convcalc.analysis.metrics import METRICS
from convcalc.cli import COMMANDS, cli
from convcalc.commands.help import FOLDER, GUIDES, op_cells
from convcalc.commands.list import parameters
from convcalc.formats.manual import laid_out
from convcalc.formats.text import display_width
from convcalc.layout.expression import FUNCTIONS, WORDS
from convcalc.layout.model import STYLE
from convcalc.layout.vocabulary import FLEXIBLE, OPS, STRUCTURES
from convcalc.rules.devices import KEYS as DEVICE
from tests.conftest import ROOT, Run, environment
from tests.test_gallery import CODE

TEXTS = {name: (Path(FOLDER) / f"{name}.md").read_text(encoding="utf-8") for name in GUIDES}
ALL = "\n".join(TEXTS.values())
EXIT_CODES = ("0", "1", "2", "3", "130")


def stands(word: str, text: str = ALL) -> bool:
    """Whether a word stands in a text as a word of its own."""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


def test_guides_are_the_files_there_are() -> None:
    """Each file is a topic, and begins with its title."""
    assert sorted(TEXTS) == sorted(path.stem for path in Path(FOLDER).glob("*.md"))
    assert all(text.startswith("# ") for text in TEXTS.values())


@pytest.mark.parametrize(
    ("words", "guide"),
    [
        ([*OPS, *FLEXIBLE, *STRUCTURES], "ops tensors language"),
        (sorted({key for spec in OPS.values() for key in spec.attributes}), "ops tensors"),
        ([*FUNCTIONS, *STYLE], "language"),
        ([*WORDS, "required", "first", "previous", "cin", "include", "presets", "expect", "when", "inputs", "outputs"], "language ops"),
        (list(METRICS), "compare"),
        ([key for key in DEVICE if key != "convcalc"], "devices"),
        (list(FACTS), "conventions"),
        (list(COMMANDS), " ".join(GUIDES)),
    ],
    ids=["ops", "attributes", "functions", "words", "metrics", "devices", "facts", "commands"],
)
def test_every_word_is_in_a_guide(words: list[str], guide: str) -> None:
    """What people may write, and what reports hold, stands in the guide that is about it."""
    text = "\n".join(TEXTS[name] for name in guide.split())
    assert [word for word in words if not stands(word, text)] == []


def test_every_option_is_in_a_guide() -> None:
    """All long options of all commands, but for --help and --version."""
    found = set()
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        found |= {
            long for parameter in command.params if isinstance(parameter, click.Option) for long in parameter.opts if long[:2] == "--"
        }
    found.remove("--help")
    assert len(found) > 40
    assert sorted(option for option in found if not stands(option)) == []


def test_every_code_is_in_a_guide() -> None:
    """Codes of errors, and exit codes, stand in the guide for programs, and no code that there is not."""
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "convcalc").rglob("*.py"))
    codes = set(CODE.findall(source)) - {"convcalc"}
    section = TEXTS["programs"].partition("## Errors")[2].partition("##")[0]
    assert set(re.findall(r"`([a-z-]+)`", section)) == codes
    assert re.findall(r"^\| (\d+) \|", TEXTS["programs"], re.MULTILINE) == list(EXIT_CODES)


@pytest.mark.parametrize("name", OPS)
def test_the_guide_of_ops_says_what_the_language_does(name: str, tmp_path: Path) -> None:
    """A row an op: its attributes and defaults as `list ops` has them, and an example that is a layout."""
    row = next(line for line in (TEXTS["ops"] + TEXTS["tensors"]).splitlines() if line.startswith(f"| `{name}` |"))
    attributes = {key: attribute.default_text for key, attribute in OPS[name].attributes.items()}
    assert row.split(" | ")[1] == (parameters(attributes) or "–")
    example = op_cells()[name][-1].strip("`")
    before = {
        "linear": "flatten", "select": "tokens", "class_token": "tokens", "position_embedding": "tokens", "channels_first": "channels_last",
        "attention": "{conv: {cout: 24, kernel: 1}}, tokens", "group_norm": "{conv: {cout: 64, kernel: 1}}", "crop": "{upsample: 8}",
        "add": "{relu: {name: a}}, {relu: {name: b}}", "concat": "{relu: {name: a}}, {relu: {name: b}}", "mul": "{relu: {name: gate}}",
        **dict.fromkeys(("matmul", "einsum"), "{tokens: {name: a}}, {tokens: {name: b, from: input}}"),
        "deform_conv": "{relu: {name: x}}, {conv: {name: offsets, cout: 18, kernel: 3}}", "untokens": "tokens", "custom": "relu",
        **dict.fromkeys(("sub", "min"), "{relu: {name: a}}, {relu: {name: b}}"), "where": "{relu: {name: a}}",
        **dict.fromkeys(("lstm", "gru", "rnn", "reshape"), "tokens"), "unwindows": "{windows: 7}",
        "fold": "{unfold: {kernel: 3, padding: 1}}",
        "grid_sample": "{conv: {cout: 2, kernel: 1}}, {channels_last: {name: places}}, {relu: {name: a, from: input}}",
        "gather": "tokens", "constant": "",
    }.get(name, "relu")  # fmt: skip
    entry = f"{{{example}}}" if ":" in example else example
    path = tmp_path / "net.yaml"
    written = ", ".join(filter(None, (before, entry)))
    path.write_text(f"input: 8x14x14\nparams: {{norm: batch_norm, activation: relu}}\nlayers: [{written}]\n")
    ops = {layer.op for layer in convcalc.summary(str(path)).models[0].layers}
    assert {"norm": "batch_norm", "activation": "relu"}.get(name, name) in ops


@pytest.mark.parametrize("topic", [*GUIDES, *OPS, *METRICS, *FUNCTIONS, *COMMANDS])
def test_every_topic_has_a_page(run: Run, topic: str) -> None:
    """Plain text into a pipe that names its topic; a guide as it stands."""
    ran = run("help", topic)
    assert (ran.code, ran.err) == (0, "")
    assert stands(topic, ran.out.lower())
    if topic in GUIDES:
        assert ran.out.startswith(TEXTS[topic])
    if topic in COMMANDS:
        assert f"Usage: convcalc {topic}" in ran.out


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_says_what_it_is(run: Run, name: str) -> None:
    """What is counted, in which unit, and who counts so."""
    metric = METRICS[name]
    assert metric.meaning
    assert metric.origin
    page = run("help", name).out
    assert metric.meaning in page
    assert metric.origin in page
    assert "It is" in page


def test_topics_are_listed_and_suggested(run: Run) -> None:
    """`help` alone lists all; a typo gets the nearest."""
    listed = run("help").out
    assert [topic for topic in (*GUIDES, *OPS, *METRICS, *FUNCTIONS, *COMMANDS) if f"`{topic}`" not in listed] == []
    for typo, meant in (("lnguage", "language"), ("convv", "conv"), ("sumary", "summary"), ("macz", "macs")):
        ran = run("help", typo)
        assert (ran.code, f"did you mean `{meant}`?" in ran.err) == (2, True)
    assert "fix: convcalc help lists what there is" in run("help", "./x.md").err


def test_on_a_terminal_pages_are_laid_out() -> None:
    """Rich's Markdown, through a pager where it is longer than the terminal."""
    master, follower = pty.openpty()
    environ = environment(COLUMNS="80", PAGER="cat", TERM="dumb")
    done = subprocess.Popen([sys.executable, "-m", "convcalc", "help", "compare"], stdout=follower, stdin=follower, env=environ)
    os.close(follower)
    shown = b""
    while select.select([master], [], [], 60)[0]:
        try:
            more = os.read(master, 65536)
        except OSError:
            break
        if not more:
            break
        shown += more
    os.close(master)
    assert done.wait(60) == 0
    text = shown.decode()
    assert "Compare: designs side by side" in text
    assert "# Compare" not in text
    assert "what the metrics are" in text.lower()


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("name", GUIDES)
def test_no_word_is_cut_on_a_terminal(name: str, width: int) -> None:
    """Narrow tables fold what Rich would cut: every word of the guide is there, and no line is too wide."""
    shown = laid_out(TEXTS[name], width, False)
    assert max(display_width(line) for line in shown.splitlines()) <= width
    assert shown.count("…") <= TEXTS[name].count("…")


def test_first_budgets_are_met(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`init`, `init budgets`, `check`: what is written works, and nothing is overwritten."""
    monkeypatch.chdir(tmp_path)
    assert run("init").code == 0
    ran = run("init", "budgets")
    assert (ran.code, "wrote convcalc.yaml" in ran.err) == (0, True)
    assert run("check").code == 0
    assert run("init", "budgets").code == 2
    (tmp_path / "convcalc.yaml").unlink()
    (tmp_path / "convcalc.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    assert run("init", "budgets").code == 2
    assert not (tmp_path / "elsewhere.yaml").exists()


@pytest.mark.parametrize("what", ["github", "gitlab", "pre-commit"])
def test_setups_say_first_what_to_fill_in(run: Run, what: str) -> None:
    """The first line names each placeholder."""
    text = run("init", what).out
    assert text.splitlines()[0].startswith("# Fill in OWNER below")
    assert set(re.findall(r"\b[A-Z]{4,}\b", text)) - {"OWNER"} <= {"GIT_DEPTH", "CI_PIPELINE_SOURCE"}
