#!/usr/bin/env python3
"""Trains the notebook's model on the notebook's corpus and lays its curve beside Keras's.

    notebook_curve.py BINARY TEXT CURVE.csv OUT [--seeds 1,2,3] [--epochs 80]

BINARY is `hornpipe`; TEXT the notebook's corpus; CURVE.csv has the columns epoch, loss_last,
accuracy_last, loss_mean, accuracy_mean; OUT is a folder for the runs. A run already finished in
OUT is not repeated. Exits 1 if the mean over the seeds of the epoch-mean loss is further from the
curve than 0.02 at epochs 20, 40, 60, 80 or 0.05 at 10, or if a first batch is further than 0.01
from ln V. The standard error printed beside each figure tells how far chance alone goes with so
many seeds. Only the standard library.
"""

import argparse
import csv
import json
import math
import pathlib
import statistics
import subprocess
import sys

LIMITS = {10: 0.05, 20: 0.02, 40: 0.02, 60: 0.02, 80: 0.02}


def run(binary, text, folder, seed, epochs):
    if not (folder / "samples" / f"epoch-{epochs:04}.abc").exists():
        flags = ["--preset", "notebook", "--seed", str(seed), "--epochs", str(epochs)]
        flags += ["--log-batches", "--quiet", "--out", str(folder)]
        subprocess.run([binary, "train", text, *flags], check=True)
    log = list(csv.DictReader((folder / "log.csv").open()))
    first = float(next(csv.DictReader((folder / "batches.csv").open()))["Loss"])
    symbols = len(json.loads((folder / "char_to_index.json").read_text()))
    return log, first, symbols


def main():
    parser = argparse.ArgumentParser()
    for name in ["binary", "text", "curve", "out"]:
        parser.add_argument(name)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--epochs", type=int, default=80)
    args = parser.parse_args()
    seeds = [int(seed) for seed in args.seeds.split(",")]
    out = pathlib.Path(args.out)
    runs = [run(args.binary, args.text, out / f"seed-{s}", s, args.epochs) for s in seeds]
    keras = {int(row["epoch"]): row for row in csv.DictReader(open(args.curve))}

    failed = False
    for seed, (_, first, symbols) in zip(seeds, runs):
        off = first - math.log(symbols)
        failed |= abs(off) > 0.01
        print(f"seed {seed}: first batch {first:.4f}, ln {symbols} {math.log(symbols):.4f}, {off:+.4f}")
    print("\n| epoch | Keras |" + "".join(f" {s} |" for s in seeds) + " mean | spread | off |")
    print("|---|---|" + "---|" * (len(seeds) + 3))
    for epoch in [1, 10, 20, 40, 60, 80]:
        if epoch > args.epochs:
            continue
        rows = [log[epoch - 1] for log, _, _ in runs]
        losses = [float(row["mean_loss"]) for row in rows]
        accuracies = [float(row["mean_accuracy"]) for row in rows]
        mean, accuracy = statistics.mean(losses), statistics.mean(accuracies)
        spread = statistics.stdev(losses) if len(losses) > 1 else math.nan
        error = spread / math.sqrt(len(losses))
        off = mean - float(keras[epoch]["loss_mean"])
        failed |= abs(off) > LIMITS.get(epoch, math.inf)
        cells = [f"{float(keras[epoch]['loss_mean']):.4f} {float(keras[epoch]['accuracy_mean']):.4f}"]
        cells += [f"{l:.4f} {a:.4f}" for l, a in zip(losses, accuracies)]
        cells += [f"{mean:.4f} {accuracy:.4f}", f"{spread:.3f}", f"{off:+.4f} ± {error:.3f}"]
        print(f"| {epoch} | " + " | ".join(cells) + " |")
    sys.exit(failed)


if __name__ == "__main__":
    main()
