"""How far PyTorch's own single precision is from the whole models' expected values, which are of double precision.

    python single_precision.py ../../conformance

What no other library reaches is no yardstick: see `xtask/src/conformance/tolerance.rs`.
"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
import torchvision.models as vision

sys.argv, folder = ["peer.py", "--only", "nothing"], Path(sys.argv[1])
import peer  # noqa: E402  (it reads the command line)

MODELS = {
    "resnet18": vision.resnet18,
    "resnet50": vision.resnet50,
    "googlenet": lambda num_classes: vision.googlenet(num_classes=num_classes, aux_logits=False, init_weights=False),
    "resnet20_cifar": lambda num_classes: peer.resnet20(),
    "lenet5": lambda num_classes: peer.LeNet(),
    "alexnet": vision.alexnet,
    "vgg11": vision.vgg11,
}


def prepared(case, classes, dtype, layout, disturb, seed):
    """A model with the case's weights, each moved at random by a share of `disturb`."""
    model = peer.by_formula(MODELS[case["model"]](num_classes=classes), dtype).to(memory_format=layout)
    torch.manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(1 + disturb * torch.randn_like(p))
    return model


def worst_of(seeds, run):
    """The worst errors of several runs."""
    return [max(worst) for worst in zip(*(run(seed) for seed in range(seeds)))]


def one_pass(case, dtype, layout=torch.contiguous_format, disturb=0.0, seeds=1):
    """The worst error of a gradient's norm."""
    def run(seed):
        model = prepared(case, case["num_classes"], dtype, layout, disturb, seed)
        source = case["input"]
        x = peer.fill(source["shape"], source["stream"], source["scale"], dtype).to(memory_format=layout)
        F.cross_entropy(model(x), torch.tensor(case["target"])).backward()
        # A model of this folder may name its parameters otherwise than the case, but has them in the same order.
        norms = [p.grad.double().norm().item() for p in model.parameters()]
        return [max((abs(norm - case["grad_l2"][key]) / case["grad_l2"][key], f"gradient of {key}")
                    for norm, key in zip(norms, case["parameter_order"]))]

    return worst_of(seeds, run)


def trajectory(case, dtype, layout=torch.contiguous_format, disturb=0.0, seeds=1):
    """The worst errors of a loss, and of a parameter's norm at the end."""
    return worst_of(seeds, lambda seed: one_run(case, prepared(case, case["classes"], dtype, layout, disturb, seed), dtype, layout))


def one_run(case, model, dtype, layout):
    optimizer = getattr(torch.optim, case["optimizer"])(model.parameters(), **case["optimizer_attrs"])
    worst = (0.0, "")
    for t, expected in enumerate(case["loss"]):
        x = peer.fill([case["batch"], *case["input_shape"]], 50 + t, 1.0, dtype).to(memory_format=layout)
        y = (7 * torch.arange(case["batch"]) + t) % case["classes"]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        worst = max(worst, (abs(loss.item() - expected) / expected, f"loss at step {t}"))
    norms = zip((p.double().norm().item() for p in model.parameters()), case["final_l2"].items())
    return worst, max((abs(norm - expected) / expected, f"norm of {key}") for norm, (key, expected) in norms)


PRECISIONS = {"f64": dict(dtype=torch.float64), "f32": dict(dtype=torch.float32)}
# Another order of the same sums; and no single precision at all, only weights that are as far off as a convolution rounds,
# by definition or by Winograd's algorithm.
OTHERS = {
    "f32, channels last": dict(dtype=torch.float32, layout=torch.channels_last),
    "f64, weights off by 2e-7": dict(dtype=torch.float64, disturb=2e-7, seeds=8),
    "f64, weights off by 6e-7": dict(dtype=torch.float64, disturb=6e-7, seeds=8),
}

for group, run in ("model", one_pass), ("trajectory", trajectory):
    for case in json.loads((folder / f"{group}.json").read_text())["cases"]:
        for name, way in (PRECISIONS | OTHERS).items():
            for error, place in run(case, **way):
                print(f"{group}/{case['id']:<16} {name:<25} {error:.1e}  {place}", flush=True)
