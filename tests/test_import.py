"""`convcalc import`: layouts that are the models they were written from, and look as a person would have written them."""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc.commands.importing import imported
from convcalc.core.network import Layer, Network
from convcalc.core.ops import build
from convcalc.core.shape import Map, Shape
from convcalc.core.trace import trace
from convcalc.errors import ConvcalcError
from convcalc.inputs.designs import network_of, read_design
from convcalc.layout.library import Library
from convcalc.writer.layout import layout_of
from tests.conftest import Run
from tests.test_onnx import (
    CONV,
    FILES,
    MODELS,
    OTHERS,
    OWN,
    RESNET,
    STRANGE,
    X,
    Y,
    ints,
    model,
    node,
    product,
    size,
    stored,
    value,
)

# Models that no layout can hold to the parameter, and why: masks that an exporter stored as if they were learned.
MASKS = {"swin_t.dynamo.onnx": 4_018}
# The most lines that a file's layout may have, comments apart: what a person needs.
LINES = {
    "resnet50": 40,
    "resnet18": 35,
    "mobilenet_v2": 40,
    "efficientnet_b0": 60,
    "googlenet": 40,
    "densenet121": 45,
    "swin_t": 70,
    "vit_b_16": 30,
    "r3d_18": 35,
    "squeezenet1_1": 35,
    "shufflenet_v2_x1_0": 50,
    "timm_convnext_atto": 45,
    "light_resnet50": 40,
    "light_squeezenet": 35,
}


def written(path: str, inputs: tuple[str, ...] = ()) -> str:
    """The layout of a file, its open sizes those of the model that it was made from."""
    try:
        return imported(path, inputs).text
    except ConvcalcError as error:
        if inputs or "are open" not in str(error):
            raise
        return imported(path, (size(MODELS[Path(path).name][0][0]),)).text


@pytest.mark.parametrize("name", [*MODELS, *OTHERS])
def test_layouts_have_the_figures_of_the_models(name: str, tmp_path: Path) -> None:
    """A written layout, read like any other, has the MACs, parameters and outputs that PyTorch counts, and no custom layer."""
    layout = tmp_path / "net.yaml"
    layout.write_text(written(str(FILES / name)), encoding="utf-8")
    model = convcalc.summary(str(layout)).models[0]
    if name in OTHERS:
        assert model.totals["macs"] == OTHERS[name]
    else:
        _, outputs, macs, params = MODELS[name]
        assert model.totals["macs"] == macs
        assert params is None or model.totals["params"] == params - MASKS.get(name, 0)
        assert [product([*dims]) for dims in model.outputs or [model.output]] == [product(dims) for dims in outputs]
    assert not any(layer.op == "custom" for layer in model.layers)
    assert convcalc.validate(str(layout)).exit_code == 0


@pytest.mark.parametrize("name", [name for name in [*MODELS, *OTHERS] if name.split(".")[0] in LINES])
def test_layouts_are_as_short_as_a_persons(name: str) -> None:
    """Blocks, repeats and conditions say what recurs once."""
    lines = [line for line in written(str(FILES / name)).splitlines() if not line.startswith("#")]
    assert len(lines) <= LINES[name.split(".")[0]]


def test_a_layout_as_it_is_written(snapshot: Any) -> None:
    """ResNet-50 with its folded norms: a unit with an optional shortcut, a stage of them, four calls."""
    snapshot("import_resnet50.yaml", written(str(OWN / "resnet50.ts.onnx")))


def test_what_recurs_without_modules_is_found(snapshot: Any) -> None:
    """A file without module names has blocks too."""
    snapshot("import_light_squeezenet.yaml", written(str(OWN / "light_squeezenet.onnx")))


def test_shared_weights_are_named(snapshot: Any) -> None:
    """A head on three levels has one set of parameters."""
    snapshot("import_shared_head.yaml", written(str(OWN / "shared_head.ts.onnx")))


def test_writing_twice_gives_the_same() -> None:
    """Nothing depends on an order that may change."""
    assert written(RESNET) == written(RESNET)


