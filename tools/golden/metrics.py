#!/usr/bin/env python3
"""Make tests/golden/metrics.json: what scikit-learn says about random and awkward predictions.

A case: classes K, targets, predictions (equal length, 0 … K−1), and the metrics over ALL K classes with 0/0 = 0:
accuracy, weighted and macro precision, recall and F1, per-class values with support, confusion[target][prediction].
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

OUT = Path(__file__).resolve().parents[2] / "tests" / "golden" / "metrics.json"


def case(name, classes, targets, predictions):
    targets, predictions = np.asarray(targets, int), np.asarray(predictions, int)
    labels = np.arange(classes)
    result = {"name": name, "classes": classes, "targets": targets.tolist(), "predictions": predictions.tolist(),
              "accuracy": float(accuracy_score(targets, predictions)),
              "confusion": confusion_matrix(targets, predictions, labels=labels).tolist()}
    for average in ("weighted", "macro", None):
        precision, recall, f1, support = precision_recall_fscore_support(
            targets, predictions, labels=labels, average=average, zero_division=0)
        values = {"precision": precision, "recall": recall, "f1": f1}
        if average is None:
            values["support"] = support
        result[average or "per_class"] = {key: np.asarray(value).tolist() for key, value in values.items()}
    return result


def random_case(random, name, classes, posts, skill, present=None):
    """Targets drawn unevenly among the classes present; predictions right with probability `skill`."""
    present = np.asarray(range(classes) if present is None else present)
    shares = random.dirichlet(np.ones(len(present)))
    targets = random.choice(present, posts, p=shares)
    right = random.random(posts) < skill
    return case(name, classes, targets, np.where(right, targets, random.integers(0, classes, posts)))


def main():
    warnings.simplefilter("ignore")
    random = np.random.default_rng(20)
    cases = [random_case(random, f"random {classes} classes, {posts} posts", classes, posts, skill)
             for classes, posts, skill in ((2, 40, 0.7), (3, 120, 0.5), (4, 200, 0.6), (7, 90, 0.4), (12, 60, 0.2))]
    cases += [
        random_case(random, "two of five classes never occur among the targets", 5, 50, 0.5, present=[0, 2, 3]),
        case("a class neither occurs nor is predicted", 4, [0, 1, 1, 3, 3, 3], [0, 1, 3, 3, 3, 0]),
        case("a class occurs but is never predicted", 3, [0, 1, 2, 2, 1, 0], [0, 1, 0, 1, 1, 0]),
        case("a class is predicted but never occurs", 3, [0, 1, 1, 0], [0, 2, 1, 2]),
        case("all right", 3, [0, 1, 2, 1], [0, 1, 2, 1]),
        case("all wrong", 2, [0, 1, 0, 1, 1], [1, 0, 1, 0, 0]),
        case("everything predicted as one class", 3, [0, 0, 1, 1, 1, 2], [1, 1, 1, 1, 1, 1]),
        case("one post, right", 2, [1], [1]),
        case("one post, wrong", 3, [2], [0]),
    ]
    text = ",\n".join(json.dumps(item, separators=(",", ":")) for item in cases)
    OUT.write_text(f'{{"cases":[\n{text}\n]}}\n')
    print(f"{OUT}: {len(cases)} cases, {OUT.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
