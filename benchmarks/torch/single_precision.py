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
from torch import nn

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


def made(name, classes, dtype):
    model = MODELS[name](num_classes=classes).to(dtype)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    with torch.no_grad():
        for k, (key, p) in enumerate(model.named_parameters()):
            if p.dim() > 1:
                p.copy_(peer.fill(p.shape, 100 + k, (6 / p[0].numel()) ** 0.5, dtype))
            else:
                p.copy_((1 if key.endswith("weight") else 0) + peer.fill(p.shape, 100 + k, 0.1, dtype))
    return model.train()


def one_pass(case, dtype):
    model = made(case["model"], case["num_classes"], dtype)
    source = case["input"]
    logits = model(peer.fill(source["shape"], source["stream"], source["scale"], dtype))
    F.cross_entropy(logits, torch.tensor(case["target"])).backward()
    # A model of this folder may name its parameters otherwise than the case, but has them in the same order.
    norms = [p.grad.double().norm().item() for p in model.parameters()]
    return max((abs(norm - case["grad_l2"][key]) / case["grad_l2"][key], f"gradient of {key}")
               for norm, key in zip(norms, case["parameter_order"]))


def trajectory(case, dtype):
    model, attrs = made(case["model"], case["classes"], dtype), case["optimizer_attrs"]
    optimizer = getattr(torch.optim, case["optimizer"])(model.parameters(), **attrs)
    worst = (0.0, "")
    for t, expected in enumerate(case["loss"]):
        x = peer.fill([case["batch"], *case["input_shape"]], 50 + t, 1.0, dtype)
        y = (7 * torch.arange(case["batch"]) + t) % case["classes"]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        worst = max(worst, (abs(loss.item() - expected) / expected, f"loss at step {t}"))
    return worst


for group, run in dict(model=one_pass, trajectory=trajectory).items():
    for case in json.loads((folder / f"{group}.json").read_text())["cases"]:
        if case["model"] in MODELS:
            for name, dtype in dict(f64=torch.float64, f32=torch.float32).items():
                error, place = run(case, dtype)
                print(f"{group}/{case['id']:<20} {name}  {error:.1e}  {place}", flush=True)