def test_expectations_hold_the_layout_to_the_model(tmp_path: Path) -> None:
    """A layout that is changed no longer costs what the model did, and validate says so."""
    layout = tmp_path / "net.yaml"
    layout.write_text(written(RESNET).replace("cout: 64, kernel: 7", "cout: 64, kernel: 5"), encoding="utf-8")
    report = convcalc.validate(str(layout))
    assert report.exit_code == 1
    assert "expected 1,814,073,344 (resnet18.ts.onnx)" in report.diagnostics[-1].message


def test_the_command_writes_a_file_and_says_what_it_did(run: Run, tmp_path: Path) -> None:
    """The layout goes to the file, what was found to standard error; without -o the layout is all of standard output."""
    file = tmp_path / "net.yaml"
    ran = run("import", RESNET, "-o", str(file))
    assert (ran.code, ran.out) == (0, "")
    assert "read back: MACs and parameters are equal" in ran.err
    assert "4,800 parameters of batch norms are folded" in ran.err
    assert run("import", RESNET).out == file.read_text(encoding="utf-8")


def test_what_the_language_cannot_say_is_custom(tmp_path: Path) -> None:
    """A layer of figures of its own, with the model's word for it as a comment; the last line counts it."""
    path = tmp_path / "net.onnx"
    path.write_bytes(model(STRANGE))
    found = imported(str(path))
    assert "  - custom: {cout: 4, macs: 0, params: 0, size: 8} # Strange\n" in found.text
    assert "(1 custom)" in found.told
    assert convcalc.summary(written_to(tmp_path, found.text)).models[0].totals["macs"] == 3 * 4 * 64


def test_an_input_that_nothing_reads_is_left_out(tmp_path: Path) -> None:
    """A model may declare what it does not use; a layout has the inputs that reach its output."""
    path = tmp_path / "net.onnx"
    path.write_bytes(model(CONV, node("Relu", "h", "y"), X, value(11, "spare", 1, 9), Y))
    text = imported(str(path)).text
    assert "input: 3x8x8\n" in text
    assert "spare" not in text


def test_gelu_in_parts_is_one_layer(tmp_path: Path) -> None:
    """Exporters before opset 20 write it as a quotient, erf, a sum and two products, the half behind or before."""
    half = (
        stored("half", raw=struct.pack("<f", 0.5)) + stored("root", raw=struct.pack("<f", 1.41)) + stored("one", raw=struct.pack("<f", 1))
    )
    erf = node("Div", "h root", "d") + node("Erf", "d", "e") + node("Add", "e one", "a")
    behind = node("Mul", "h a", "m") + node("Mul", "m half", "y")
    before = node("Mul", "h half", "m") + node("Mul", "m a", "y")
    for rest in (behind, before):
        path = tmp_path / "net.onnx"
        path.write_bytes(model(CONV, half, erf, rest, X, Y))
        text = imported(str(path)).text
        assert "activation: gelu" in text
        assert "erf" not in text


def test_layer_norm_in_parts_is_one_layer(tmp_path: Path) -> None:
    """Exporters before opset 17 write it as means, a square, a root, a quotient, a product and a sum: here of 8 channels, 16 parameters."""
    two = stored("two", raw=struct.pack("<f", 2)) + stored("tiny", raw=struct.pack("<f", 1e-5)) + stored("w", 8) + stored("b", 8)
    last = ints("axes", 2)
    centre = node("ReduceMean", "x", "m", last) + node("Sub", "x m", "c") + node("Pow", "c two", "p") + node("ReduceMean", "p", "v", last)
    rest = node("Add", "v tiny", "a") + node("Sqrt", "a", "s") + node("Div", "c s", "d") + node("Mul", "d w", "g") + node("Add", "g b", "y")
    path = tmp_path / "net.onnx"
    path.write_bytes(model(two, centre, rest, value(11, "x", 1, 5, 8), value(12, "y", 1, 5, 8)))
    text = imported(str(path)).text
    assert text.endswith("input: {tokens: 5x8}\nexpect: {params: 16, macs: 0, source: net.onnx}\nlayers:\n  - layer_norm\n")


