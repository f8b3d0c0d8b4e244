"""PyTorch's side of Plywood's workloads.

    python peer.py [--threads 2] [--only SUBSTRING] [--seconds 1.0] [--dtype f32|f64]     one JSON object a line: name, median_ms, min_ms, runs, faults
    python peer.py --list                                               the names
    python peer.py --serve                                              {"name", "seconds"} a line on stdin, one result a line back
    python peer.py --losses NAME                                        the first five losses from weights and data by formula
    python peer.py --memory NAME                                        peak resident memory above idle, page faults a step

`cargo xtask compare` starts this. Needs torch, torchvision and numpy. Nothing else should run on the machine: PyTorch's
threads spin while they wait, and another busy process makes its small workloads many times slower.
"""

import argparse
import json
import math
import os
import resource
import statistics
import sys
import time

# Read before torch starts its threads.
parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--only", default="")
parser.add_argument("--seconds", type=float, default=1.0)
parser.add_argument("--dtype", choices=["f32", "f64"], default="f32")
parser.add_argument("--list", action="store_true")
parser.add_argument("--serve", action="store_true")
parser.add_argument("--losses", default="")
parser.add_argument("--memory", default="")
options = parser.parse_args()

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision.models as vision

torch.set_num_threads(options.threads)
torch.manual_seed(0)
if options.dtype == "f64":
    torch.set_default_dtype(torch.float64)

WORKLOADS = {}  # name -> (function that prepares and returns the repeated call, calls a run)


def workload(name, inner=1):
    """Registers what the decorated function prepares: it returns the call to measure, of which `inner` make one run."""

    def register(prepare):
        WORKLOADS[name] = (prepare, inner)
        return prepare

    return register


# ── matrix products ──────────────────────────────────────────────────────────────────────────────────────────────────

PRODUCTS = [(64, 64, 64), (128, 128, 128), (256, 256, 256), (512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048),
            (64, 784, 512), (128, 400, 120), (64, 1024, 4096)]


def product(m, k, n):
    a, b = torch.randn(m, k), torch.randn(k, n)
    return lambda: a @ b


for m, k, n in PRODUCTS:
    workload(f"matmul/{m}x{k}x{n}", max(1, 20_000_000 // (m * k * n)))(lambda m=m, k=k, n=n: product(m, k, n))

# ── convolutions ─────────────────────────────────────────────────────────────────────────────────────────────────────

#               batch, channels, extent, filters, kernel, stride, padding, groups
CONVOLUTIONS = {
    "lenet1": (64, 1, 28, 6, 5, 1, 2, 1),
    "lenet2": (64, 6, 14, 16, 5, 1, 0, 1),
    "res64": (32, 64, 32, 64, 3, 1, 1, 1),
    "res128": (32, 128, 16, 128, 3, 1, 1, 1),
    "res256": (32, 256, 8, 256, 3, 1, 1, 1),
    "down": (32, 64, 32, 128, 3, 2, 1, 1),
    "point": (32, 256, 8, 1024, 1, 1, 0, 1),
    "res16": (128, 16, 32, 16, 3, 1, 1, 1),
    "alex1": (16, 3, 224, 64, 11, 4, 2, 1),
    "dw": (32, 128, 28, 128, 3, 1, 1, 128),
}


def convolution(case, backward):
    n, c, h, o, k, stride, padding, groups = case
    x, w = torch.randn(n, c, h, h), torch.randn(o, c // groups, k, k)
    arguments = dict(stride=stride, padding=padding, groups=groups)
    if not backward:

        def forward():
            with torch.no_grad():
                return F.conv2d(x, w, **arguments)

        return forward
    x.requires_grad_()
    w.requires_grad_()
    cotangent = torch.randn_like(F.conv2d(x, w, **arguments))

    def all_passes():
        x.grad = w.grad = None
        F.conv2d(x, w, **arguments).backward(cotangent)

    return all_passes


for name, case in CONVOLUTIONS.items():
    workload(f"conv2d/{name}/forward")(lambda case=case: convolution(case, False))
    workload(f"conv2d/{name}/forward_backward")(lambda case=case: convolution(case, True))

# ── memory-bound operations on 16.8 million values ───────────────────────────────────────────────────────────────────

LARGE = (64, 256, 32, 32)


def unary(function):
    x = torch.randn(LARGE)
    return lambda: function(x)


for name, function in dict(relu=F.relu, exp=torch.exp, tanh=torch.tanh, sigmoid=torch.sigmoid).items():
    workload(f"pointwise/{name}")(lambda function=function: unary(function))


@workload("pointwise/add")
def add():
    x, y = torch.randn(LARGE), torch.randn(LARGE)
    return lambda: x + y


@workload("reduce/sum")
def reduce_sum():
    x = torch.randn(LARGE)
    return lambda: x.sum()


@workload("softmax/4096x4096")
def softmax():
    x = torch.randn(4096, 4096)
    return lambda: torch.softmax(x, 1)


@workload("batch_norm/forward_backward")
def batch_norm():
    layer, x, cotangent = nn.BatchNorm2d(256), torch.randn(LARGE, requires_grad=True), torch.randn(LARGE)

    def step():
        x.grad = None
        layer(x).backward(cotangent)

    return step


@workload("max_pool2d/forward_backward")
def max_pool2d():
    x, cotangent = torch.randn(LARGE, requires_grad=True), torch.randn(64, 256, 16, 16)

    def step():
        x.grad = None
        F.max_pool2d(x, 2).backward(cotangent)

    return step


@workload("overhead/tiny_graph", inner=200)
def tiny_graph():
    a, b = torch.randn(4, 4, requires_grad=True), torch.randn(4, 4, requires_grad=True)
    return lambda: (a @ b).relu().sum().backward()


# ── training steps ───────────────────────────────────────────────────────────────────────────────────────────────────


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x.flatten(1))))))


