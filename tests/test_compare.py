"""`convcalc compare`: what people see, to the letter, and the errors for wrong input."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.conftest import Run, Snapshot, convcalc

SHAPE = ("--cin", "256", "--cout", "256", "--hw", "56")
FOUNDING = ("compare", *SHAPE)


# The founding example


def test_the_founding_example(run: Run, snapshot: Snapshot) -> None:
    """Plain 3×3 and bottleneck at 256 channels and 56×56: the founding text's four claims, and the price."""
    ran = run(*FOUNDING)
    assert (ran.code, ran.err) == (0, "")
    for figure in ("1,849,688,064", "218,365,952", "589,824", "69,632", "8.47×", "1.50×", "3,699,376,128", "3×3"):
        assert figure in ran.out
    snapshot("compare-piped.txt", ran.out)


@pytest.mark.parametrize(
    ("against", "reduction"),
    [("two_plain", "16.94×"), ("plain", "8.47×")],
)
def test_honest_baselines(run: Run, against: str, reduction: str) -> None:
    """8.47× against one 3×3, 16.94× against two (He et al. 2015, by the founding text's formula)."""
    ran = run("compare", "bottleneck", "--baseline", against, *SHAPE)
    assert f"bottleneck needs {reduction} fewer MACs and parameters than {against}" in ran.out


def test_against_resnet_34s_two_convolutions_on_64_channels(run: Run) -> None:
    """The bottleneck on 256 channels has 69,632 parameters, ResNet-34's block 73,728: 1.06× fewer."""
    narrow = json.loads(run("compare", "basic_residual", "--cin", "64", "--hw", "56", "-f", "json").out)["models"][0]["totals"]["params"]
    wide = json.loads(run(*FOUNDING, "-f", "json").out)["models"][1]["totals"]["params"]
    assert (narrow, wide, f"{narrow / wide:.2f}") == (73_728, 69_632, "1.06")


@pytest.mark.parametrize("count", [3, 6])
def test_many_designs(run: Run, snapshot: Snapshot, count: int) -> None:
    """Three designs still stand side by side; more become rows."""
    designs = ("plain", "bottleneck", "depthwise_separable", "resnext", "ghost", "fire")[:count]
    snapshot(f"compare-{count}-designs.txt", run("compare", *designs, *SHAPE).out)


def test_layers(run: Run, snapshot: Snapshot) -> None:
    """--layers shows each design's own rows."""
    snapshot("compare-layers.txt", run(*FOUNDING, "--layers", "--norm", "batch_norm").out)


# Formats


def test_json_follows_the_contract(run: Run) -> None:
    """The envelope and a model's keys, in order; raw integers; rows add up to totals."""
    report = json.loads(run(*FOUNDING, "--format", "json").out)
    assert list(report) == ["schema_version", "tool", "command", "status", "exit_code", "convention", "models", "diagnostics"]
    assert (report["schema_version"], report["command"], report["status"], report["exit_code"]) == ("1.0", "compare", "ok", 0)
    assert report["convention"]["name"] == "mac"
    plain, bottleneck = report["models"]
    assert (plain["name"], plain["input"], plain["output"], plain["batch"]) == ("plain", [256, 56, 56], [256, 56, 56], 1)
    expected = {
        "params": 589824, "buffers": 0, "macs": 1849688064, "flops": 3699376128, "activations": 802816, "nonlinearities": 1,
        "weighted_layers": 1, "channel_mixing_layers": 1, "receptive_field": [3, 3],
    }  # fmt: skip
    assert {key: plain["totals"][key] for key in expected} == expected
    assert bottleneck["reduction"]["macs"] == 1849688064 / 218365952
    assert bottleneck["ratio"]["activations"] == 1.5
    assert bottleneck["ratio"]["buffers"] is None
    first = plain["layers"][0]
    assert (first["path"], first["op"], first["times"], first["input"], first["output"]) == (
        "conv1",
        "conv",
        1,
        [256, 56, 56],
        [256, 56, 56],
    )
    assert (first["params"], first["macs"], first["flops"], first["activations"]) == (589824, 1849688064, 3699376128, 802816)
    assert first["attributes"] == {
        "cout": 256, "kernel": [3, 3], "stride": [1, 1], "padding": [[1, 1], [1, 1]], "dilation": [1, 1], "groups": 1, "bias": False,
    }  # fmt: skip
    for model in report["models"]:
        for key, total in model["totals"].items():
            if key not in ("receptive_field", "counted"):
                assert sum(layer[key] for layer in model["layers"]) == total


