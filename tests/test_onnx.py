"""ONNX files: what PyTorch counts of the models that they were exported from, and what hostile ones do."""

from __future__ import annotations

import json
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.errors import ConvcalcError
from tests.conftest import FACTS, HERE, Run

# Counted by PyTorch 2.14's FlopCounterMode on the modules that the files were exported from, parameters as the files store them;
# `others` by two counters of ONNX that agree, and torchvision's own figures.
FILES = FACTS / "onnx"
MEASURED = json.loads((FILES / "visible.json").read_text(encoding="utf-8"))
MODELS = {
    file["file"]: (model["inputs"], model["outputs"], file["macs_file"], (file["params_file"] or {}).get("params"))
    for model in MEASURED["models"].values()
    for file in model["files"].values()
}
OTHERS = {other["file"]: other["macs_golden"] for other in MEASURED["others"].values()}
OWN = HERE / "facts" / "onnx"
RESNET, OPEN = str(OWN / "resnet18.ts.onnx"), str(OWN / "resnet18.ts_dyn.onnx")


def outcome(path: str) -> int | str:
    """The MACs of a file, or the error."""
    try:
        return int(convcalc.summary(path).models[0].totals["macs"])
    except ConvcalcError as error:
        return str(error)


def size(dims: list[int]) -> str:
    return "x".join(map(str, dims[1:] if len(dims) > 1 else dims))


@pytest.mark.parametrize("name", MODELS)
def test_files_have_the_figures_of_their_models(name: str) -> None:
    """MACs, parameters and outputs are those that PyTorch counts, and nothing is uncounted."""
    inputs, outputs, macs, params = MODELS[name]
    path = str(FILES / name)
    try:
        model = convcalc.summary(path).models[0]
    except ConvcalcError:  # sizes are open
        model = convcalc.summary(path, input=size(inputs[0])).models[0]
    assert (model.totals["macs"], model.totals["uncounted"]) == (macs, 0)
    assert params is None or model.totals["params"] == params
    found = list(model.outputs or [model.output])
    assert [product([*dims]) for dims in found] == [product(dims) for dims in outputs]


@pytest.mark.parametrize("name", [*MODELS, *OTHERS])
def test_sizes_are_those_of_onnxs_own_inference(name: str) -> None:
    """Each value between the nodes has the sizes that the onnx package infers, where it infers any."""
    onnx = pytest.importorskip("onnx")
    from convcalc.core.shape import shape_of
    from convcalc.interop.onnx.lower import Graph
    from convcalc.interop.onnx.network import Imported
    from convcalc.interop.onnx.rules import RULES
    from convcalc.layout.source import mapped

    model_ = Imported(mapped(str(FILES / name), name), name)
    opened = any(shape is None for shape in model_.inputs.values())
    shapes = tuple(shape_of(tuple(dims[1:])) for dims in MODELS[name][0]) if opened else None
    graph = Graph(model_.model, model_.bound(shapes), RULES)
    graph.run()
    inferred = onnx.shape_inference.infer_shapes(onnx.load(str(FILES / name), load_external_data=False), data_prop=True).graph
    compared = 0
    for value_ in (*inferred.value_info, *inferred.output):
        dims = value_.type.tensor_type.shape.dim
        if value_.type.tensor_type.HasField("shape") and value_.name in graph.values:
            found = graph.values[value_.name].dims
            assert len(found) == len(dims), value_.name
            known = [(ours, size.dim_value) for ours, size in zip(found, dims, strict=True) if size.HasField("dim_value")]
            assert all(ours == theirs for ours, theirs in known), value_.name
            compared += len(known)
    assert compared > 5 or name in OTHERS  # of which some have ops that it does not know


def product(dims: list[int]) -> int:
    result = 1
    for one in dims:
        result *= one
    return result


@pytest.mark.parametrize("name", OTHERS)
def test_files_of_other_tools(name: str) -> None:
    """Quantised, fused and weightless files have the MACs of what they were made from."""
    assert convcalc.summary(str(FILES / name)).models[0].totals["macs"] == OTHERS[name]


def test_a_model_without_weights_has_their_number() -> None:
    """ONNX's light models fill weights in: torchvision's squeezenet1_1 has 1,235,496."""
    totals = convcalc.summary(str(OWN / "light_squeezenet.onnx")).models[0].totals
    assert (totals["params"], totals["buffers"]) == (1_235_496, 0)


