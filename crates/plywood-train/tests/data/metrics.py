"""Makes metrics.json: scikit-learn's figures on fixed cases (scikit-learn 1.9, NumPy 2.4)."""
import json, pathlib
import numpy as np
from sklearn import metrics as m

rng = np.random.default_rng(20)
cases = []
for n, c in [(1, 2), (7, 3), (200, 5), (64, 10)]:
    logits = np.round(rng.normal(0, 2, (n, c)), 3)
    truth = rng.integers(0, c, n)
    truth[: n // 2] = logits.argmax(1)[: n // 2]
    if (n, c) == (64, 10):
        truth[truth == 4] = 5  # a class that is never true
    predicted = logits.argmax(1)
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    expected = {"accuracy": m.accuracy_score(truth, predicted),
                "log loss": m.log_loss(truth, p, labels=range(c)),
                "top-2 accuracy": 1.0 if c == 2 else m.top_k_accuracy_score(truth, p, k=2, labels=range(c))}
    for average in ["micro", "macro", "weighted"]:
        kw = dict(average=average, zero_division=0)
        expected[average + " precision"] = m.precision_score(truth, predicted, **kw)
        expected[average + " recall"] = m.recall_score(truth, predicted, **kw)
        expected[average + " F1"] = m.f1_score(truth, predicted, **kw)
    cases.append({"kind": "classes", "columns": c, "output": logits.ravel().tolist(), "target": truth.tolist(),
                  "expected": expected,
                  "confusion": m.confusion_matrix(truth, predicted, labels=range(c)).ravel().tolist()})
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
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases, ensure_ascii=False) + "\n")
