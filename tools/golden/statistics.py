#!/usr/bin/env python3
"""Make tests/golden/statistics.json: the paired bootstrap of framework/sweep/statistics.h, written a second time.

A case: targets, the predictions of each system (one list a seed), and for each metric what scikit-learn scores say about
the same 150 resamples (drawn here by an own Philox4x32-10): mean and sd over seeds, 95 % intervals, difference to the
first system, p. `scipy`: the interval of the difference of two single runs by scipy.stats.bootstrap, an own draw, hence
only near.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from scipy.stats import bootstrap
from sklearn.metrics import accuracy_score, f1_score

OUT = Path(__file__).resolve().parents[2] / "tests" / "golden" / "statistics.json"
MASK = 0xFFFFFFFF


def philox(key, counter):
    """Philox4x32-10 (Salmon et al., SC 2011), from the paper's equations."""
    (k0, k1), c = key, list(counter)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k0, b & MASK, (a >> 32) ^ c[3] ^ k1, a & MASK]
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return c


def draw(seed, resample, stream, n):
    key, size, items = (seed & MASK, seed >> 32), n if stream == 1 else 0, []
    for block in range((n + 1) // 2):
        bits = philox(key, (resample, block, stream, size))
        items += [((bits[0] << 32 | bits[1]) * n) >> 64, ((bits[2] << 32 | bits[3]) * n) >> 64]
    return np.array(items[:n])


def metric(name, classes):
    if name == "accuracy":
        return accuracy_score
    return lambda t, p: f1_score(t, p, labels=range(classes), average=name[3:], zero_division=0)


def expected(name, classes, targets, systems, seed, resamples):
    score = metric(name, classes)
    runs = [[score(targets, p) for p in system] for system in systems]
    scores = np.zeros((len(systems), resamples))
    for r in range(resamples):
        posts = draw(seed, r, 0, len(targets))
        for s, system in enumerate(systems):
            values = [score(targets[posts], p[posts]) for p in system]
            scores[s, r] = np.mean([values[k] for k in draw(seed, r, 1, len(system))])
    result = []
    for s, own in enumerate(runs):
        difference = np.mean(own) - np.mean(runs[0])
        d = scores[s] - scores[0]
        count = int(np.sum(np.abs(d - d.mean()) >= abs(difference) - 1e-12))
        result.append({
            "mean": float(np.mean(own)), "sd": float(np.std(own, ddof=1)) if len(own) > 1 else None,
            "interval": np.quantile(scores[s], [0.025, 0.975]).tolist(), "difference": float(difference),
            "difference_interval": np.quantile(d, [0.025, 0.975]).tolist(), "p": (count + 1) / (resamples + 1)})
    return result


def scipy_interval(name, classes, targets, a, b):
    score = metric(name, classes)
    found = bootstrap((targets, a, b), lambda t, x, y: score(t, y) - score(t, x), paired=True, vectorized=False,
                      n_resamples=4000, method="percentile", random_state=np.random.default_rng(7))
    return [float(found.confidence_interval.low), float(found.confidence_interval.high)]


def main():
    warnings.simplefilter("ignore")
    random = np.random.default_rng(11)
    cases = []
    for classes, posts, skills, seeds in ((3, 61, (0.6, 0.75), (3, 3)), (4, 90, (0.5, 0.5, 0.7), (2, 3, 1))):
        targets = random.choice(classes, posts, p=random.dirichlet(np.ones(classes) * 3))
        systems = []
        for skill, n in zip(skills, seeds):
            base = random.random(posts)  # posts are easy or hard for all seeds alike
            systems.append([np.where(0.6 * base + 0.4 * random.random(posts) < skill * 0.9, targets,
                                     random.integers(0, classes, posts)) for _ in range(n)])
        seed, resamples = 12345 + (classes << 33), 150
        cases.append({
            "classes": classes, "seed": seed, "resamples": resamples, "targets": targets.tolist(),
            "systems": [[p.tolist() for p in system] for system in systems],
            "metrics": {name: expected(name, classes, targets, systems, seed, resamples)
                        for name in ("accuracy", "f1_weighted", "f1_macro")},
            "scipy": {name: scipy_interval(name, classes, targets, systems[0][0], systems[-1][0])
                      for name in ("f1_weighted", "f1_macro")}})
    text = ",\n".join(json.dumps(item, separators=(",", ":")) for item in cases)
    OUT.write_text(f'{{"cases":[\n{text}\n]}}\n')
    print(f"{OUT}: {OUT.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
