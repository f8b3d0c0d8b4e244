"""Makes saved.pt: a checkpoint of every kind of number, of views and ties, as PyTorch 2 itself saves it."""
import pathlib
import torch

thirds = torch.arange(6, dtype=torch.float32).reshape(2, 3) / 3
whole = torch.arange(-3, 3)
state = {
    "f64": thirds.double(), "f32": thirds, "f16": thirds.half(), "bf16": thirds.bfloat16(),
    "f16.extreme": torch.tensor([float("inf"), -float("inf"), 6e-8, -0.0, 65504.0, 6.1e-5], dtype=torch.float16),
    "i64": whole, "i32": whole.int(), "i16": whole.short(), "i8": whole.char(), "u8": (whole + 253).byte(),
    "bool": torch.tensor([True, False]),
    "transposed": thirds.t(), "columns": thirds[:, 1:], "scalar": torch.tensor(2.5), "empty": torch.empty(0, 3),
    "parameter": torch.nn.Parameter(thirds),
}
deep = (1, (2, (3, (4, (5, (6, (7, (8, (9, (10,))))))))))
checkpoint = {"epoch": 3, "model": state, "rest": {"deep": deep, "none": None, "list": [1.5, "text"], 7: {"x": thirds}}}
torch.save(checkpoint, pathlib.Path(__file__).with_suffix(".pt"))