def test_layers_stand_where_the_modules_do() -> None:
    """Paths are those of the module, a convolution that swallowed its norm under its own name."""
    paths = {layer.path: layer.op for layer in convcalc.summary(RESNET).models[0].layers}
    assert paths["layer3.0.conv2"] == "conv"
    assert paths["layer3.0.downsample.0"] == "conv"
    assert paths["fc"] == "linear"
    assert {"relu", "maxpool", "avgpool"} <= set(paths)


def test_folded_norms_are_told() -> None:
    """PyTorch's resnet18 has 11,689,512 parameters, the file 4,800 fewer."""
    [note] = convcalc.summary(RESNET).diagnostics
    assert (note.code, note.severity) == ("folded-norms", "note")
    assert "4,800 parameters of batch norms are folded" in note.message


def test_sizes_of_the_input() -> None:
    """Open sizes are given with --input; another size than a fixed one is refused; a batch multiplies."""
    with pytest.raises(ConvcalcError, match="the sizes height, width of its input `input` are open"):
        convcalc.summary(OPEN)
    with pytest.raises(ConvcalcError, match=r"the file fixes its input `input\.1` as 1×3×224×224"):
        convcalc.summary(RESNET, input="3x256x256")
    of = convcalc.summary("resnet18", input="3x256x320").models[0].totals
    assert convcalc.summary(OPEN, input="3x256x320").models[0].totals["macs"] == of["macs"]
    assert convcalc.summary(RESNET, batch=4).models[0].totals["macs"] == 4 * 1_814_073_344


def test_every_command_takes_a_model(run: Run, tmp_path: Path) -> None:
    """Wherever a network is named, a file may be."""
    report = tmp_path / "report.json"
    for command in (
        ["summary", RESNET, "--output", str(report)], ["compare", RESNET, "resnet18"], ["diff", "resnet18", RESNET],
        ["explain", RESNET, "layer3.0.conv2"], ["conventions", RESNET], ["check", RESNET, "--max", "macs=2G"], ["validate", RESNET],
        ["sweep", OPEN, "--set", "input=3x224x224,3x256x256"], ["render", str(report)], ["diff", str(report), RESNET],
    ):  # fmt: skip
        assert run(*command).code == 0, command
    (tmp_path / "convcalc.yaml").write_text(f"budgets: [{{spec: {Path(RESNET).name}, macs: 1G}}]\n")
    (tmp_path / Path(RESNET).name).write_bytes(Path(RESNET).read_bytes())
    assert run("check", str(tmp_path / Path(RESNET).name)).code == 1


# Files made by hand: a field is its number and kind, then a number, or a length and bytes


