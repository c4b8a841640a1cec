"""PyTorch modules as designs. These tests run where PyTorch is; `.ci/run` gives it an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from typing import Any

import pytest

import convcalc
from convcalc.errors import ConvcalcError
from tests.conftest import FACTS, ROOT

torch = pytest.importorskip("torch", reason="PyTorch has an environment of its own")
nn = torch.nn
PUBLISHED = json.loads((FACTS / "networks.json").read_text(encoding="utf-8"))
pytestmark = pytest.mark.filterwarnings("ignore")


def counted(module: Any, *shapes: tuple[int, ...]) -> tuple[int, int, int]:
    """MACs by FlopCounterMode on the meta device, parameters, and elements of persistent buffers."""
    from copy import deepcopy

    from torch.utils.flop_counter import FlopCounterMode

    module = deepcopy(module).to("meta").eval().requires_grad_(False)
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    with warnings.catch_warnings(), FlopCounterMode(display=False) as counter, torch.no_grad():
        warnings.simplefilter("ignore")
        module(*(torch.empty(shape, device="meta") for shape in shapes))
    torch.backends.mha.set_fastpath_enabled(fast)
    kept = set(module.state_dict())
    buffers = sum(tensor.numel() for name, tensor in module.named_buffers() if name in kept)
    return counter.get_total_flops() // 2, sum(tensor.numel() for tensor in module.parameters()), buffers


def figures(module: Any, *shapes: tuple[int, ...]) -> tuple[int, int, int]:
    totals = convcalc.summary(convcalc.from_torch(module, *shapes)).models[0].totals
    assert totals["uncounted"] == 0
    return totals["macs"], totals["params"], totals["buffers"]


class Residual(nn.Module):  # type: ignore[misc, name-defined]
    """A block whose sum is a method, and whose activation a function."""

    def __init__(self, cin: int, cout: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, groups=2)
        self.shortcut = nn.Conv2d(cin, cout, 1, stride) if stride != 1 or cin != cout else nn.Identity()

    def forward(self, x: Any) -> Any:
        y = torch.relu_(self.bn1(self.conv1(x)))
        return torch.relu(self.conv2(y) + self.shortcut(x))


class Odd(nn.Module):  # type: ignore[misc, name-defined]
    """What modules do: split, flip, pad, stack, einsum, a table, a buffer, a parameter of its own, two outputs in a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(10, 8)
        self.weight = nn.Parameter(torch.rand(8, 6))
        self.gamma = nn.Parameter(torch.rand(8, 1, 1))
        self.register_buffer("blur", torch.rand(8, 1, 3, 3))
        self.register_buffer("mask", torch.rand(5, 5), persistent=False)

    def forward(self, x: Any) -> dict[str, Any]:
        a, b = x.split(4, dim=1)
        y = torch.cat([b.flip(1), a], 1) * self.gamma
        y = nn.functional.conv2d(nn.functional.pad(y, (1, 1, 1, 1), mode="reflect"), self.blur, groups=8)
        z = torch.einsum("nchw,co->nohw", y, self.weight)
        rows = self.table(torch.arange(5, device=x.device))
        return {"map": z.softmax(1), "rows": (rows @ y.flatten(2)).mean(-1)}


class Functions(nn.Module):  # type: ignore[misc, name-defined]
    """Functions that are rare, and cost no MACs."""

    def forward(self, x: Any) -> Any:
        y = nn.functional.glu(x.square(), 1) + torch.addcmul(x[:, :4], x[:, 4:], x[:, :4]) + x.std((2, 3), keepdim=True)[:, :4]
        z = torch.where(y > 0, y, y.exp()).clamp(-1, 1).cumsum(1).roll(1, 2).permute(0, 2, 3, 1)
        return [
            z.logsumexp(-1),
            z.norm(dim=-1),
            z.topk(2, -1)[0],
            z.var(),
            z.amax((1, 2)),
            nn.functional.unfold(y, 3),
            y.expand(2, -1, -1, -1),
        ]


