"""Writes conformance/more.json and conformance/more.safetensors: cases for operations and arguments that no other group has.

    python cases.py ../../conformance

The format is that of conformance/README.md. The same script writes the same values with the same version of PyTorch.
"""

import json
import struct
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)

cases, tensors = [], {}


def case(name, op, function, inputs, attrs=None, grads=None):
    """Runs `function` on `inputs` and keeps inputs, outputs, cotangents and gradients.

    `grads` names the inputs whose gradients are expected: by default all that hold floating-point numbers.
    """
    floats = [key for key, value in inputs.items() if value.is_floating_point()]
    grads = floats if grads is None else grads
    leaves = {key: value.detach().clone().requires_grad_(key in grads) for key, value in inputs.items()}
    result = function(**leaves)
    outputs = result if isinstance(result, dict) else {"output": result}
    pulled = []
    for key, value in outputs.items():
        tensors[f"{name}/output/{key}"] = value.detach()
        if grads and value.requires_grad:
            cotangent = torch.randn_like(value)
            tensors[f"{name}/cotangent/{key}"] = cotangent
            pulled.append((value * cotangent).sum())
    if grads:
        sum(pulled).backward()
    for key, value in leaves.items():
        tensors[f"{name}/input/{key}"] = value.detach()
        if key in grads:
            tensors[f"{name}/grad/{key}"] = value.grad
    cases.append(dict(id=name, op=op, attrs=attrs or {}, inputs=list(inputs), outputs=list(outputs), grads=grads))


def x(*shape):
    return torch.randn(*shape)


def positive(*shape):
    return torch.rand(*shape) * 2 + 0.3


# Pointwise functions. Where a derivative is 0 everywhere, PyTorch gives zeros, and so must we.
for op, function in dict(expm1=torch.expm1, tan=torch.tan, sign=torch.sign, floor=torch.floor, ceil=torch.ceil, round=torch.round,
                         logsigmoid=F.logsigmoid, softsign=F.softsign, hardswish=F.hardswish,
                         # PyTorch's own multiplies the gradient by 1/6 as a float, even in double precision.
                         hardsigmoid=lambda input: torch.clamp((input + 3) / 6, 0, 1)).items():
    case(f"{op}/2x3x4", op, lambda input, function=function: function(input), dict(input=x(2, 3, 4) * 1.5))
for op, function in dict(log2=torch.log2, log10=torch.log10).items():
    case(f"{op}/2x3x4", op, lambda input, function=function: function(input), dict(input=positive(2, 3, 4)))
# Half, because PyTorch keeps the reciprocal of alpha as a float.
case("celu/0.5", "celu", lambda input: F.celu(input, 0.5), dict(input=x(3, 4)), dict(alpha=0.5))
case("elu/default", "elu", lambda input: F.elu(input), dict(input=x(3, 4)))
case("softplus/beta", "softplus", lambda input: F.softplus(input, 2.0, 1.0), dict(input=x(3, 4)), dict(beta=2.0, threshold=1.0))
case("hardtanh/limits", "hardtanh", lambda input: F.hardtanh(input, -0.4, 0.9), dict(input=x(3, 4)), dict(min_val=-0.4, max_val=0.9))
case("clamp/min", "clamp", lambda input: torch.clamp(input, min=0.1), dict(input=x(3, 4)), dict(min=0.1, max=None))
case("prelu/channels", "prelu", lambda input, weight: F.prelu(input, weight), dict(input=x(2, 3, 4), weight=positive(3)))
case("relu/empty", "relu", lambda input: F.relu(input), dict(input=x(0, 3)))

# Reductions.
for dim in (None, [1], [0, 2]):
    where = "all" if dim is None else "_".join(map(str, dim))
    over = dict(dim=dim, keepdim=False)
    case(f"std/{where}", "std", lambda input, dim=dim: torch.std(input, dim), dict(input=x(2, 3, 4)), dict(over, correction=1))
    for p in (1, 3):
        case(f"norm{p}/{where}", "norm", lambda input, dim=dim, p=p: torch.linalg.vector_norm(input, p, dim),
             dict(input=x(2, 3, 4)), dict(over, p=p))