def number(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def field(place: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return number(place << 3) + number(value)
    data = value.encode() if isinstance(value, str) else value
    return number(place << 3 | 2) + number(len(data)) + data


def node(op: str, inputs: str, outputs: str, *attributes: bytes, domain: str = "", name: str = "") -> bytes:
    ends = b"".join([*(field(1, one) for one in inputs.split()), *(field(2, one) for one in outputs.split())])
    return field(1, ends + field(3, name) + field(4, op) + field(7, domain) + b"".join(field(5, one) for one in attributes))


def ints(name: str, *values: int) -> bytes:
    return field(1, name) + b"".join(field(8, value) for value in values)


def value(place: int, name: str, *dims: int) -> bytes:
    shape = b"".join(field(1, field(1, one)) for one in dims)
    return field(place, field(1, name) + field(2, field(1, field(1, 1) + field(2, shape))))


def stored(name: str, *dims: int, kind: int = 1, raw: bytes = b"") -> bytes:
    return field(5, b"".join(field(1, one) for one in dims) + field(2, kind) + field(8, name) + (field(9, raw) if raw else b""))


def model(*parts: bytes) -> bytes:
    return field(7, b"".join(parts)) + field(8, field(2, 17))


X, Y = value(11, "x", 1, 3, 8, 8), value(12, "y", 1, 4, 8, 8)
CONV = stored("c.weight", 4, 3, 1, 1) + node("Conv", "x c.weight", "h", name="/c/Conv")
STRANGE = CONV + node("Strange", "h", "y", domain="my.ops", name="/s/Strange") + X + Y


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., str]:
    def write(*parts: bytes) -> str:
        path = tmp_path / "net.onnx"
        path.write_bytes(model(*parts))
        return str(path)

    return write


def test_unknown_ops_are_seen(run: Run, written: Callable[..., str]) -> None:
    """A row says so, a warning names node, op and domain, the totals count it, and a check fails unless it is allowed."""
    path = written(STRANGE)
    report = convcalc.summary(path)
    assert [(layer.path, layer.op) for layer in report.models[0].layers] == [("c", "conv"), ("s", "uncounted")]
    assert (report.models[0].totals["macs"], report.models[0].totals["uncounted"]) == (3 * 4 * 64, 1)
    [warning] = report.diagnostics
    assert (warning.code, warning.severity) == ("uncounted", "warning")
    assert "my.ops.Strange `/s/Strange`" in warning.message
    assert run("check", path, "--max", "macs=1M").code == 1
    assert run("check", path, "--max", "macs=1M", "--max", "uncounted=1").code == 0
    assert "uncounted" in run("summary", path).out


def test_an_unknown_op_without_a_shape_is_an_error(written: Callable[..., str]) -> None:
    """What it gives cannot be guessed."""
    with pytest.raises(ConvcalcError, match="Strange `/s/Strange`: convcalc does not know this op, and the file does not state"):
        convcalc.summary(written(CONV + node("Strange", "h", "z", name="/s/Strange") + node("Relu", "z", "y") + X + Y))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((CONV, node("Relu", "nowhere", "y"), X, Y), "Relu `y`: reads `nowhere`, which nothing before it gives"),
        ((CONV, node("Add", "h b", "a"), node("Relu", "a", "b"), node("Relu", "a", "y"), X, Y), "reads `b`"),
        ((stored("c", 4, 5, 1, 1), node("Conv", "x c", "y"), X, Y), "weights of 5·1 channels on 3"),
        ((stored("c", 4, 3, 9, 9), node("Conv", "x c", "y"), X, Y), "Conv `y`"),
        ((node("Pad", "x p", "y"), stored("p", 8, kind=7, raw=struct.pack("<8q", *[0] * 4, 0, 0, -8, 0)), X, Y), "gives a value of"),
        ((stored("w", 5, 2), node("MatMul", "x w", "y"), X, Y), "a product of"),
        ((node("Relu", "x", "y"), field(11, field(1, "q")), X, Y), "does not say what shape its input `q` has"),
        ((node("Relu", "x", "\x1b[2J"), X, Y), "the graph gives nothing"),
        ((X,), "the graph gives nothing"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(written: Callable[..., str], parts: tuple[bytes, ...], message: str) -> None:
    """An error names the file and the node."""
    with pytest.raises(ConvcalcError) as caught:
        convcalc.summary(written(*parts))
    assert message in str(caught.value)
    assert "net.onnx" in str(caught.value)


def chain(op: str, count: int, *rest: bytes) -> list[bytes]:
    """An op on what it gave, many times over."""
    return [X, Y, *rest, *(node(op, f"n{i} n{i}", f"n{i + 1}") for i in range(count)), node("Relu", "x", "y")]


@pytest.mark.parametrize(
    "parts",
    [
        chain("Mul", 20_000, stored("n0", 1, kind=7, raw=struct.pack("<q", 2**40))),
        chain("Concat", 60, stored("n0", 1, kind=7, raw=struct.pack("<q", 1))),
        chain("Add", 3_000, stored("n0", 8_192, kind=7, raw=struct.pack("<8192q", *range(8_192)))),
        [X, Y, node("Constant", "", "c", field(1, "value") + field(6, b"")), node("Relu", "x", "y")],
        [X, Y, node("ConstantOfShape", "s", "c"), stored("s", 2, kind=7, raw=struct.pack("<2q", 2**62, 2**62)), node("Relu", "x", "y")],
        [X, Y, node("Tile", "c t", "d"), stored("c", 1, kind=7, raw=bytes(8)), stored("t", 1, kind=7, raw=struct.pack("<q", 2**40)),
         node("Relu", "x", "y")],
        [X, Y, node("Gather", "c t", "d"), stored("c", 2**40, 0, kind=7), stored("t", 1, kind=7, raw=bytes(8)), node("Relu", "x", "y")],
        [X, Y, node("Expand", "c t", "d"), stored("c", 0, 1, kind=7), stored("t", 2, kind=7, raw=struct.pack("<2q", 0, 2**40)),
         node("Relu", "x", "y")],
        [X, Y, node("Relu", "x", "y", name="/" + "/".join(f"m.{i}" for i in range(2_000)) + "/Relu")],
    ],
    ids=[
        "numbers that double", "lists that double", "long lists", "a graph for a constant", "a huge constant", "a list many times",
        "nothing, very wide", "nothing, stretched", "deep names",
    ],
)  # fmt: skip
def test_bombs_end(written: Callable[..., str], parts: list[bytes]) -> None:
    """Work is bounded, whatever a graph computes: a figure or an error, soon."""
    found = outcome(written(*parts))
    assert found == 0 or "net.onnx" in str(found)


@pytest.mark.parametrize("data", [b"", b"\xff" * 40, b"input: 3x8x8\n", model(X)[:-20], field(7, field(1, b"\x0a\xff\xff\x7f"))])
def test_what_is_no_model_is_refused(tmp_path: Path, data: bytes) -> None:
    """An empty file, a text, one that is cut off: an error that names it."""
    path = tmp_path / "net.onnx"
    path.write_bytes(data)
    with pytest.raises(ConvcalcError, match=r"net\.onnx"):
        convcalc.summary(str(path))


def test_graphs_inside_each_other_end(tmp_path: Path) -> None:
    """The branches of branches of branches, deeper than any model's."""
    graph = node("Relu", "x", "y")
    for _ in range(100):
        graph = node("If", "x", "y", field(1, "then_branch") + field(6, graph))
    path = tmp_path / "net.onnx"
    path.write_bytes(model(graph, X, Y))
    with pytest.raises(ConvcalcError, match="nested more than"):
        convcalc.summary(str(path))


def graph_of(*parts: bytes) -> bytes:
    """The value of an attribute that is a graph."""
    return field(6, b"".join(parts))


SMALL = graph_of(node("Conv", "x w1", "t", name="/then/Conv"), value(12, "t", 1, 4, 8, 8))
LARGE = graph_of(
    stored("w3", 4, 3, 3, 3), node("Conv", "x w3", "e", ints("pads", 1, 1, 1, 1), name="/else/Conv"), value(12, "e", 1, 4, 8, 8)
)
BRANCHES = field(1, "then_branch") + SMALL, field(1, "else_branch") + LARGE
W1 = stored("w1", 4, 3, 1, 1)
TRUE = stored("c", kind=9, raw=b"\x01")
CONDITION = node("ReduceSum", "x", "s", field(1, "keepdims") + field(3, 0)) + node("Greater", "s n", "c") + stored("n", raw=bytes(4))


def test_both_branches_are_counted(written: Callable[..., str]) -> None:
    """Where a condition depends on the input, the MACs of both branches are in the total, and a warning tells each."""
    report = convcalc.summary(written(W1, CONDITION, node("If", "c", "y", *BRANCHES, name="choice"), X, Y))
    assert report.models[0].totals["macs"] == 64 * 4 * 3 * 1 + 64 * 4 * 3 * 9
    assert report.models[0].totals["uncounted"] == 0
    [warning] = report.diagnostics
    assert (warning.code, warning.severity) == ("branches", "warning")
    assert "If `choice`: both branches are counted, 768 MACs where it holds and 6,912 where it does not" in warning.message


@pytest.mark.parametrize(("byte", "macs"), [(b"\x01", 768), (b"\x00", 6_912)])
def test_a_known_condition_chooses_its_branch(written: Callable[..., str], byte: bytes, macs: int) -> None:
    """A condition that is a constant is worked out like any other."""
    report = convcalc.summary(written(W1, stored("c", kind=9, raw=byte), node("If", "c", "y", *BRANCHES), X, Y))
    assert (report.models[0].totals["macs"], report.diagnostics) == (macs, ())


def looped(limit: bytes, *after: bytes) -> tuple[bytes, ...]:
    """A loop whose body is a 1×1 convolution of what it carries."""
    body = graph_of(
        value(11, "i"), value(11, "go"), value(11, "v", 1, 3, 8, 8),
        node("Identity", "go", "on"), node("Conv", "v k", "z", name="/body/Conv"),
        value(12, "on"), value(12, "z", 1, 3, 8, 8), *after,
    )  # fmt: skip
    return stored("k", 3, 3, 1, 1), limit, TRUE, node("Loop", "m c x", "r a" if after else "r", field(1, "body") + body, name="loop")


def test_a_loop_is_counted_as_often_as_it_runs(written: Callable[..., str]) -> None:
    """Seven passes cost seven times as much, with one set of weights."""
    path = written(*looped(stored("m", kind=7, raw=(7).to_bytes(8, "little"))), node("Relu", "r", "y"), X, Y)
    report = convcalc.summary(path)
    assert (report.models[0].totals["macs"], report.models[0].totals["params"]) == (7 * 64 * 9, 9)
    assert report.diagnostics == ()


def test_a_loop_of_unknown_length_is_counted_once_and_told(written: Callable[..., str]) -> None:
    """How often it runs depends on the input: one pass is in the total, and a warning says so."""
    count = node("ReduceSum", "x", "s", field(1, "keepdims") + field(3, 0)) + node("Cast", "s", "m", field(1, "to") + field(3, 7))
    report = convcalc.summary(written(*looped(count), node("Relu", "r", "y"), X, Y))
    assert report.models[0].totals["macs"] == 64 * 9
    assert "counted once, since how often it runs is not known" in report.diagnostics[0].message


def test_what_a_loop_gives_each_pass_stands_in_a_row(written: Callable[..., str]) -> None:
    """An output that the body gives each time has the passes as its first axis."""
    parts = looped(stored("m", kind=7, raw=(7).to_bytes(8, "little")), value(12, "z", 1, 3, 8, 8))
    model_ = convcalc.summary(written(*parts, X, value(12, "a", 7, 1, 3, 8, 8))).models[0]
    assert model_.output == [7, 1, 3, 8, 8]


# What people may get wrong


@pytest.mark.parametrize(
    ("arguments", "message", "fix"),
    [
        (["summary", RESNET, "--set", "width=3"], "has no parameter `width`", "a model has none"),
        (["summary", OPEN, "--input", "224"], "has 3 sizes, the batch apart, and gets 1", "--input 3x224x224"),
        (["summary", f"{RESNET}:small"], "is a model, and has no preset `small`", "write "),
    ],
)
def test_what_models_do_not_have_is_told(run: Run, arguments: list[str], message: str, fix: str) -> None:
    """A model has no parameters and no presets, and its own number of axes."""
    ran = run(*arguments)
    assert ran.code == 2
    assert message in ran.err
    assert fix in ran.err


def test_a_text_is_no_model(tmp_path: Path) -> None:
    """A file that begins as no model does says so, whatever its suffix."""
    path = tmp_path / "net.onnx"
    path.write_text("conv: 3\n")
    with pytest.raises(ConvcalcError, match="it is no ONNX model"):
        convcalc.summary(str(path))


def test_a_layout_does_not_include_a_model(run: Run, tmp_path: Path) -> None:
    """It would have nothing to call; import writes the layout."""
    (tmp_path / "net.onnx").write_bytes(Path(RESNET).read_bytes())
    (tmp_path / "net.yaml").write_text("include: [net.onnx]\ninput: 3x8x8\nlayers: [relu]\n")
    ran = run("summary", str(tmp_path / "net.yaml"))
    assert ran.code == 2
    assert "convcalc import net.onnx -o net.yaml" in ran.err


def test_directories_hold_models_too(run: Run, tmp_path: Path) -> None:
    """All files of a folder are summed up, layouts and models."""
    (tmp_path / "net.onnx").write_bytes(Path(RESNET).read_bytes())
    assert len(convcalc.summary(str(tmp_path)).models) == 1
    assert run("validate", str(tmp_path)).code == 0


def test_a_side_alone_is_swept_where_channels_are_fixed() -> None:
    """`hw` goes with the channels that the file fixes."""
    report = convcalc.sweep(OPEN, set={"hw": [224, 256]}, metrics="macs")
    assert list(report.columns["macs"]) == [1_814_073_344, 2_369_245_184]


BYTES = Path(OWN / "crnn.ts.onnx").read_bytes()


@given(st.lists(st.tuples(st.integers(0, len(BYTES) - 1), st.binary(min_size=0, max_size=6)), min_size=1, max_size=8), st.booleans())
def test_any_bytes_are_figures_or_an_error(tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, bytes]], cut: bool) -> None:
    """Whatever bytes are changed or cut off, a file is read or refused."""
    data = bytearray(BYTES)
    for place, new in edits:
        data[place : place + len(new)] = new
    path = tmp_path_factory.getbasetemp() / "mutated.onnx"
    path.write_bytes(data[: edits[0][0]] if cut else data)
    found = outcome(str(path))
    assert isinstance(found, str) or found >= 0