class CifarBlock(nn.Module):
    """He et al. 2015, section 4.2, with the parameter-free shortcut A."""

    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters)
        self.conv2, self.bn2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False), nn.BatchNorm2d(filters)
        self.stride, self.widen = stride, (filters - channels) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride != 1 or self.widen:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.widen, self.widen))
        return F.relu(x + y)


def resnet20():
    plan = [(16, 16, 1)] * 3 + [(16, 32, 2)] + [(32, 32, 1)] * 2 + [(32, 64, 2)] + [(64, 64, 1)] * 2
    stem = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]
    return nn.Sequential(*stem, *(CifarBlock(*block) for block in plan), *head)


def mlp(*sizes):
    layers = []
    for before, after in zip(sizes, sizes[1:]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class CharModel(nn.Module):
    def __init__(self, cell, hidden):
        super().__init__()
        self.embedding = nn.Embedding(65, hidden)
        self.recurrent = cell(hidden, hidden, batch_first=True)
        self.output = nn.Linear(hidden, 65)

    def forward(self, x):
        return self.output(self.recurrent(self.embedding(x))[0]).flatten(0, 1)


def adam(model):
    return torch.optim.Adam(model.parameters(), lr=1e-3)


def sgd(model):
    return torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)


# name -> (model, optimizer, shape of the input, number of targets, classes); an input of two dimensions with classes 65 is text
TRAINING = {
    "train/lenet5_b64_adam": (LeNet, adam, (64, 1, 28, 28), 64, 10),
    "train/mlp_784_512_512_10_b128_adam": (lambda: mlp(784, 512, 512, 10), adam, (128, 784), 128, 10),
    "train/mlp_6_64_8_4_b1_sgd": (lambda: mlp(6, 64, 8, 10), sgd, (1, 6), 1, 10),
    "train/resnet20_cifar_b128_sgd": (resnet20, sgd, (128, 3, 32, 32), 128, 10),
    "train/resnet18_64px_b16_sgd": (lambda: vision.resnet18(num_classes=10), sgd, (16, 3, 64, 64), 16, 10),
    "train/resnet50_64px_b8_sgd": (lambda: vision.resnet50(num_classes=10), sgd, (8, 3, 64, 64), 8, 10),
    "train/alexnet_224px_b16_sgd": (lambda: vision.alexnet(num_classes=10), sgd, (16, 3, 224, 224), 16, 10),
    "train/googlenet_96px_b8_sgd": (
        lambda: vision.googlenet(num_classes=10, aux_logits=False, init_weights=False), sgd, (8, 3, 96, 96), 8, 10),
}
for kind, cell in dict(rnn=nn.RNN, lstm=nn.LSTM, gru=nn.GRU).items():
    for hidden, batch, time_steps in ((128, 32, 64), (256, 64, 128)):
        TRAINING[f"train/char_{kind}_h{hidden}_b{batch}_t{time_steps}_adam"] = (
            lambda cell=cell, hidden=hidden: CharModel(cell, hidden), adam, (batch, time_steps), batch * time_steps, 65)


