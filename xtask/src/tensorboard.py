"""Reads back what plywood-train's example `tensorboard` wrote, and compares it with what that example meant."""
import math
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

root = pathlib.Path(sys.argv[1])
runs = {}
for folder in root.iterdir():
    runs[folder.name] = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0})
    runs[folder.name].Reload()
assert sorted(runs) == ["fast", "net", "slow"], runs

for name, lr in [("slow", 0.05), ("fast", 0.2)]:
    run = runs[name]
    loss = run.Scalars("loss")
    assert [s.step for s in loss] == list(range(100))
    assert all(math.isclose(s.value, math.exp(-lr * s.step), rel_tol=1e-6) for s in loss)
    histograms = run.Histograms("weights")
    assert [h.step for h in histograms] == list(range(0, 100, 10))
    for h in (h.histogram_value for h in histograms):
        assert h.num == 1000 and sum(h.bucket) == 1000 and len(h.bucket) == len(h.bucket_limit) == 40
        assert h.bucket_limit[-1] == h.max and list(h.bucket_limit) == sorted(h.bucket_limit) and h.min < h.sum / h.num < h.max
    content = lambda tag: plugin_data_pb2.HParamsPluginData.FromString(
        run.summary_metadata["_hparams_/" + tag].plugin_data.content)
    settings = content("session_start_info").session_start_info.hparams
    assert settings["lr"].number_value == lr and settings["optimizer"].string_value == "adam"
    assert settings["nesterov"].bool_value is False
    assert [m.name.tag for m in content("experiment").experiment.metric_infos] == ["final loss"]
    assert content("session_end_info").session_end_info.status == 1
    assert math.isclose(run.Scalars("final loss")[0].value, math.exp(-lr * 99), rel_tol=1e-6)

net = runs["net"]
text = net.Tensors("notes")[0].tensor_proto
assert text.dtype == 7 and text.string_val[0].startswith(b"A *small* network")
image = net.Images("waves")[0]
assert (image.width, image.height) == (32, 32) and image.encoded_image_string.startswith(b"\x89PNG\r\n\x1a\n")
nodes = {n.name: n for n in net.Graph().node}
assert {"hidden/weight", "hidden/bias", "output/weight", "output/bias"} < set(nodes), nodes
assert len(nodes) == len(net.Graph().node), "each node has a name of its own"
assert {n.op: name.rsplit("_", 1)[0] for name, n in nodes.items()}["linear"] in ("hidden/linear", "output/linear"), nodes
assert all(i in nodes for n in nodes.values() for i in n.input)
shape = nodes["hidden/weight"].attr["_output_shapes"].list.shape[0]
assert [d.size for d in shape.dim] == [16, 8]

config = (root / "net" / "projector_config.pbtxt").read_text()
assert 'tensor_name: "three groups"' in config and config.count("single_image_dim: 8") == 2
rows = (root / "net" / "three_groups-tensors.tsv").read_text().splitlines()
assert len(rows) == 60 and all(len(row.split("\t")) == 5 for row in rows)
assert len((root / "net" / "three_groups-metadata.tsv").read_text().splitlines()) == 60
print("TensorBoard reads back what was written: scalars, histograms, hyper-parameters, text, image, graph, embedding")