def test_weights_are_not_read(tmp_path: Path) -> None:
    """A file with a hole for its weights is as good as one with them: a gigabyte is not gone through."""
    path = tmp_path / "net.onnx"
    weights = 2**30
    tail = number(9 << 3 | 2) + number(weights)
    head = field(1, 4) + field(1, 3) + field(1, 1) + field(1, 1) + field(2, 1) + field(8, "w") + tail
    graph = node("Conv", "x w", "y") + X + Y
    tensor = number(5 << 3 | 2) + number(len(head) + weights) + head
    with path.open("wb") as file:
        file.write(field(8, field(2, 17)) + number(7 << 3 | 2) + number(len(graph) + len(tensor) + weights) + graph + tensor)
        file.truncate(file.tell() + weights)
    tracemalloc.start()
    assert convcalc.summary(str(path)).models[0].totals["macs"] == 3 * 4 * 64
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20 * 2**20


def test_quantised_ops_are_those_they_stand_for(written: Callable[..., str]) -> None:
    """ONNX Runtime's forms: a dynamically quantised convolution, a sum and a pool of whole numbers."""
    graph = (
        stored("w", 4, 3, 1, 1, kind=3) + stored("s", 1) + stored("z", 1, kind=2)
        + node("DynamicQuantizeLinear", "x", "q qs qz") + node("ConvInteger", "q w qz z", "i") + node("Cast", "i", "f")
        + node("Mul", "qs s", "t") + node("Mul", "f t", "a") + node("QLinearAdd", "a s z a s z s z", "b", domain="com.microsoft")
        + node("QLinearGlobalAveragePool", "b s z s z", "y", domain="com.microsoft") + X + value(12, "y", 1, 4, 1, 1)
    )  # fmt: skip
    model = convcalc.summary(written(graph)).models[0]
    assert (model.totals["macs"], model.totals["uncounted"]) == (3 * 4 * 64, 0)
    assert model.output == [4, 1, 1]