def test_vectors_that_a_file_stores_once_are_each_layers_own(tmp_path: Path) -> None:
    """Two convolutions whose biases are one tensor of 4: the file has 4 parameters fewer than the layers, and a note says so."""
    convs = node("Conv", "x a.weight b", "h", name="/a/Conv") + node("Conv", "h c.weight b", "y", name="/c/Conv")
    path = tmp_path / "net.onnx"
    path.write_bytes(model(stored("a.weight", 4, 3, 1, 1), stored("c.weight", 4, 4, 1, 1), stored("b", 4), convs, X, Y))
    found = imported(str(path))
    assert convcalc.summary(str(path)).models[0].totals["params"] == 12 + 16 + 4
    assert "expect: {params: 36," in found.text
    assert "note: 4 parameters more: equal vectors that the file stores once stand in each layer that has them" in found.told
    assert "weights:" not in found.text


def test_what_a_model_says_stays_a_comment(tmp_path: Path) -> None:
    """Names of ops, nodes and files cannot add lines to a layout, nor leave their quotes."""
    path = tmp_path / 'a "b\u2028- relu.onnx'
    op = "Strange\u2028- conv: 8\n  - relu # \x1b[31m"
    path.write_bytes(model(CONV, node(op, "h", "y", domain="my\nops", name="/s/\u0085x"), X, Y))
    found = imported(str(path))
    assert [line for line in found.text.splitlines() if line.lstrip().startswith("- ")] == [
        line for line in found.text.split("\n") if line.lstrip().startswith("- ")
    ]
    assert found.text.count("custom") == 1
    assert all(sign.isprintable() or sign == "\n" for sign in found.text)
    assert "relu" not in [layer.op for layer in convcalc.summary(written_to(tmp_path, found.text)).models[0].layers]


def written_to(folder: Path, text: str) -> str:
    path = folder / "written.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["net.txt"], "neither an ONNX file nor PACKAGE:NAME"),
        (["missing.onnx"], "missing.onnx"),
        (["nowhere.to_be_found:net", "--input", "3x8x8"], "PyTorch is not installed|No module named"),
        (["tests:net"], "needs its input"),
        ([RESNET, "--input", "3x256x256"], "fixes its input"),
    ],
)
def test_what_cannot_be_imported_is_told(run: Run, arguments: list[str], message: str) -> None:
    """An error says what was meant to be there, and nothing is written."""
    ran = run("import", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert any(part in ran.err for part in message.split("|"))


CODE = """
class Net:
    def __init__(self, width):
        pass

def fails():
    raise ValueError("no weights here")
"""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mine:Net", "import mine:Net: TypeError: "),
        ("mine:fails", "import mine:fails: ValueError: no weights here"),
        ("mine:fals", "mine has no `fals`"),
        ("broken:net", "import broken:net: SyntaxError: "),
    ],
)
def test_code_that_fails_is_no_bug_of_ours(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str) -> None:
    """What somebody's code raises is an error in one line with its name, exit code 2."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "broken.py").write_text("def (", encoding="utf-8")
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    ran = run("import", name, "--input", "3x8x8")
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


@pytest.mark.parametrize(
    ("typed", "fix"), [("net.onx", "did you mean `net.onnx`?"), ("net", "did you mean `net.onnx`?"), ("net.yaml", "a layout already")]
)
def test_what_is_nearly_a_model_is_named(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, fix: str) -> None:
    """A file of nearly that name is suggested; a layout needs no import."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.onnx").write_bytes(b"")
    ran = run("import", typed)
    assert ran.code == 2
    assert fix in ran.err


# Every shipped network, written from its trace, is itself again