class Shared(nn.Module):  # type: ignore[misc, name-defined]
    """One convolution used twice, and one that is never used."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.spare = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 9, 1)

    def forward(self, x: Any) -> Any:
        return self.conv(self.conv(x).relu())


class Branch(nn.Module):  # type: ignore[misc, name-defined]
    """A branch on data, which no export can follow."""

    def __init__(self) -> None:
        super().__init__()
        self.few, self.many = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 3, padding=1)
        self.norm, self.head = nn.BatchNorm2d(4), nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        y = self.many(x) if x.sum() > -1 else self.few(x)
        return self.head(self.norm(y).relu().mean((2, 3)))


class Words(nn.Module):  # type: ignore[misc, name-defined]
    """Recurrent layers over a map's columns."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.lstm = nn.Conv1d(6, 8, 3), nn.LSTM(8, 5, 2, bidirectional=True, batch_first=True)
        self.gru, self.rnn = nn.GRU(10, 7), nn.RNN(7, 3, bias=False)

    def forward(self, x: Any) -> Any:
        y, _ = self.lstm(self.conv(x).transpose(1, 2))
        return self.rnn(self.gru(y.transpose(0, 1))[0])[0]


MODULES: dict[str, tuple[Any, tuple[tuple[int, ...], ...]]] = {
    "residual": (lambda: nn.Sequential(Residual(3, 8, 2), Residual(8, 8)), ((1, 3, 16, 16),)),
    "odd": (Odd, ((1, 8, 9, 9),)),
    "shared": (Shared, ((1, 4, 5, 5),)),
    "words": (Words, ((1, 6, 20),)),
    "transposed": (lambda: nn.ConvTranspose2d(6, 4, 4, 2, 1, 1, groups=2), ((1, 6, 7, 7),)),
    "three axes": (lambda: nn.Sequential(nn.Conv3d(2, 4, 3), nn.MaxPool3d(2), nn.InstanceNorm3d(4, affine=True)), ((1, 2, 9, 9, 9),)),
    "norms": (lambda: nn.Sequential(nn.GroupNorm(2, 6), nn.LayerNorm([6, 4, 4]), nn.PReLU(6), nn.LocalResponseNorm(3)), ((1, 6, 4, 4),)),
    "attention": (lambda: nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), ((1, 10, 16),)),
    "normed weights": (lambda: nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 5, 3)), ((1, 3, 8, 8),)),
    "batch": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 5)), ((6, 3, 8, 8),)),
    "no batch": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(2)), ((3, 8, 8),)),
    "half": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Hardswish(), nn.AdaptiveAvgPool2d(3)).half(), ((1, 3, 8, 8),)),
    "odd functions": (lambda: Functions(), ((1, 8, 5, 5),)),
    "upsampled": (lambda: nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), nn.PixelShuffle(2)), ((1, 4, 5, 5),)),
}


@pytest.mark.parametrize("name", MODULES)
def test_modules_have_pytorchs_own_figures(name: str) -> None:
    """MACs are half of what FlopCounterMode counts, parameters and buffers those of the module."""
    make, shapes = MODULES[name]
    module = make()
    shapes_ = shapes if name != "half" else tuple(torch.empty(shape, dtype=torch.half) for shape in shapes)
    totals = convcalc.summary(convcalc.from_torch(module, *shapes_)).models[0].totals
    assert totals["uncounted"] == 0
    macs, params, buffers = counted(module.float(), *shapes)
    assert (totals["macs"], totals["params"], totals["buffers"]) == (macs, params, buffers)


TORCHVISION = [name for name in PUBLISHED if not name.endswith(("_v1",))]


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvisions_models(name: str) -> None:
    """torchvision's models have the parameters, buffers and MACs that were measured of them; auxiliary heads count as parameters."""
    models = pytest.importorskip("torchvision").models
    if name not in models.list_models():
        pytest.skip(f"torchvision has no {name}")
    facts = PUBLISHED[name]
    arguments = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    module = models.get_model(name, weights=None, **arguments)
    assert figures(module, (1, *facts["input"])) == (facts["macs"], facts["params"], facts["buffers"])


