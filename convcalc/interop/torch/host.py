"""What asks PyTorch: a module exported on the meta device, or recorded in one run. torch is imported here alone.

`torch.export` (non-strict) gives a graph of aten ops in which every node knows its module; nothing is computed, and a
copy of the module without data is enough. Where it fails, for a branch on data for example, one run on real tensors is
recorded op by op.
"""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from convcalc.errors import usage
from convcalc.interop.torch.program import Call, Out, Program, Ref

OLDEST = (2, 6)


def loaded() -> Any:
    """The torch package.

    Raises:
        ConvcalcError: where there is none, or one that is too old.
    """
    try:
        import torch  # of those who have it
    except ImportError:
        raise usage("PyTorch is not installed here", "pip install torch, or export the model to ONNX and name that file") from None
    version = tuple(int(part) for part in re.findall(r"\d+", torch.__version__)[:2])
    if version < OLDEST:
        raise usage(f"PyTorch {torch.__version__} is older than {'.'.join(map(str, OLDEST))}", "upgrade it, or export the model to ONNX")
    return torch


def program_of(module: Any, inputs: Sequence[Any], train: bool = False) -> Program:
    """A module's run on inputs, each a tensor or the sizes of one, batch first.

    Raises:
        ConvcalcError: for what is no module, and where neither an export nor a run works.
    """
    torch = loaded()
    if not isinstance(module, torch.nn.Module):
        raise usage(f"{type(module).__name__} is no torch.nn.Module", "give the module itself, not its class")
    if not inputs:
        raise usage("from_torch needs the module's inputs", "give sizes, batch first: from_torch(model, (1, 3, 224, 224))")
    with quiet(torch):
        try:
            return exported(torch, without_data(torch, module, train), [on_meta(torch, value) for value in inputs])
        except Exception as error:
            reason = error
        try:
            own = copy.deepcopy(module) if train else module  # whose statistics a run in training mode changes
            return recorded(torch, own, [real(torch, value) for value in inputs], train)
        except Exception as error:
            first = str(error).strip().splitlines()[:1] or [type(error).__name__]
            hint = f"torch.export failed too: {(str(reason).strip().splitlines() or [type(reason).__name__])[0][:200]}"
            raise usage(f"{type(module).__name__} does not run on these inputs: {first[0][:200]}", hint) from error


@contextmanager
def quiet(torch: Any) -> Iterator[None]:
    """No warnings, no gradients, and attention in its parts: its fast path is one op that shows nothing."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def without_data(torch: Any, module: Any, train: bool) -> Any:
    """A copy of a module on the meta device; the module's own tensors are not copied."""
    memo: dict[int, Any] = {}
    for tensor in module.parameters():
        memo[id(tensor)] = torch.nn.Parameter(tensor.detach().to("meta"), tensor.requires_grad)
    for tensor in module.buffers():
        memo[id(tensor)] = tensor.detach().to("meta")
    return copy.deepcopy(module, memo).train(train)


def is_sizes(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(size, int) for size in value)


def on_meta(torch: Any, value: Any) -> Any:
    """An input without data."""
    if is_sizes(value):
        return torch.empty(tuple(value), device="meta")
    return value.detach().to("meta") if isinstance(value, torch.Tensor) else value


def real(torch: Any, value: Any) -> Any:
    """An input with data, zeros where only sizes are given."""
    return torch.zeros(tuple(value)) if is_sizes(value) else value


def stored(module: Any) -> tuple[dict[str, Any], dict[str, Any], dict[int, str]]:
    """Parameters and persistent buffers by name, each once, and the name of each tensor."""
    names: dict[int, str] = {}
    parameters, buffers = dict[str, Any](), dict[str, Any]()
    kept = set(module.state_dict(keep_vars=True))
    for found, tensors in ((parameters, module.named_parameters()), (buffers, module.named_buffers())):
        for name, tensor in tensors:
            if found is parameters or name in kept:
                found[name] = tuple(tensor.shape)
                names[id(tensor)] = name
    return parameters, buffers, names


# Export


def exported(torch: Any, module: Any, inputs: list[Any]) -> Program:
    """The graph that torch.export gives."""
    parameters, buffers, names = stored(module)
    known = {**dict(module.named_parameters(remove_duplicate=False)), **dict(module.named_buffers(remove_duplicate=False))}
    program = torch.export.export(module, tuple(inputs), strict=False)
    kinds = {spec.arg.name: spec for spec in program.graph_signature.input_specs if hasattr(spec.arg, "name")}
    own: dict[str, str] = {}  # a node's name → a stored tensor's
    entries, calls, outputs = list[Out](), list[Call](), tuple[str, ...]()
    for node in program.graph.nodes:
        if node.op == "placeholder":
            spec = kinds[node.name]
            if spec.kind.name == "USER_INPUT":
                entries += [out_of(torch, node.name, node.meta["val"])] if is_tensor(torch, node.meta.get("val")) else []
            elif spec.target in known and id(known[spec.target]) in names:
                own[node.name] = names[id(known[spec.target])]
            else:
                calls.append(Call("constant", {}, (out_of(torch, node.name, node.meta["val"]),), ""))
        elif node.op == "call_function":
            calls += called(torch, node, own)
        elif node.op == "output":
            outputs = tuple(own.get(value.name, value.name) for value in flattened(node.args[0]) if hasattr(value, "name"))
    given = {
        spec.arg.name for spec in program.graph_signature.output_specs if spec.kind.name == "USER_OUTPUT" and hasattr(spec.arg, "name")
    }
    kept = tuple(name for name in outputs if name in given or name in own.values())
    return Program(type(module).__name__, tuple(entries), tuple(calls), kept, parameters, buffers)


