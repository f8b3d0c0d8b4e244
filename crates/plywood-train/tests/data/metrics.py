"""Makes metrics.json: scikit-learn's figures on fixed cases (scikit-learn 1.9, NumPy 2.4)."""
import json, math, pathlib
import numpy as np
from sklearn import metrics as m

rng = np.random.default_rng(20)
cases = []


def classes(columns, output, truth, predicted, p, **more):
    labels = range(p.shape[1])
    expected = {"accuracy": m.accuracy_score(truth, predicted), "log loss": m.log_loss(truth, p, labels=labels)} | more
    for average in ["micro", "macro", "weighted"]:
        kw = dict(average=average, zero_division=0)
        expected[average + " precision"] = m.precision_score(truth, predicted, **kw)
        expected[average + " recall"] = m.recall_score(truth, predicted, **kw)
        expected[average + " F1"] = m.f1_score(truth, predicted, **kw)
    expected["perplexity"] = math.exp(expected["log loss"])
    confusion = m.confusion_matrix(truth, predicted, labels=labels).ravel().tolist()
    cases.append({"kind": "classes", "columns": columns, "output": output.ravel().tolist(), "target": truth.tolist(),
                  "expected": expected, "confusion": confusion})


for n, c in [(1, 2), (7, 3), (200, 5), (64, 10)]:
    logits = np.round(rng.normal(0, 2, (n, c)), 3)
    truth = rng.integers(0, c, n)
    truth[: n // 2] = logits.argmax(1)[: n // 2]
    if (n, c) == (64, 10):
        truth[truth == 4] = 5  # a class that is never true
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    top = {f"top-{k} accuracy": m.top_k_accuracy_score(truth, p, k=k, labels=range(c)) for k in [2, 3] if k < c}
    classes(c, logits, truth, logits.argmax(1), p, **top)
for n, decimals in [(2, 3), (50, 1), (300, 3)]:
    scores = np.round(rng.normal(0, 1, n), decimals)  # one decimal makes many ties
    truth = (scores + rng.normal(0, 1, n) > 0.3).astype(int)
    truth[:2] = [0, 1]
    cases.append({"kind": "ranking", "columns": 1, "output": scores.tolist(), "target": truth.tolist(),
                  "expected": {"ROC-AUC": m.roc_auc_score(truth, scores),
                               "PR-AUC": m.average_precision_score(truth, scores)}})
for n, offset in [(2, 0), (40, 5), (100, 1000)]:
    truth = np.round(rng.normal(offset, 3, n), 3)
    output = np.round(truth + rng.normal(0, 1, n), 3)
    cases.append({"kind": "regression", "columns": 1, "output": output.tolist(), "target": truth.tolist(),
                  "expected": {"MSE": m.mean_squared_error(truth, output), "MAE": m.mean_absolute_error(truth, output),
                               "R²": m.r2_score(truth, output)}})
for n, offset in [(60, 0), (40, 1)]:  # one logit, of class 1 against class 0
    logits = np.round(rng.normal(offset, 2, n), 3)
    truth = (logits + rng.normal(0, 1.5, n) > 0.5).astype(int)
    p = 1 / (1 + np.exp(-logits))
    classes(1, logits, truth, (logits > 0).astype(int), np.stack([1 - p, p], 1))
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases, ensure_ascii=False) + "\n")
