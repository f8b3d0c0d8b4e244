"""ResNet-20 on CIFAR-10 (JPEG) in PyTorch, by the recipe of `examples/resnet_cifar.rs`.

    python benchmarks/torch/resnet_cifar.py --data DIR [--epochs 24] [--threads 2] [--seed 0]

Prints the same figures an epoch, so that the two can be laid side by side: what the recipe reaches, and whether it is the
library that is in the way. Needs torch, numpy and pillow.
"""

import argparse
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

PEAK, BATCH = 0.15, 128


def load(folder):
    """All pictures `[n, 3, 32, 32]` of a folder, between 0 and 1, and their classes."""
    classes = sorted(path for path in folder.iterdir() if path.is_dir())
    files = [(path, i) for i, name in enumerate(classes) for path in sorted(name.iterdir())]
    pixels = np.stack([np.asarray(Image.open(path).convert("RGB")) for path, _ in files])
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    return images, torch.tensor([i for _, i in files])


class Block(nn.Module):
    """Two convolutions beside a shortcut without parameters (option A)."""

    def __init__(self, inputs, width):
        super().__init__()
        self.grows = (width - inputs) // 2
        stride = 2 if self.grows else 1
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.grows:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.grows, self.grows))
        return F.relu(x + y)


def resnet20(classes):
    widths = [16, 16, 16, 16, 32, 32, 32, 64, 64, 64]
    blocks = [Block(inputs, width) for inputs, width in zip(widths, widths[1:])]
    first = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    network = nn.Sequential(*first, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes))
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return network


def shifted(images):
    """Each moved by up to four pixels, every other mirrored."""
    n, side = len(images), images.shape[-1]
    padded = F.pad(images, (4, 4, 4, 4))
    rows, columns = (torch.randint(0, 9, (n, 1)) + torch.arange(side) for _ in range(2))
    columns = torch.where(torch.rand(n, 1) < 0.5, columns.flip(1), columns)
    channels = torch.arange(3)[None, :, None, None]
    return padded[torch.arange(n)[:, None, None, None], channels, rows[:, None, :, None], columns[:, None, None, :]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)

    (x, y), (test_x, test_y) = load(args.data / "train"), load(args.data / "test")
    mean, deviation = (statistic(x, (0, 2, 3), keepdim=True) for statistic in (torch.mean, torch.std))
    x, test_x = (x - mean) / deviation, (test_x - mean) / deviation
    network = resnet20(int(y.max()) + 1)
    optimizer = torch.optim.SGD(network.parameters(), PEAK, momentum=0.9, nesterov=True, weight_decay=5e-4)
    steps = len(x) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK, args.epochs * steps, cycle_momentum=False)

    for epoch in range(1, args.epochs + 1):
        start, losses, right = time.time(), 0.0, 0
        network.train()
        order = torch.randperm(len(x))
        for chosen in order[: steps * BATCH].split(BATCH):
            scores = network(shifted(x[chosen]))
            loss = F.cross_entropy(scores, y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses += loss.item()
            right += (scores.argmax(1) == y[chosen]).sum().item()
        network.eval()
        with torch.no_grad():
            tested = sum((network(a).argmax(1) == b).sum().item() for a, b in zip(test_x.split(500), test_y.split(500)))
        print(
            f"epoch {epoch:2}: loss {losses / steps:.3f}, accuracy {100 * right / (steps * BATCH):.2f} %, "
            f"on test pictures {100 * tested / len(test_x):.2f} %; {time.time() - start:.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