def test_json_is_byte_identical_from_run_to_run() -> None:
    """No times, no absolute paths, no order by chance."""
    first, second = (convcalc(*FOUNDING, "--format", "json", PYTHONHASHSEED=seed).out for seed in ("1", "2"))
    assert first == second
    assert str(Path.cwd()) not in first


def test_the_name_is_the_text_as_given(run: Run) -> None:
    """`bottleneck:reduction=8` is the model's name."""
    report = json.loads(run("compare", "bottleneck:reduction=8", *SHAPE, "--format=json").out)
    assert report["models"][0]["name"] == "bottleneck:reduction=8"


def test_csv(run: Run) -> None:
    """The contract's names joined with `_`, lists as 3x3, a convention column, a row a design and no total."""
    rows = list(csv.DictReader(io.StringIO(run(*FOUNDING, "--format", "csv").out)))
    assert [row["name"] for row in rows] == ["plain", "bottleneck"]
    assert (rows[1]["totals_macs"], rows[0]["input"], rows[0]["totals_receptive_field"]) == ("218365952", "256x56x56", "3x3")
    assert (rows[1]["ratio_buffers"], rows[1]["convention"]) == ("", "mac")
    assert float(rows[1]["reduction_macs"]) == 1849688064 / 218365952
    layers = list(csv.DictReader(io.StringIO(run(*FOUNDING, "--format", "csv", "--layers").out)))
    assert [row["path"] for row in layers if row["model"] == "bottleneck" and row["op"] == "conv"] == ["conv1", "conv2", "conv3"]


def test_markdown(run: Run, snapshot: Snapshot) -> None:
    """Ready to paste into a pull request."""
    snapshot("compare.md", run(*FOUNDING, "--format", "markdown", "--layers").out)


def test_columns(run: Run) -> None:
    """--columns chooses metrics by their JSON names."""
    out = run(*FOUNDING, "--columns", "macs,elements_written").out
    assert "MACs  " in out
    assert "Elements written" in out
    assert "Parameters " not in out


def test_batch_scales_all_but_parameters(run: Run) -> None:
    """Costs are those of the whole batch; reductions do not change."""
    one, four = (json.loads(run(*FOUNDING, "--batch", batch, "-f", "json").out)["models"][1] for batch in ("1", "4"))
    assert four["totals"]["params"] == one["totals"]["params"]
    assert four["totals"]["macs"] == 4 * one["totals"]["macs"]
    assert four["totals"]["nonlinearities"] == one["totals"]["nonlinearities"]
    assert "batch 4" in run(*FOUNDING, "--batch", "4").out


def test_other_maps(run: Run) -> None:
    """56x48 is a map of 56 rows and 48 columns."""
    model = json.loads(run("compare", "plain", "--cin", "8", "--hw", "56x48", "-f", "json").out)["models"][0]
    assert (model["input"], model["totals"]["macs"]) == ([8, 56, 48], 56 * 48 * 8 * 8 * 9)


def test_style(run: Run) -> None:
    """Norm, activation and bias of the layers that do not set their own."""
    report = run(*FOUNDING, "--norm", "batch_norm", "--activation", "none", "--bias", "true", "-f", "json").out
    model = json.loads(report)["models"][0]
    assert [layer["op"] for layer in model["layers"]] == ["conv", "batch_norm"]
    assert model["totals"]["params"] == 589_824 + 256 + 512