def called(torch: Any, node: Any, own: dict[str, str]) -> list[Call]:
    """A node of a graph as a call; of several outputs each is one that later nodes take by `getitem`."""
    value = node.meta.get("val")
    if getattr(node.target, "__name__", "") == "getitem":
        source, place = node.args
        return (
            [Call("getitem", {"of": Ref(source.name), "place": place}, (out_of(torch, node.name, value),), "")]
            if is_tensor(torch, value)
            else []
        )
    schema = getattr(node.target, "_schema", None)
    if schema is None:
        return []
    args = {argument.name: argument.default_value for argument in schema.arguments if argument.has_default_value()}
    args |= {argument.name: given for argument, given in zip(schema.arguments, node.args, strict=False)} | dict(node.kwargs)

    def plain(item: Any) -> Any:
        if hasattr(item, "op") and hasattr(item, "name"):
            return Ref(own.get(item.name, item.name)) if is_tensor(torch, item.meta.get("val")) or item.name in own else None
        return [plain(part) for part in item] if isinstance(item, list | tuple) else item

    outs = outs_of(torch, node.name, value)
    stack = [entry[0] for entry in node.meta.get("nn_module_stack", {}).values()]
    module = re.sub(r"@\d+", "", stack[-1]) if stack else ""
    return [Call(name_of(schema.name), {key: plain(item) for key, item in args.items()}, outs, module.removeprefix("L['self']").strip("."))]


def name_of(schema: str) -> str:
    """`conv2d` of aten::conv2d, `relu` of aten::relu_; what is not aten's keeps its library's name."""
    library, _, name = schema.rpartition("::")
    plain = name.rstrip("_") if not name.startswith("__") else name.strip("_")
    return plain if library == "aten" else f"{library}.{plain}"


def is_tensor(torch: Any, value: Any) -> bool:
    return isinstance(value, torch.Tensor)


def out_of(torch: Any, name: str, tensor: Any) -> Out:
    return Out(name, tuple(int(size) for size in tensor.shape), bool(tensor.is_floating_point() or tensor.is_complex()))


def outs_of(torch: Any, name: str, value: Any) -> tuple[Out | None, ...]:
    if is_tensor(torch, value):
        return (out_of(torch, name, value),)
    if isinstance(value, list | tuple):
        return tuple(out_of(torch, f"{name}.{place}", item) if is_tensor(torch, item) else None for place, item in enumerate(value))
    return ()


def flattened(value: Any) -> Iterator[Any]:
    """All that is in nested lists, tuples and dicts."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from flattened(item)
    else:
        yield value


# One run


def recorded(torch: Any, module: Any, inputs: list[Any], train: bool) -> Program:
    """The aten ops of one run, in the modules that are running then."""
    from torch.utils._python_dispatch import TorchDispatchMode

    parameters, buffers, names = stored(module)
    calls: list[Call] = []
    alive: list[Any] = []  # tensors must stay, or another could take an identity
    running: list[str] = [""]
    entries = tuple(out_of(torch, f"input{place}", value) for place, value in enumerate(inputs) if is_tensor(torch, value))
    names |= {id(value): f"input{place}" for place, value in enumerate(inputs) if is_tensor(torch, value)}

    def ref(item: Any) -> Any:
        if is_tensor(torch, item):
            if id(item) not in names:
                alive.append(item)
                names[id(item)] = f"constant{len(names)}"
                calls.append(Call("constant", {}, (out_of(torch, names[id(item)], item),), running[-1]))
            return Ref(names[id(item)])
        return [ref(part) for part in item] if isinstance(item, list | tuple) else item

    class Recorder(TorchDispatchMode):  # type: ignore[misc]
        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            schema = function._schema
            given = {argument.name: argument.default_value for argument in schema.arguments if argument.has_default_value()}
            given |= {argument.name: value for argument, value in zip(schema.arguments, args, strict=False)} | dict(kwargs or {})
            read = {key: ref(item) for key, item in given.items()}
            result = function(*args, **(kwargs or {}))
            outs = outs_of(torch, f"value{len(calls)}", result)
            for out, item in zip(outs, result if isinstance(result, list | tuple) else [result], strict=False):
                if out is not None:
                    alive.append(item)
                    names[id(item)] = out.name
            calls.append(Call(name_of(schema.name), read, outs, running[-1]))
            return result

    def leave(*_: Any) -> None:
        running.pop()

    hooks = []
    for name, inner in module.named_modules():
        hooks.append(inner.register_forward_pre_hook(lambda *_, name=name: running.append(name)))
        hooks.append(inner.register_forward_hook(leave, always_call=True))
    modes = {inner: inner.training for inner in module.modules()}
    try:
        module.train(train)
        with torch.backends.mkldnn.flags(enabled=False), Recorder():  # whose recurrent layers are one op
            result = module(*inputs)
    finally:
        for inner, mode in modes.items():
            inner.training = mode
        for hook in hooks:
            hook.remove()
    outputs = tuple(names[id(item)] for item in flattened(result) if is_tensor(torch, item) and id(item) in names)
    return Program(type(module).__name__, entries, tuple(calls), outputs, parameters, buffers, recorded=True)
