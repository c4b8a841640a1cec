"""What people may write has one reader each: what one command accepts, all accept, and what is missing is said."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import convcalc
from convcalc.inputs.designs import split_design
from tests.conftest import Run
from tests.conftest import convcalc as process

VECTOR = "input: 128\nlayers: [{linear: 10}]\n"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_vector_is_an_input_of_every_command(run: Run, folder: Path) -> None:
    """One size alone: 256 → 10 is 2,560 MACs and as many weights, with 10 biases."""
    (folder / "net.yaml").write_text(VECTOR, encoding="utf-8")
    [model] = json.loads(run("summary", "net.yaml", "--input", "256", "-f", "json").out)["models"]
    assert (model["input"], model["totals"]["macs"], model["totals"]["params"]) == ([256], 2_560, 2_570)
    [point] = json.loads(run("sweep", "net.yaml", "--set", "input=256", "-f", "json").out)["points"]
    assert (point["macs"], point["params"]) == (2_560, 2_570)
    assert json.loads(run("conventions", "net.yaml", "--input", "256", "-f", "json").out)["models"][0]["totals"]["macs"] == 2_560


@pytest.mark.parametrize("shape", ["1x2x3x4x5", "3x", "3x0", "x", "3.5"])
def test_what_is_no_shape_is_none_anywhere(run: Run, shape: str) -> None:
    """Five sizes, a missing one, zero, a decimal: exit 2 from each command."""
    assert run("summary", "lenet5", "--input", shape).code == 2
    assert run("conventions", "lenet5", "--input", shape).code == 2
    assert run("sweep", "lenet5", "--set", f"input={shape}").code == 2


def test_an_input_of_other_axes_is_told(run: Run) -> None:
    """A network that declares two spatial axes and gets one is another network: a note says so."""
    ran = run("summary", "resnet50", "--input", "3x224")
    assert ran.code == 0
    assert "note[input-axes]: resnet50 declares 2 spatial axes for its input, and gets 1 spatial axis" in ran.err
    assert "input-axes" in run("conventions", "resnet50", "--input", "3x224").err
    assert run("summary", "resnet50", "--input", "3x192x192").err == ""


def test_one_text_is_one_spec(folder: Path) -> None:
    """Functions take a text as one spec, and never its characters, the directory / among them."""
    (folder / "net.yaml").write_text(VECTOR, encoding="utf-8")
    assert [model.name for model in convcalc.summary("./net.yaml").models] == ["net"]
    assert [file.path for file in convcalc.validate("./net.yaml").files] == ["./net.yaml"]
    assert [finding.spec for finding in convcalc.check("./net.yaml", max="macs=1M").findings] == ["./net.yaml"]
    assert [model.name for model in convcalc.compare("plain", cin=8, hw=8).models] == ["plain"]


def test_a_missing_parameter_has_a_place(run: Run, folder: Path) -> None:
    """The parameter that needs a value is pointed at, with what to write."""
    (folder / "net.yaml").write_text(
        "params: {width: 2, cout: required}\ninput: 3x8x8\nlayers: [{conv: {cout: cout, kernel: 3}}]\n", encoding="utf-8"
    )
    err = run("summary", "net.yaml").err
    assert err.startswith("net.yaml:1:20: error[missing-parameter]: `net` needs `cout`")
    assert "--set cout=64" in err
    assert run("summary", "net.yaml", "--set", "cout=64").code == 0


def test_a_file_or_revision_is_suggested(run: Run, repository: Path) -> None:
    """A name that a file beside it has with a suffix, and a revision where a path stands on the other side."""
    branch = subprocess.run(["git", "branch", "--show-current"], capture_output=True, text=True, check=True, cwd=repository).stdout.strip()
    assert "a file of that name is written ./net.yaml" in run("summary", "net").err
    assert f"{branch} is a git revision: write {branch}:net.yaml" in run("diff", branch, "net.yaml").err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("conv", "--cin", "3"), "conv needs --cout, --kernel"),
        (("conv",), "conv needs --cin, --cout, --kernel"),
        (("attention", "--cin", "8", "--hw", "4"), "attention needs --set heads=…"),
        (("conv", "--cin", "3", "--cout", "8", "--kernel", "3"), "conv takes a map, so it needs --hw too"),
    ],
)
def test_explain_says_which_options_are_missing(run: Run, arguments: tuple[str, ...], said: str) -> None:
    """No layout is shown that nobody wrote."""
    ran = run("explain", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "layers:" not in ran.err


@pytest.mark.parametrize("expression", ["1or 2", "0x1for x", "3if 1 else 2"])
def test_what_python_warns_of_is_an_error(folder: Path, expression: str) -> None:
    """No warning of Python's reaches standard error: it is no expression."""
    (folder / "net.yaml").write_text(f'input: 3x8x8\nlayers: [{{conv: {{cout: "{expression}", kernel: 3}}}}]\n', encoding="utf-8")
    ran = process("summary", "net.yaml", cwd=folder)
    assert ran.code == 2
    assert "SyntaxWarning" not in ran.err
    assert "net.yaml:2:" in ran.err


