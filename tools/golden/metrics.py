#!/usr/bin/env python3
"""Make tests/golden/metrics.json: what scikit-learn says about random and awkward predictions.

A case: classes K, targets, predictions (equal length, 0 … K−1), and the metrics over ALL K classes with 0/0 = 0:
accuracy, weighted and macro precision, recall and F1, per-class values with support, confusion[target][prediction].
A case of several labels a post has lists of labels instead of K classes, subset accuracy, and micro and samples, too.
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


def label_case(name, labels, targets, predictions):
    """targets, predictions: [posts][labels] of 0 and 1."""
    targets, predictions = np.asarray(targets, int).reshape(-1, labels), np.asarray(predictions, int).reshape(-1, labels)
    result = {"name": name, "classes": labels, "targets": targets.tolist(), "predictions": predictions.tolist(),
              "accuracy": float(accuracy_score(targets, predictions))}
    for average in ("weighted", "macro", "micro", "samples", None):
        precision, recall, f1, support = precision_recall_fscore_support(
            targets, predictions, average=average, zero_division=0)
        values = {"precision": precision, "recall": recall, "f1": f1}
        if average is None:
            values["support"] = support
        result[average or "per_class"] = {key: np.asarray(value).tolist() for key, value in values.items()}
    return result


def random_labels(random, name, labels, posts, skill, absent=()):
    """Each label with a rate of its own, those of `absent` never; predictions right with probability `skill`."""
    targets = (random.random((posts, labels)) < random.uniform(0.05, 0.6, labels)).astype(int)
    targets[:, list(absent)] = 0
    wrong = random.random((posts, labels)) >= skill
    return label_case(name, labels, targets, np.where(wrong, 1 - targets, targets))


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
    several = [random_labels(random, f"random {labels} labels, {posts} posts", labels, posts, skill)
               for labels, posts, skill in ((2, 40, 0.7), (3, 60, 0.5), (5, 80, 0.8), (9, 30, 0.6))]
    several += [
        random_labels(random, "labels that no post has, one of them predicted", 4, 30, 0.6, absent=[1, 3]),
        label_case("a label neither occurs nor is predicted", 3, [[1, 0, 0], [0, 1, 0], [1, 1, 0]],
                   [[1, 0, 0], [1, 1, 0], [0, 1, 0]]),
        label_case("posts without a label, and without a prediction", 2, [[0, 0], [0, 0], [1, 0], [0, 1]],
                   [[0, 0], [1, 0], [0, 0], [0, 1]]),
        label_case("no labels at all", 3, [[0, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0]]),
        label_case("all right", 2, [[1, 1], [0, 1], [1, 0]], [[1, 1], [0, 1], [1, 0]]),
        label_case("all wrong", 2, [[1, 1], [0, 1], [1, 0]], [[0, 0], [1, 0], [0, 1]]),
        label_case("one post", 3, [[1, 0, 1]], [[1, 1, 0]]),
    ]
    text, more = (",\n".join(json.dumps(item, separators=(",", ":")) for item in items) for items in (cases, several))
    OUT.write_text(f'{{"cases":[\n{text}\n],"several_labels":[\n{more}\n]}}\n')
    print(f"{OUT}: {len(cases)} + {len(several)} cases, {OUT.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