def test_what_is_not_known_is_seen() -> None:
    """An op in none of the lists is a layer that says so, a warning names it, and a check fails."""
    model = convcalc.from_torch(nn.Bilinear(4, 5, 6), (2, 4), (2, 5))
    report = convcalc.summary(model)
    assert (report.models[0].totals["uncounted"], report.models[0].totals["params"]) == (1, 126)
    assert [diagnostic.code for diagnostic in report.diagnostics] == ["uncounted"]
    assert "aten.bilinear" in report.diagnostics[0].message
    assert convcalc.check(model, max={"macs": "1M"}).exit_code == 1


def test_layers_stand_under_their_modules() -> None:
    """Paths are those of named_modules, a module with one layer is that layer."""
    model = convcalc.from_torch(nn.Sequential(Residual(3, 8, 2), Residual(8, 8)), (1, 3, 16, 16))
    report = convcalc.summary(model).models[0]
    paths = [layer.path for layer in report.layers if layer.metrics["macs"]]
    assert paths == ["0.conv1", "0.conv2", "0.shortcut", "1.conv1", "1.conv2"]
    assert {group.path for group in report.groups} == {"0", "1"}


def test_every_function_takes_a_module(tmp_path: Any) -> None:
    """A module stands where a spec does: compared with another, with a layout, checked, explained, under every convention."""
    first = convcalc.from_torch(Residual(8, 8), (1, 8, 16, 16))
    second = convcalc.from_torch(Residual(8, 8), (1, 8, 16, 16))
    assert first != second
    assert len(convcalc.compare([first, second], cin=8, hw=16).models) == 2
    assert convcalc.check(first, max={"macs": "1k"}).exit_code == 1
    assert convcalc.conventions(first).models[0].conventions
    assert convcalc.validate(first).exit_code == 0
    assert convcalc.diff(first, second).exit_code == 0
    assert convcalc.explain(first, "conv1").formulas


def test_the_users_module_stays_as_it_is() -> None:
    """Neither its mode nor its tensors nor their device change."""
    module = Residual(3, 8).train()
    before = {name: (tensor.device, tensor.clone()) for name, tensor in module.state_dict().items()}
    convcalc.from_torch(module, (1, 3, 8, 8))
    assert module.training
    assert all(torch.equal(tensor, before[name][1]) and tensor.device == before[name][0] for name, tensor in module.state_dict().items())


@pytest.mark.parametrize("train", [False, True])
def test_a_recorded_module_stays_as_it_is(train: bool) -> None:
    """A norm that its owner keeps in evaluation stays there, and no statistics change, whichever mode is recorded."""
    module = Branch().train()
    module.norm.eval()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    convcalc.from_torch(module, torch.ones(2, 3, 8, 8), train=train)
    assert (module.training, module.norm.training, module.head.training) == (True, False, True)
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())


def test_parameters_that_a_run_does_not_use_are_counted_and_told() -> None:
    """A spare convolution of 45 parameters is in the module's total, and a note names it."""
    report = convcalc.summary(convcalc.from_torch(Shared(), (1, 4, 5, 5)))
    assert report.models[0].totals["params"] == 148 + 45
    assert [(note.code, "spare" in note.message) for note in report.diagnostics] == [("unused-parameters", True)]


def test_what_cannot_be_exported_is_recorded() -> None:
    """A branch on data is counted as one run takes it, and a note says so: 8·8·(27 + 0)·4 MACs and a head of 8."""
    report = convcalc.summary(convcalc.from_torch(Branch(), torch.zeros(1, 3, 8, 8)))
    totals = report.models[0].totals
    assert totals["macs"] == 64 * 27 * 4 + 8
    assert totals["params"] == sum(tensor.numel() for tensor in Branch().parameters())
    assert {note.code for note in report.diagnostics} == {"one-run", "unused-parameters"}
    assert "many" in {layer.path.partition(".")[0] for layer in report.models[0].layers}


@pytest.mark.parametrize("name", [name for name in MODULES if name not in ("half", "no batch")])
def test_a_recorded_run_has_the_figures_of_the_export(name: str) -> None:
    """Both ways to see a module agree in MACs, parameters and buffers."""
    from convcalc.interop.torch import host
    from convcalc.interop.torch.network import Traced

    make, shapes = MODULES[name]
    module = make()
    with host.quiet(torch):
        run = host.recorded(torch, module, [torch.zeros(shape) for shape in shapes], False)
    from convcalc.core.trace import trace

    total = trace(Traced(run).network(None)).total
    assert (total.macs, total.params, total.buffers) == counted(module, *shapes)