for dim in (None, 1):
    function = torch.prod if dim is None else lambda input: torch.prod(input, 1)
    attrs = dict(dim=None if dim is None else [dim], keepdim=False)
    case(f"prod/{'all' if dim is None else dim}", "prod", lambda input, function=function: function(input), dict(input=x(2, 3, 4)), attrs)
with_zero = x(2, 3, 4)
with_zero[0, 1, 2] = 0.0
case("prod/zero", "prod", lambda input: torch.prod(input, 2), dict(input=with_zero), dict(dim=[2], keepdim=False))
case("argmin/1", "argmin", lambda input: torch.argmin(input, 1), dict(input=x(3, 5)), dict(dim=1), grads=[])
case("sort/ascending", "sort", lambda input: dict(zip(("values", "indices"), torch.sort(input, 1))), dict(input=x(3, 5)), dict(dim=1))
case("sort/descending", "sort", lambda input: dict(zip(("values", "indices"), torch.sort(input, 0, descending=True))),
     dict(input=x(3, 5)), dict(dim=0, descending=True))
case("topk/least", "topk", lambda input: dict(zip(("values", "indices"), torch.topk(input, 2, 1, largest=False))),
     dict(input=x(3, 5)), dict(k=2, dim=1, largest=False))
tied = torch.tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
case("max/ties", "max", lambda input: torch.amax(input, 1), dict(input=tied), dict(dim=[1], keepdim=False))

# Views and moving values.
case("flatten/1", "flatten", lambda input: torch.flatten(input, 1), dict(input=x(2, 3, 4)), dict(start_dim=1))
case("unflatten", "unflatten", lambda input: torch.unflatten(input, 1, (2, 3)), dict(input=x(2, 6)), dict(dim=1, sizes=[2, 3]))
case("select", "select", lambda input: torch.select(input, 1, 2), dict(input=x(2, 3, 4)), dict(dim=1, index=2))
case("roll", "roll", lambda input: torch.roll(input, (1, -2), (0, 2)), dict(input=x(2, 3, 4)), dict(shifts=[1, -2], dims=[0, 2]))
case("triu", "triu", lambda input: torch.triu(input, 1), dict(input=x(3, 4)), dict(diagonal=1))
mask = torch.rand(3, 4) > 0.5
case("masked_select", "masked_select", lambda input, mask: torch.masked_select(input, mask), dict(input=x(3, 4), mask=mask))
case("pad/circular", "pad", lambda input: F.pad(input, (1, 2, 2, 1), "circular"), dict(input=x(1, 2, 3, 4)),
     dict(padding=[1, 2, 2, 1], mode="circular"))
case("pad/negative", "pad", lambda input: F.pad(input, (-1, 2), "constant", 0.5), dict(input=x(3, 4)),
     dict(padding=[-1, 2], mode="constant", value=0.5))
case("interpolate/corners", "interpolate", lambda input: F.interpolate(input, (5, 7), mode="bilinear", align_corners=True),
     dict(input=x(1, 2, 3, 4)), dict(size=[5, 7], mode="bilinear", align_corners=True))

# Convolutions.
case("conv2d/same", "conv2d", lambda input, weight: F.conv2d(input, weight, padding="same", dilation=(1, 2)),
     dict(input=x(2, 3, 6, 7), weight=x(4, 3, 3, 2)), dict(padding="same", dilation=[1, 2]))
case("conv2d/depthwise_stride", "conv2d", lambda input, weight, bias: F.conv2d(input, weight, bias, 2, 1, 1, 4),
     dict(input=x(2, 4, 9, 8), weight=x(8, 1, 3, 3), bias=x(8)), dict(stride=2, padding=1, groups=4))
case("conv2d/winograd_tail", "conv2d", lambda input, weight, bias: F.conv2d(input, weight, bias, padding=1),
     dict(input=x(1, 24, 11, 13), weight=x(20, 24, 3, 3), bias=x(20)), dict(padding=[1, 1]))
