"""Convolutions, products and recurrent layers of ONNX as layers: all that has MACs."""

from __future__ import annotations

from convcalc.core.ops import build
from convcalc.core.shape import Map, Tensor
from convcalc.errors import Refusal
from convcalc.interop.assembly import Value, image, view
from convcalc.interop.onnx.graph import Node
from convcalc.interop.onnx.lower import Graph, moved
from convcalc.interop.onnx.pointwise import elementwise
from convcalc.interop.onnx.windows import window_of


def learned(inputs: list[Value], place: int) -> Value | None:
    """Weights among the inputs of a node; numbers that exporters make up, such as a bias of zeros, are none."""
    value = inputs[place] if len(inputs) > place else None
    return value if value is not None and value.dims and (value.stored or value.number >= 0) else None


def conv(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """Conv, and its forms with an activation, of whole numbers, or quantised."""
    places = {"QLinearConv": (0, 3, 8), "ConvInteger": (0, 1, 99)}.get(node.op, (0, 1, 2))
    x, w = inputs[places[0]], inputs[places[1]]
    bias = learned(inputs, places[2])
    shape, groups = image(x.dims), node.attributes.get("group", 1)
    window = window_of(node, shape, w.dims[2:])
    attributes = {**window, "bias": bias is not None}
    if groups > 1 and groups == shape.channels and w.dims[0] % groups == 0:
        op = build("depthwise_conv", {**attributes, "multiplier": w.dims[0] // groups})
    else:
        op = build("conv", {**attributes, "cout": w.dims[0], "groups": groups})
    out = op.out_shape(shape)
    if w.dims[1] * groups != shape.channels:
        raise Refusal("shape-mismatch", f"weights of {w.dims[1]}·{groups} channels on {shape.channels}")
    if bias is not None and w.stored.startswith("onnx::Conv_"):
        graph.folded += w.dims[0]
    weights = (w,) if bias is None else (w, bias)
    return [graph.layer(node, op, [(x, shape)], (x.dims[0], *out.sizes), out, weights, x.dims[0])]


def conv_transpose(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x, w = inputs[0], inputs[1]
    bias = learned(inputs, 2)
    shape, groups = image(x.dims), node.attributes.get("group", 1)
    axes = len(shape.spatial)
    window = window_of(node, shape, w.dims[2:])
    extra = tuple(node.attributes.get("output_padding") or [0] * axes)
    op = build(
        "conv_transpose",
        {**window, "cout": w.dims[1] * groups, "groups": groups, "output_padding": extra, "bias": bias is not None},
    )
    out = op.out_shape(shape)
    if node.attributes.get("output_shape"):
        out = Map(out.channels, tuple(node.attributes["output_shape"][-axes:]))
    weights = (w,) if bias is None else (w, bias)
    return [graph.layer(node, op, [(x, shape)], (x.dims[0], *out.sizes), out, weights, x.dims[0])]


def deform_conv(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """A convolution whose taps a map of offsets moves, and a mask weighs where there is one."""
    x, w, moves = inputs[:3]
    bias = learned(inputs, 3)
    maps = [x, moves, *(mask for mask in inputs[4:5] if mask.dims)]
    shapes = [image(value.dims) for value in maps]
    window = window_of(node, shapes[0], w.dims[2:])
    op = build("deform_conv", {**window, "cout": w.dims[0], "groups": node.attributes.get("group", 1), "bias": bias is not None})
    out = op.out_shape(*shapes)
    weights = (w,) if bias is None else (w, bias)
    return [graph.layer(node, op, list(zip(maps, shapes, strict=True)), (x.dims[0], *out.sizes), Map(*out), weights, x.dims[0])]


def linear(graph: Graph, node: Node, x: Value, w: Value, cout: int, bias: Value | None) -> Value:
    """A product with stored weights of two axes."""
    shape = view(x.dims) if len(x.dims) <= 3 else Tensor(x.dims)
    op = build("linear", {"cout": cout, "bias": bias is not None})
    return graph.layer(node, op, [(x, shape)], (*x.dims[:-1], cout), None, (w,) if bias is None else (w, bias))


def gemm(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    a, b = inputs[0], inputs[1]
    c = inputs[2] if len(inputs) > 2 else None
    rows, inner = a.dims[::-1] if node.attributes.get("transA") else a.dims
    depth, columns = b.dims[::-1] if node.attributes.get("transB") else b.dims
    if inner != depth:
        raise Refusal("shape-mismatch", f"a product of {rows}×{inner} and {depth}×{columns}")
    if (
        b.stored
        and a.number >= 0
        and not node.attributes.get("transA")
        and (c is None or ((c.stored and c.dims[-1:] == (columns,)) or not c.dims))
    ):
        return [linear(graph, node, a, b, columns, c if c is not None and c.dims else None)]
    found = graph.layer(node, build("matmul", {}), [(a, Tensor((rows, inner))), (b, Tensor((inner, columns)))], (rows, columns))
    return [found] if c is None else elementwise("add")(graph, node, [found, c])


def matmul(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """MatMul and its forms of whole numbers; a stored matrix of two axes is a linear layer."""
    a, b = inputs[0], inputs[3 if node.op == "QLinearMatMul" else 1]
    if b.stored and len(b.dims) == 2 and len(a.dims) >= 2:
        if a.dims[-1] != b.dims[0]:
            raise Refusal("shape-mismatch", f"a product of {a.dims} and {b.dims}")
        return [linear(graph, node, a, b, b.dims[1], None)]
    left, right = (1, *a.dims) if len(a.dims) == 1 else a.dims, (*b.dims, 1) if len(b.dims) == 1 else b.dims
    op = build("matmul", {})
    out = op.out_shape(Tensor(left), Tensor(right)).sizes
    dims = out[:-2] + (out[-2:-1] if len(a.dims) > 1 else ()) + (out[-1:] if len(b.dims) > 1 else ())
    return [graph.layer(node, op, [(a, Tensor(left)), (b, Tensor(right))], dims)]


def einsum(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """An einsum of one or two inputs; an ellipsis is written out."""
    equation = node.attributes["equation"].replace(" ", "")
    terms, _, out = equation.partition("->")
    ranks = [len(value.dims) - len(term.replace("...", "")) for term, value in zip(terms.split(","), inputs, strict=True) if "..." in term]
    spare = [letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter not in equation][: max(ranks, default=0)]
    written = []
    for term, value in zip(terms.split(","), inputs, strict=True):
        missing = len(value.dims) - len(term.replace("...", ""))
        written.append(term.replace("...", "".join(spare[len(spare) - missing :])))
    op = build("einsum", {"equation": f"{','.join(written)}->{out.replace('...', ''.join(spare))}"})
    reads = [(value, Tensor(value.dims)) for value in inputs]
    sizes = op.out_shape(*(shape for _, shape in reads)).sizes
    return [graph.layer(node, op, reads, sizes if out else ())]


def attention(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """Attention on B×H×N×D, or on B×N×C with its heads told: scores, their softmax, and the product with the values."""
    if any(value.dims for value in inputs[4:]):
        return graph.unknown(node, inputs)  # with keys and values of earlier calls
    q, k, v = inputs[:3]
    flat = len(q.dims) == 3
    heads = node.attributes["q_num_heads"] if flat else q.dims[1]
    own = node.attributes["kv_num_heads"] if flat else k.dims[1]
    batch, steps, keys = q.dims[0], q.dims[-2], k.dims[-2]
    inner = q.dims[-1] // heads if flat else q.dims[-1]
    given = v.dims[-1] // own if flat else v.dims[-1]
    groups = batch, heads
    reads = [(q, Tensor((*groups, steps, inner))), (k, Tensor((*groups, keys, inner)))]
    scores = graph.layer(node, build("matmul", {"transpose": True}), reads, (*groups, steps, keys))
    shares = graph.layer(node, build("softmax", {}), [(scores, Tensor(scores.dims))], scores.dims)
    dims = (batch, steps, heads * given) if flat else (*groups, steps, given)
    reads = [(shares, Tensor(shares.dims)), (v, Tensor((*groups, keys, given)))]
    return [graph.layer(node, build("matmul", {}), reads, dims)]


def recurrent(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """LSTM, GRU and RNN over T×N×I; Y is T×D×N×H, the last states are views of it."""
    x, w, r = inputs[:3]
    bias = learned(inputs, 3)
    directions, hidden = w.dims[0], r.dims[-1]
    steps, batch = (x.dims[1], x.dims[0]) if node.attributes.get("layout") else x.dims[:2]
    op = build(node.op.lower(), {"hidden": hidden, "bidirectional": directions == 2, "bias": bias is not None})
    weights = (w, r) if bias is None else (w, r, bias)
    dims = (steps, directions, batch, hidden)
    out = graph.layer(node, op, [(x, Tensor(x.dims))], dims, Tensor((steps, batch, directions * hidden)), weights)
    last = (directions, batch, hidden)
    return [out, *(moved(graph, node, [out], last, "view") for name in node.outputs[1:] if name)]