def test_totals_beyond_64_bits_stay_exact(run: Run) -> None:
    """2^40 channels on 2^20 × 2^20: 9 · 2^120 MACs, not a digit less."""
    model = json.loads(run("compare", "plain", "--cin", str(2**40), "--hw", str(2**20), "-f", "json").out)["models"][0]
    assert model["totals"]["macs"] == 9 * 2**120


# Warnings


def test_an_option_that_a_design_lacks_is_a_warning(run: Run) -> None:
    """convnext has no stride: said on stderr and in diagnostics, and the unlike shapes stay out of the sentence."""
    ran = run("compare", "plain", "convnext", *SHAPE, "--stride", "2")
    assert ran.code == 0
    assert "warning[option-unused]: convnext has no parameter stride" in ran.err
    assert "warning[unlike-shapes]" in ran.err
    assert "convnext needs" not in ran.out
    report = json.loads(run("compare", "plain", "convnext", *SHAPE, "--stride", "2", "-f", "json").out)
    assert [diagnostic["severity"] for diagnostic in report["diagnostics"]] == ["warning", "warning"]
    assert "sentence" not in report["models"][1]


# Bad input: each exit 2, one message with a fix, no traceback

BAD = [
    (("--cin", "0", "--hw", "56"), "--cin 0: expected at least 1"),
    (("--cin", "-3", "--hw", "56"), "--cin -3: expected a whole number"),
    (("--cin", "2.5", "--hw", "56"), "--cin 2.5: expected a whole number"),
    (("--cin", "true", "--hw", "56"), "--cin true: expected a whole number"),
    (("--cin", "9" * 5000, "--hw", "56"), "larger than 2^63 - 1"),
    (("--cin", "٣", "--hw", "56"), "expected a whole number"),
    (("--cin", "8", "--hw", "56x"), "--hw 56x: a size is missing"),
    (("--cin", "8", "--hw", "1x2x3x4"), "at most three spatial sizes"),
    (("--cin", "8"), "an input needs --hw too"),
    ((), "plain needs an input"),
    (("plain:groups=3", "--cin", "8", "--hw", "8"), "groups=3 does not divide cin=8"),
    (("./valid.yaml", "--cin", "8", "--hw", "8", "--kernel", "9"), "a 9×9 window does not fit the 8×8 map"),
    (("bottleneck:reduction=512", "--cin", "256", "--hw", "8"), "reduction is 512"),
    (("bottleneck:reduction=0", "--cin", "256", "--hw", "8"), "a division by zero"),
    (("botleneck", "--cin", "8", "--hw", "8"), "did you mean `bottleneck`?"),
    (("plain:kernle=5", "--cin", "8", "--hw", "8"), "did you mean `kernel`?"),
    (("plain:kernel=five", "--cin", "8", "--hw", "8"), "`five` is not a number or word"),
    (("plain:kernel=9**9**9", "--cin", "8", "--hw", "8"), "there is no **"),
    (("plain:kernel=3,kernel=5", "--cin", "8", "--hw", "8"), "`kernel` is given twice"),
    (("./missing.yaml", "--cin", "8", "--hw", "8"), "there is no file ./missing.yaml"),
    (("./directory.yaml", "--cin", "8", "--hw", "8"), "is a directory"),
    (("./latin.yaml", "--cin", "8", "--hw", "8"), "byte 0xe9 is not UTF-8"),
    (("./empty.yaml", "--cin", "8", "--hw", "8"), "is empty"),
    (("./broken.yaml", "--cin", "8", "--hw", "8"), "./broken.yaml:2:"),
    (("./bomb.yaml", "--cin", "8", "--hw", "8"), "yaml-alias"),
    (("./deep.yaml", "--cin", "8", "--hw", "8"), "nested more than 100 deep"),
    (("./recursive.yaml", "--cin", "8", "--hw", "8"), "`a` calls itself"),
    (("./python.yaml", "--cin", "8", "--hw", "8"), "calls what is not a function here"),
    (("--cin", "8", "--hw", "8", "--columns", "macz"), "did you mean `macs`?"),
    (("--cin", "8", "--hw", "8", "--norm", "batchnorm"), "did you mean `batch_norm`?"),
    (("--cin", "8", "--hw", "8", "--output", "missing/report.json"), "No such file or directory"),
    (("--cin", "8", "--hw", "8", "--output", "directory.yaml"), "its suffix names no format"),
    (("--cin", "8", "--hw", "8", "--output", "report.xml"), "its suffix names no format"),
    (("--cin", "8", "--hw", "8", "--batch", "0"), "--batch 0: expected at least 1"),
    (("--cim", "8"), "No such option"),
]


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files that a hostile or hasty person would name."""
    (tmp_path / "directory.yaml").mkdir()
    texts = {
        "valid": "params: {cout: required, kernel: 3, padding: valid}\nlayers: [{conv: {cout: cout, kernel: kernel}}]\n",
        "empty": "# nothing yet\n",
        "broken": "layers: [\n",
        "bomb": "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"k{i}: &{c} [{', '.join([f'*{p}'] * 10)}]\n" for i, (p, c) in enumerate(zip("abcdefgh", "bcdefghi", strict=True))),
        "deep": "layers: " + "[" * 100_000,
        "recursive": "blocks: {a: {layers: [b]}, b: {layers: [a]}}\nlayers: [a]\n",
        "python": "layers: [{conv: {cout: \"__import__('os').getpid()\", kernel: 3}}]\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[" ".join(arguments)[:40] for arguments, _ in BAD])
def test_bad_input(run: Run, folder: Path, arguments: tuple[str, ...], message: str) -> None:
    """Exit 2, nothing on standard output, one located message; and in JSON the envelope with diagnostics alone."""
    ran = run("compare", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert "Traceback" not in ran.err
    asked = run("compare", *arguments, "--format", "json")
    report = json.loads(asked.out)
    assert (asked.code, asked.err, report["status"], report["exit_code"], report["models"]) == (2, "", "error", 2, [])
    assert report["diagnostics"]


def test_errors_of_all_designs_in_one_run(run: Run, folder: Path) -> None:
    """Two bad designs, two messages."""
    ran = run("compare", "botleneck", "./empty.yaml", *SHAPE)
    assert "botleneck" in ran.err
    assert "is empty" in ran.err


def test_a_network_keeps_its_own_cout(run: Run, tmp_path: Path) -> None:
    """`cout` is cin unless given for blocks; 3·64·9 weights and 64 biases of a network that says 64, in `compare` and in `explain`."""
    spec = tmp_path / "net.yaml"
    spec.write_text("params: {cout: 64}\ninput: 3x32x32\nlayers: [conv: {cout: cout, kernel: 3}]\n", encoding="utf-8")
    found = json.loads(run("compare", str(spec), "--cin", "3", "--hw", "16", "--format", "json").out)
    assert found["models"][0]["totals"]["params"] == 3 * 64 * 9 + 64
    assert "1,728" in run("explain", str(spec), "--cin", "3", "--hw", "16").out


def test_compare_takes_networks(run: Run) -> None:
    """By their own inputs, with a sentence."""
    ran = run("compare", "resnet50", "mobilenet_v2")
    assert "mobilenet_v2 needs 13.60× fewer MACs and 7.29× fewer parameters than resnet50" in ran.out


def test_the_headline_names_every_input(run: Run, tmp_path: Path) -> None:
    """Designs that run on other inputs are not said to run on the first one's."""
    path = tmp_path / "net.yaml"
    path.write_text("input: {tokens: 20x48}\nlayers: [{linear: 4}]\n")
    assert run("compare", str(path), "vit_b_16").out.startswith("Inputs 20×48, 3×224×224 · counted by mac")
    assert run("compare", "resnet18", "resnet34").out.startswith("Input 3×224×224 → 1000")


def test_csv_has_no_notation_of_python(run: Run) -> None:
    """What is several records is as many columns, by number."""
    text = run("compare", "siamese", "crnn", "--format", "csv").out
    assert "receptive_fields_0_sizes" in text
    assert "{" not in text