def test_rarer_ops(written: Callable[..., str]) -> None:
    """A deformable convolution has the MACs of one that is not; the largest elements are as many as are asked for."""
    graph = (
        stored("w", 4, 3, 3, 3) + stored("o.w", 18, 3, 3, 3) + stored("k", 1, kind=7, raw=struct.pack("<q", 2))
        + node("Conv", "x o.w", "o", ints("pads", 1, 1, 1, 1)) + node("DeformConv", "x w o", "d", ints("pads", 1, 1, 1, 1))
        + node("ArgMax", "d", "a") + node("TopK", "d k", "y p") + X + value(12, "y", 1, 4, 8, 2)
    )  # fmt: skip
    model = convcalc.summary(written(graph)).models[0]
    assert model.totals["macs"] == (18 + 4) * 3 * 9 * 64
    assert model.output == [4, 8, 2]


@pytest.mark.parametrize("shared", [False, True])
def test_attention_is_two_products(written: Callable[..., str], shared: bool) -> None:
    """4 heads of 8 on 6 queries and 10 keys: 2·4·6·10·8 MACs, however many heads keys and values have."""
    heads = field(1, "q_num_heads") + field(3, 4), field(1, "kv_num_heads") + field(3, 2 if shared else 4)
    kept = 16 if shared else 32
    graph = node("Attention", "x k v", "y", *heads) + value(11, "x", 1, 6, 32) + value(11, "k", 1, 10, kept) + value(11, "v", 1, 10, kept)
    model = convcalc.summary(written(graph + value(12, "y", 1, 6, 32))).models[0]
    assert model.totals["macs"] == 2 * 4 * 6 * 10 * 8
    assert model.output == [6, 32]