case("conv_transpose1d", "conv_transpose1d", lambda input, weight, bias: F.conv_transpose1d(input, weight, bias, 2, 1, 1),
     dict(input=x(2, 3, 5), weight=x(3, 4, 3), bias=x(4)), dict(stride=2, padding=1, output_padding=1))

# Contractions.
for equation, shapes in {"bij,bjk->bik": ((2, 3, 4), (2, 4, 5)), "ij,kj->ik": ((3, 4), (5, 4)), "i,j->ij": ((3,), (4,))}.items():
    case(f"einsum/{equation}", "einsum", lambda lhs, rhs, equation=equation: torch.einsum(equation, lhs, rhs),
         dict(lhs=x(*shapes[0]), rhs=x(*shapes[1])), dict(equation=equation))

# Pooling.
case("adaptive_avg_pool1d", "adaptive_avg_pool1d", lambda input: F.adaptive_avg_pool1d(input, 3), dict(input=x(2, 3, 7)), dict(output=3))
case("adaptive_max_pool1d", "adaptive_max_pool1d", lambda input: F.adaptive_max_pool1d(input, 3), dict(input=x(2, 3, 7)), dict(output=3))
case("avg_pool2d/divisor", "avg_pool2d", lambda input: F.avg_pool2d(input, 2, divisor_override=3), dict(input=x(1, 2, 4, 5)),
     dict(kernel=[2, 2], divisor_override=3))

# Normalisation without its optional parameters.
case("layer_norm/bare", "layer_norm", lambda input: F.layer_norm(input, (4,)), dict(input=x(2, 3, 4)), dict(normalized_shape=[4]))
case("batch_norm/1d", "batch_norm", lambda input, weight, bias: F.batch_norm(input, None, None, weight, bias, training=True),
     dict(input=x(4, 3, 5), weight=positive(3), bias=x(3)), dict(training=True))

# Losses.
logits, classes, weight = x(6, 4), torch.tensor([0, 3, 1, -7, 2, 3]), positive(4)
case("cross_entropy/all", "cross_entropy",
     lambda input, target, weight: F.cross_entropy(input, target, weight, ignore_index=-7, label_smoothing=0.2),
     dict(input=logits, target=classes, weight=weight), dict(ignore_index=-7, label_smoothing=0.2), grads=["input"])
case("nll_loss/weight", "nll_loss", lambda input, target, weight: F.nll_loss(input, target, weight, ignore_index=-7),
     dict(input=F.log_softmax(logits, 1), target=classes, weight=weight), dict(ignore_index=-7), grads=["input"])
case("kl_div/log_target", "kl_div", lambda input, target: F.kl_div(input, target, reduction="sum", log_target=True),
     dict(input=F.log_softmax(logits, 1), target=F.log_softmax(x(6, 4), 1)), dict(reduction="sum", log_target=True), grads=["input"])
for reduction in ("none", "sum"):
    case(f"ctc_loss/{reduction}", "ctc_loss",
         lambda log_probs, targets, reduction=reduction: F.ctc_loss(log_probs, targets, [7, 5], [3, 2], reduction=reduction),
         dict(log_probs=F.log_softmax(x(7, 2, 4), 2), targets=torch.tensor([[1, 1, 3], [2, 3, 1]])),
         dict(reduction=reduction, input_lengths=[7, 5], target_lengths=[3, 2]), grads=["log_probs"])

# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = {torch.float64: "F64", torch.int64: "I64", torch.uint8: "U8"}
header, data = {}, b""
for key in sorted(tensors):
    value = tensors[key].to(torch.uint8) if tensors[key].dtype == torch.bool else tensors[key]
    raw = value.contiguous().numpy().tobytes()
    header[key] = dict(dtype=NAMES[value.dtype], shape=list(value.shape), data_offsets=[len(data), len(data) + len(raw)])
    data += raw
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
folder = Path(sys.argv[1])
(folder / "more.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
lines = ",\n".join(json.dumps(c) for c in cases)
(folder / "more.json").write_text('{"group": "more", "cases": [\n' + lines + "\n]}\n")
print(f"{len(cases)} cases from PyTorch {torch.__version__}")