def test_explain_of_what_is_stated(run: Run, folder: Path) -> None:
    """The figures of a custom layer are the layout's own, and nothing is learned per channel."""
    (folder / "net.yaml").write_text("input: 3x8x8\nlayers: [{custom: {cout: 4, macs: 50, params: 6}}]\n", encoding="utf-8")
    text = run("explain", "./net.yaml", "custom1").out
    assert "parameters as stated" in text
    assert "per channel" not in text


@pytest.mark.parametrize("name", ["vit_b_16", "resnet50", "mobilenet_v3_large", "pan_neck", "unet", "shufflenet_v2_x1_0"])
def test_explain_totals_what_summary_totals(name: str) -> None:
    """Attention, products and stated layers are among the MACs: 17,563,828,224 for vit_b_16."""
    found = {formula.quantity: formula.value for formula in convcalc.explain(name).formulas}
    totals = convcalc.summary(name).models[0].totals
    assert (found["MACs"], found["FLOPs"]) == (totals["macs"], totals["flops"])
    if name == "vit_b_16":
        assert found["MACs"] == 17_563_828_224  # torch.utils.flop_counter, halved


def test_a_network_keeps_its_cout_where_explain_names_channels(run: Run, folder: Path) -> None:
    """Of cout 64 whatever comes in, mid is 64 / 4 = 16 and is called Cmid; of a block it follows cin."""
    text = "params: {cout: 64, mid: cout // 4}\ninput: 3x8x8\nlayers: [{conv: {cout: mid, kernel: 1}}, {conv: {cout: cout, kernel: 3}}]\n"
    (folder / "net.yaml").write_text(text, encoding="utf-8")
    assert "Cin·Cmid + Cmid·Cout·k²" in run("explain", "./net.yaml", "--cin", "8", "--hw", "8").out
    assert "Cin·Cmid" in run("explain", "bottleneck", "--cin", "64", "--hw", "8").out


@pytest.mark.parametrize("op", ["conv", "attention", "conv_transpose", "max_pool"])
def test_an_example_of_explain_works(run: Run, op: str) -> None:
    """What is suggested for an op is of that op, has all it requires, and can be run."""
    hint = run("explain", op).err.partition("for example: convcalc ")[2].strip()
    assert hint.startswith(f"explain {op} ")
    assert run(*hint.split()).code == 0


def test_the_colon_behind_which_arguments_begin() -> None:
    """The first that a name and = follow; others belong to a path; a megabyte of colons is read once."""
    for text, parts in {
        "a:b=1": ("a", "b=1"),
        "a: b = 1,c=2": ("a", " b = 1,c=2"),
        "C:/x/a.yaml:b=1": ("C:/x/a.yaml", "b=1"),
        "a:1b=1": ("a:1b=1", ""),
        ":b=1": (":b=1", ""),
        "a" + ":" * 1_000_000 + "=1": ("a" + ":" * 1_000_000 + "=1", ""),
    }.items():
        assert split_design(text) == parts


@pytest.mark.parametrize(
    ("value", "fix"),
    [
        ("8x", "write --cin 8"),
        ("0", "write --cin 1"),
        ("-3", "write --cin 8"),
        ("", "write --cin 8"),
        ("012k", "write --cin 12"),
        ("9" * 20, "smaller"),
    ],
)
def test_a_bad_number_has_a_fix(run: Run, value: str, fix: str) -> None:
    """The digits that it begins with, or one that can be."""
    ran = run("compare", f"--cin={value}", "--hw", "8")
    assert (ran.code, ran.out) == (2, "")
    assert fix in ran.err.partition("fix: ")[2]