def training_step(model, optimizer):
    model.train()

    def step(x, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def training(name):
    make, make_optimizer, shape, targets, classes = TRAINING[name]
    model = make()
    x = torch.randint(0, classes, shape) if classes == 65 else torch.randn(*shape)
    y = torch.randint(0, classes, (targets,))
    step = training_step(model, make_optimizer(model))
    return lambda: step(x, y)


for name in TRAINING:
    workload(name)(lambda name=name: training(name))


@workload("infer/resnet18_224px_b1")
def infer():
    model, x = vision.resnet18(num_classes=10).eval(), torch.randn(1, 3, 224, 224)

    def call():
        with torch.no_grad():
            return model(x)

    return call


# ── measuring ────────────────────────────────────────────────────────────────────────────────────────────────────────


def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def measure(name, seconds):
    """Three calls to warm up, then at least seven runs and about `seconds` of them."""
    prepare, inner = WORKLOADS[name]
    call = prepare()
    for _ in range(3):
        call()
    times, before, end = [], faults(), time.perf_counter() + seconds
    while len(times) < 7 or (time.perf_counter() < end and len(times) < 2000):
        start = time.perf_counter()
        for _ in range(inner):
            call()
        times.append((time.perf_counter() - start) / inner * 1e3)
    return dict(name=name, median_ms=statistics.median(times), min_ms=min(times), runs=len(times),
                faults=(faults() - before) / (len(times) * inner))


def mixed(index):
    """The mixing function of conformance/README.md, in [-1, 1)."""
    with np.errstate(over="ignore"):
        z = index + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return 2.0 * ((z >> np.uint64(11)).astype(np.float64) * 2.0**-53) - 1.0


def fill(shape, stream, scale, dtype):
    count = math.prod(shape)
    values = scale * mixed(np.arange(count, dtype=np.uint64) + np.uint64(stream << 32))
    return torch.from_numpy(values).reshape(shape).to(dtype)


def by_formula(model, dtype):
    """Gives every parameter its value by formula; no dropout, whose randomness no two libraries share."""
    model = model.to(dtype)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    with torch.no_grad():
        for k, (parameter_name, p) in enumerate(model.named_parameters()):
            if p.dim() > 1:
                p.copy_(fill(p.shape, 100 + k, math.sqrt(6 / math.prod(p.shape[1:])), dtype))
            elif parameter_name.endswith("weight"):
                p.copy_(1 + fill(p.shape, 100 + k, 0.1, dtype))
            else:
                p.copy_(fill(p.shape, 100 + k, 0.1, dtype))
    return model.train()


def losses(name, dtype, steps=5):
    """The first losses from weights and data by formula."""
    make, make_optimizer, shape, targets, classes = TRAINING[name]
    model = by_formula(make(), dtype)
    step = training_step(model, make_optimizer(model))
    found = []
    for t in range(steps):
        if classes == 65:
            x = (7 * torch.arange(math.prod(shape)) + t).remainder(classes).reshape(shape)
        else:
            x = fill(shape, 50 + t, 1.0, dtype)
        y = (7 * torch.arange(targets) + t).remainder(classes)
        found.append(step(x, y).item())
    return found


def both_losses(name):
    return dict(name=name, single=losses(name, torch.float32), double=losses(name, torch.float64))


def status(field):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(field + ":"))


def memory(name, steps=10):
    """Peak resident memory of a training step above that of the idle interpreter with torch loaded, in MiB."""
    idle = status("VmRSS")
    call = WORKLOADS[name][0]()
    for _ in range(2):
        call()
    before = faults()
    for _ in range(steps):
        call()
    return dict(name=name, idle_mib=idle, peak_mib=status("VmHWM") - idle, faults=(faults() - before) / steps)


def answer(result):
    print(json.dumps(result), flush=True)


def main():
    if options.list:
        print("\n".join(WORKLOADS))
    elif options.losses:
        answer(both_losses(options.losses))
    elif options.memory:
        answer(memory(options.memory))
    elif options.serve:
        peer, threads = f"PyTorch {torch.__version__}", torch.get_num_threads()
        answer(dict(ready=True, peer=peer, threads=threads, workloads=list(WORKLOADS)))
        for line in sys.stdin:
            request = json.loads(line)
            answer(measure(request["name"], request["seconds"]))
    else:
        for name in WORKLOADS:
            if options.only in name:
                answer(measure(name, options.seconds))


if __name__ == "__main__":
    main()