def test_training_mode_is_asked_for() -> None:
    """Dropout is the identity in evaluation; with train=True the norm's statistics are those of the batch, and cost the same."""
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout())
    shape = (2, 3, 8, 8)
    assert figures(module, shape) == figures(module.train(), shape)
    trained = convcalc.summary(convcalc.from_torch(module, shape, train=True)).models[0].totals
    assert trained["macs"] == figures(module, shape)[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((nn.Conv2d, (1, 3, 8, 8)), "is no torch.nn.Module"),
        ((nn.Conv2d(3, 4, 3),), "needs the module's inputs"),
        ((nn.Conv2d(3, 4, 3), (1, 5, 8, 8)), "does not run on these inputs"),
    ],
)
def test_what_is_no_module_is_told(arguments: tuple[Any, ...], message: str) -> None:
    """An error says what was meant, without a traceback of PyTorch's."""
    with pytest.raises(ConvcalcError, match=message):
        convcalc.from_torch(*arguments)


def test_an_old_pytorch_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before 2.6 exports are other than the rules know."""
    monkeypatch.setattr(torch, "__version__", "2.5.1")
    with pytest.raises(ConvcalcError, match=r"older than 2\.6"):
        convcalc.from_torch(nn.Conv2d(3, 4, 3), (1, 3, 8, 8))


def test_import_alone_does_not_load_pytorch() -> None:
    """torch is imported by the call that needs it."""
    code = "import sys, convcalc; convcalc.summary('resnet18'); convcalc.from_torch; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


def test_the_guides_code_runs() -> None:
    """What the guide of models shows prints the MACs of torchvision's resnet18."""
    pytest.importorskip("torchvision")
    import re

    text = (ROOT / "convcalc" / "guides" / "models.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```py\n(.*?)```", text, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout == f"{PUBLISHED['resnet18']['macs']}\n"


# Layouts


def test_a_module_is_imported_from_the_command_line(tmp_path: Any) -> None:
    """PACKAGE:NAME is called without weights, traced on its input, and written as a layout of the same figures."""
    pytest.importorskip("torchvision")
    file = tmp_path / "net.yaml"
    arguments = ["import", "torchvision.models:resnet50", "--input", "3x224x224", "-o", str(file)]
    done = subprocess.run([sys.executable, "-m", "convcalc", *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    facts = PUBLISHED["resnet50"]
    totals = convcalc.summary(str(file)).models[0].totals
    assert (totals["macs"], totals["params"], totals["buffers"]) == (facts["macs"], facts["params"], facts["buffers"])
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 40


@pytest.mark.parametrize(("name", "lines"), [("swin_t", 50), ("mobilenet_v2", 40), ("efficientnet_b0", 50), ("densenet201", 50)])
def test_torchvisions_models_are_written(name: str, lines: int) -> None:
    """Layouts of modules are as short as those of files, and hold every parameter: norms are not folded."""
    pytest.importorskip("torchvision")
    from convcalc.commands.importing import imported

    found = imported(f"torchvision.models:{name}", ("3x224x224",))
    assert len(found.text.splitlines()) <= lines
    module = pytest.importorskip("torchvision").models.get_model(name)
    assert f"params: {sum(tensor.numel() for tensor in module.parameters())}," in found.text


def test_layers_of_a_module_are_replaced() -> None:
    """As in the layout of the same network, whose 3×3 convolutions are sixteen."""
    torchvision = pytest.importorskip("torchvision")
    design = convcalc.from_torch(torchvision.models.resnet18(weights=None), (1, 3, 224, 224))
    models = convcalc.compare(design, replace="conv[kernel == 3]=bottleneck").models
    assert models[1].name.endswith("with 16 bottlenecks")
    layout = convcalc.compare("resnet18", replace="conv[kernel == 3]=bottleneck").models
    assert [model.totals["macs"] for model in models] == [model.totals["macs"] for model in layout]
