"""PyTorch's DataLoader with torchvision's transforms: the peer of `cargo run --release -p plywood-data --example loader`.

    python loader.py [--images N]     one JSON object a line: name, workers, images_per_second, cpu_us_per_image

Sets of random bytes in the shapes of MNIST (60,000 of 28x28) and CIFAR-10 (50,000 of 3x32x32), read as torchvision's own
data sets do (a PIL image a sample), with the usual augmentations, batches of 128 in random order. Each is measured without
workers and with two; compare with the better one. Needs torch, torchvision, numpy and pillow.
"""

import argparse
import json
import resource
import time

import numpy as np
import torch
import torchvision.transforms as T
from PIL import Image
from torch.utils.data import DataLoader, Dataset

parser = argparse.ArgumentParser()
parser.add_argument("--images", type=int, default=50_000, help="how many of each set an epoch draws")
options = parser.parse_args()

torch.set_num_threads(2)


class Pictures(Dataset):
    """As torchvision.datasets.MNIST and CIFAR10: an array in memory, a PIL image a sample, then the transform."""

    def __init__(self, shape, transform):
        self.data = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        self.targets = [i % 10 for i in range(shape[0])]
        self.transform = transform

    def __len__(self):
        return min(len(self.data), options.images)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.data[index])), self.targets[index]


SETS = {
    "mnist": Pictures(
        (60_000, 28, 28), T.Compose([T.RandomCrop(28, padding=2), T.ToTensor(), T.Normalize((0.1307,), (0.3081,))])
    ),
    "cifar": Pictures(
        (50_000, 32, 32, 3),
        T.Compose(
            [
                T.RandomCrop(32, padding=4),
                T.RandomHorizontalFlip(),
                T.ToTensor(),
                T.Normalize((0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)),
            ]
        ),
    ),
}


def cpu_seconds():
    """Of this process and of the workers that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    for name, pictures in SETS.items():
        for workers in (0, 2):
            loader = DataLoader(pictures, batch_size=128, shuffle=True, num_workers=workers)
            cpu, start, seen = cpu_seconds(), time.perf_counter(), 0
            for images, labels in loader:
                seen += len(labels)
            seconds, cpu = time.perf_counter() - start, cpu_seconds() - cpu
            result = {"name": f"loader/{name}", "workers": workers, "images_per_second": round(seen / seconds)}
            print(json.dumps(result | {"cpu_us_per_image": round(1e6 * cpu / seen, 2)}), flush=True)