SHIPPED = ("resnet50", "mobilenet_v3_small", "efficientnet_v2_s", "densenet201", "shufflenet_v2_x1_0", "unet", "vgg16_bn", "inception_v3")


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_networks_come_back(name: str, tmp_path: Path) -> None:
    """A network of the language, its passes written out, is written as a layout of the same figures."""
    library = Library()
    network = network_of(library, read_design(library, name))
    flat = unrolled(network)
    file = tmp_path / "again.yaml"
    file.write_text(layout_of(flat, "again").text, encoding="utf-8")
    once, again = (convcalc.summary(spec).models[0] for spec in (name, str(file)))
    assert {key: once.totals[key] for key in ("macs", "params", "buffers")} == {
        key: again.totals[key] for key in ("macs", "params", "buffers")
    }
    assert once.output == again.output


def unrolled(network: Network) -> Network:
    """A network whose repeats are written out, as imported ones are; a pass reads what the one before gave."""
    layers: list[Layer] = []
    first = len(network.inputs)
    places: dict[int, int] = {number: number for number in range(first)}
    count = first

    def walk(children: list[Any]) -> None:
        nonlocal count
        for child in children:
            if isinstance(child, Layer):
                layers.append(child._replace(sources=tuple(places[source] for source in child.sources)))
                places[count] = first + len(layers) - 1
                count += 1
                continue
            start, entry = count, child.entry
            before = places.get(entry)
            walk(child.children)
            end = count
            for _ in range(child.times - 1):
                places[entry] = places[end - 1]
                count = start
                walk(child.children)
            if child.times > 1 and before is not None:
                places[entry] = before

    walk(network.children)
    return Network(network.name, network.inputs, list(layers), tuple(places[number] for number in network.outputs), network.span)


# Random graphs


@st.composite
def graphs(draw: st.DrawFn) -> Network:
    """Random layers that read any earlier ones: convolutions, activations, sums, products, concatenations, slices."""
    shapes: list[Shape] = [Map(4, (6, 6))]
    layers: list[Layer] = []
    for number in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(("conv", "conv", "relu", "add", "mul", "concat", "batch_norm", "slice")))
        source = draw(st.integers(max(0, len(shapes) - 4), len(shapes) - 1))
        sources: tuple[int, ...] = (source,)
        if kind in ("add", "mul", "concat"):
            others = [place for place, shape in enumerate(shapes) if kind == "concat" or shape == shapes[source]]
            sources = (source, draw(st.sampled_from(others)))
        attributes: dict[str, Any] = {}
        if kind == "conv":
            kernel = draw(st.sampled_from((1, 3)))
            pad = ((kernel // 2, kernel // 2),) * 2
            fixed = {"kernel": (kernel, kernel), "stride": (1, 1), "padding": pad, "dilation": (1, 1)}
            attributes = {
                **fixed,
                "cout": draw(st.sampled_from((4, 8))),
                "groups": draw(st.sampled_from((1, 2))),
                "bias": draw(st.booleans()),
            }
        elif kind == "slice":
            attributes = {"start": 0, "stop": 2}
        op = build(kind, attributes)
        inputs = tuple(shapes[place] for place in sources)
        out = op.out_shape(*inputs)
        module = draw(st.sampled_from(("", "a.", "b.0.", "b.1.")))
        layers.append(Layer(f"{module}{kind}{number}".replace(".", "_"), op, sources, inputs, out))
        shapes.append(out)
    used = {source for layer in layers for source in layer.sources}
    ends = tuple(place for place in range(1, len(shapes)) if place not in used)
    return Network("random", (shapes[0],), list(layers), ends)


@given(graphs())
@settings(max_examples=300, deadline=None)
def test_any_graph_is_written(network: Network) -> None:
    """A layout of any graph of layers has its MACs, parameters and outputs."""
    library = Library()
    layout = library.text(layout_of(network, "random").text, "random.yaml")
    assert not library.diagnostics
    from convcalc.layout.network import build_network

    once, again = trace(network), trace(build_network(library, layout, {}))
    assert (once.total.macs, once.total.params) == (again.total.macs, again.total.params)
    assert sorted(once.value(number).sizes for number in once.outputs) == sorted(again.value(number).sizes for number in again.outputs)
