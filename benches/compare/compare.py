#!/usr/bin/env python3
"""Runs hornpipe and its peers side by side and prints one markdown table.

    cargo build --release
    python benches/compare/compare.py --torch-python VENV/bin/python
                                      [--jax-python ...] [--keras-python ...]
                                      [--candle .../candle-lstm] [--rounds 5]

First all must give the same loss for the same weights and window, or nothing is timed. Then, in
turns and several rounds: training steps of the notebook's model, writing, time to the first
character, memory. Every measurement is a process of its own that waits for the machine to be idle;
figures are medians over the rounds, and a ratio is the median of the rounds' ratios, with the
lowest and highest. Writes only into a temporary folder. This file needs the standard library
alone: the peak memory of a process starts at that of the one that began it, so that one is small.
"""

import argparse
import collections
import csv
import json
import os
import pathlib
import platform
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BATCH, STEPS, VOCAB, CHARACTERS = 16, 64, 87, 155_000
# f32 sums over 1,024 samples in different orders; measured below 1e-6
LOSS_TOLERANCE = 1e-5
SYMBOLS = [chr(ord("!") + i) for i in range(VOCAB)]  # no line break: no tune ends by itself
SHORT, LONG = 1_000, {1: 41_000, 64: 3_500}  # characters a stream
PYTHON_PEERS = {"torch": "PyTorch", "jax": "JAX", "keras": "Keras"}
WRITERS = ["hornpipe", "PyTorch", "candle"]  # the others only train
ROUNDERS = ["hornpipe", "PyTorch"]  # train in bf16, too


def run(command):
    """Standard output of a command, its peak memory in MiB and its seconds."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            err.seek(0)
            message = err.read().decode(errors="replace")
            called = " ".join(map(str, command))
            sys.exit(f"{message}\nfailed with {process.returncode}: {called}")
        out.seek(0)
        unit = 2**20 if sys.platform == "darwin" else 2**10
        return out.read().decode(), usage.ru_maxrss / unit, seconds


class Idle:
    """Waits before a measurement until nobody else uses the machine, and counts the vain waits."""

    def __init__(self, patience):
        self.patience, self.vain = patience, 0

    @staticmethod
    def busy(seconds=0.5):
        """Cores in use by everybody, over a moment; 0 where the system does not tell."""
        def ticks():
            try:
                with open("/proc/stat") as file:
                    numbers = [int(word) for word in file.readline().split()[1:9]]
            except OSError:
                return 0
            return sum(numbers) - sum(numbers[3:5])  # all but idle and waiting
        before = ticks()
        time.sleep(seconds)
        return (ticks() - before) / os.sysconf("SC_CLK_TCK") / seconds

    def wait(self):
        until = time.monotonic() + self.patience
        while self.busy() > 0.15:
            if time.monotonic() > until:
                self.vain += 1
                return


def made_up_text(path):
    """Four symbols in ten follow from the one before, the rest is drawn: something to learn, with
    the notebook's skew of about 60 distinct symbols in a window of 1,024. Returns that number."""
    rng = random.Random(1)
    weights = [1 / (rank + 1) ** 1.4 for rank in range(VOCAB)]
    successor = rng.choices(range(VOCAB), weights, k=VOCAB)
    drawn = rng.choices(range(VOCAB), weights, k=CHARACTERS)
    symbols = list(range(VOCAB))  # all at least once
    while len(symbols) < CHARACTERS:
        follows = rng.random() < 0.4
        symbols.append(successor[symbols[-1]] if follows else drawn[len(symbols)])
    path.write_text("".join(SYMBOLS[symbol] for symbol in symbols), encoding="utf-8")
    samples = BATCH * STEPS
    windows = [symbols[at:at + samples] for at in range(0, CHARACTERS - samples, samples)]
    return statistics.mean(len(set(window)) for window in windows)


def write_batch(path, text):
    """x and y (B, T), I64, as a .safetensors file: the first window of training."""
    text = text.read_text(encoding="utf-8")
    length = len(text) // BATCH
    header, data = {}, b""
    for name, shift in [("x", 0), ("y", 1)]:
        rows = [text[row * length + shift:][:STEPS] for row in range(BATCH)]
        numbers = [SYMBOLS.index(symbol) for symbol in "".join(rows)]
        begin = len(data)
        data += struct.pack(f"<{len(numbers)}q", *numbers)
        header[name] = {"dtype": "I64", "shape": [BATCH, STEPS], "data_offsets": [begin, len(data)]}
    header = json.dumps(header).encode()
    header += b" " * (-len(header) % 8)
    path.write_bytes(struct.pack("<Q", len(header)) + header + data)


class Hornpipe:
    name = "hornpipe"

    def __init__(self, binary, folder):
        self.binary, self.folder, self.runs = binary, folder, 0
        self.versions = run([binary, "--version"])[0].strip()

    def train_run(self, text, threads, epochs, precision="f32"):
        self.runs += 1
        out = self.folder / f"run-{self.runs}"
        flags = ["--activation", "sigmoid", "--validation", 0, "--quiet", "--out", out]
        flags += ["--precision", precision]
        flags += ["--epochs", epochs, "--threads", threads, "--batch", BATCH, "--steps", STEPS]
        return out, run([self.binary, "train", text, *flags])[1]

    def make_model(self, text, path):
        out, _ = self.train_run(text, 2, 1)
        run([self.binary, "export", out, "-o", path, "--quiet"])

    def loss(self, model, batch):
        flags = ["--model", model, "--batch", batch, "-o", self.folder / "gradients"]
        answer = run([self.binary, "gradients", *flags, "--precision", "f32"])[0]
        return float(answer.split("loss ")[1].split(",")[0])

    def train(self, text, threads, epochs, *precision):
        """Milliseconds of a batch, the first epoch left out, and the peak memory in MiB."""
        out, memory = self.train_run(text, threads, epochs, *precision)
        with open(out / "timing.csv", newline="") as file:
            seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
        length = CHARACTERS // BATCH
        batches = -(-(length - STEPS) // STEPS)
        return 1e3 * statistics.mean(seconds[1:]) / batches, memory

    def generate_command(self, model, threads, streams, characters):
        flags = ["--threads", threads, "--quiet", "-n", streams, "--max-length", characters]
        return [self.binary, "generate", model, *flags]

    def generate(self, model, threads, streams):
        """Characters per second: what a longer run takes more than a shorter one, so that neither
        the start of the process nor the unheard tune counts; medians of three runs, as the disk
        may be slow to take a file."""
        seconds = []
        for length in [SHORT, LONG[streams]]:
            out = self.folder / "tunes"
            command = self.generate_command(model, threads, streams, length)
            seconds.append(statistics.median(run([*command, "-o", out])[2] for _ in range(3)))
            lines = out.read_text().splitlines(keepends=True)
            comments = ("% hornpipe ", "% seed ")  # what made the tune
            lengths = [len(line) for line in lines if not line.startswith(comments)]
            written = sum(lengths) - 2 * streams  # each ends in a blank line
            assert written == streams * length, f"{written} characters for {streams} of {length}"
        return streams * (LONG[streams] - SHORT) / (seconds[1] - seconds[0])

    def first_character(self, model):
        """Milliseconds from the start of the process to its first character."""
        begin = time.perf_counter()
        command = [str(part) for part in self.generate_command(model, 1, 1, SHORT)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            process.stdout.read(1)
            return 1e3 * (time.perf_counter() - begin)


class Peer:
    def __init__(self, name, *command):
        self.name, self.command, self.versions = name, command, None

    def ask(self, *arguments):
        out, memory, _ = run([*self.command, *arguments])
        answer = json.loads(out.splitlines()[-1])
        self.versions = answer["versions"]
        return answer, memory

    def loss(self, model, batch):
        return self.ask("loss", model, batch)[0]["loss"]

    def train(self, text, threads, batches, *precision):
        answer, memory = self.ask("train", text, threads, batches, *precision)
        return 1e3 * answer["seconds"], memory

    def generate(self, model, threads, streams, *kind):
        steps = {1: 10_000, 64: 1_000}[streams]
        answer, _ = self.ask("generate", model, threads, streams, steps, *kind)
        return answer["characters_per_second"]

    def first_character(self, model):
        begin = time.time()
        return 1e3 * (self.ask("generate", model, 1, 1, 1)[0]["first_at"] - begin)


def same_loss(ours, peers, model, batch):
    """Exits if a peer's loss is not ours."""
    reference = ours.loss(model, batch)
    print(f"loss of one window of {BATCH} x {STEPS}, the same weights (at most {LOSS_TOLERANCE} "
          f"apart, relatively):\n  {ours.name:8} {reference:.9f}")
    for peer in peers:
        loss = peer.loss(model, batch)
        apart = abs(loss - reference) / reference
        print(f"  {peer.name:8} {loss:.9f}  {apart:.1e} apart", flush=True)
        if not apart <= LOSS_TOLERANCE:
            sys.exit(f"{peer.name} computes something else: nothing to compare")


class Table:
    """Figures of every round, by what was measured and whose."""

    def __init__(self):
        self.rows = collections.defaultdict(lambda: collections.defaultdict(list))

    def note(self, what, who, value):
        self.rows[what][who].append(value)
        print(f"  {what}: {who} {value:.4g}", file=sys.stderr, flush=True)

    def markdown(self, ours, peers):
        names = [peer.name for peer in peers]
        lines = ["| | hornpipe |" + "".join(f" {name} | ratio (lowest - highest) |"
                                            for name in names)]
        lines.append("|---|---:|" + "---:|---:|" * len(names))
        for what, figures in self.rows.items():
            mine = figures[ours.name]
            if not any(name in figures for name in names):
                continue  # nobody to compare with
            line = f"| {what} | {number(statistics.median(mine))} |"
            for name in names:
                theirs = figures.get(name)
                if theirs is None:
                    line += " - | - |"
                    continue
                # above 1: hornpipe is the better one
                more = what.startswith("writing")
                ratios = [a / b if more else b / a for a, b in zip(mine, theirs)]
                low, mid, high = min(ratios), statistics.median(ratios), max(ratios)
                median = number(statistics.median(theirs))
                line += f" {median} | {mid:.2f} ({low:.2f} - {high:.2f}) |"
            lines.append(line)
        return "\n".join(lines)


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def processor():
    try:
        for line in open("/proc/cpuinfo"):
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def measure(table, idle, ours, peers, args, text, model):
    """All rounds; in every other one the order is reversed."""
    everyone = [ours, *peers]
    for turn in range(args.rounds):
        print(f"round {turn + 1} of {args.rounds}", file=sys.stderr)
        order = everyone if turn % 2 == 0 else everyone[::-1]
        for threads in [1, 2]:
            for who in order:
                amount = args.epochs if who is ours else args.batches
                idle.wait()
                ms, memory = who.train(text, threads, amount)
                s = "" if threads == 1 else "s"
                table.note(f"training step, ms, {threads} thread{s}", who.name, ms)
                if threads == 2:
                    table.note("peak memory of training, MiB", who.name, memory)
                if who.name in ROUNDERS:
                    idle.wait()
                    ms, _ = who.train(text, threads, amount, "bf16")
                    table.note(f"the same in bf16, ms, {threads} thread{s}", who.name, ms)
        for who in [who for who in order if who.name in WRITERS]:
            for streams, threads in [(1, 1), (64, 2)]:
                idle.wait()
                speed = who.generate(model, threads, streams)
                s = "" if threads == 1 else "s"
                what = f"writing, characters/s, {streams} stream{s}, {threads} thread{s}"
                table.note(what, who.name, speed)
                if who.name == "PyTorch":
                    idle.wait()
                    speed = who.generate(model, threads, streams, "nn.LSTM")
                if who.name == "PyTorch" or who is ours:
                    table.note(f"{what}, `nn.LSTM`", who.name, speed)
            idle.wait()
            table.note("process start to first character, ms", who.name, who.first_character(model))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=HERE.parents[1] / "target" / "release" / "hornpipe",
                        type=pathlib.Path)
    for kind in PYTHON_PEERS:
        parser.add_argument(f"--{kind}-python", help=f"a Python with requirements-{kind}.txt")
    parser.add_argument("--candle", metavar="BINARY", help="the candle-lstm built in candle/")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3, help="of hornpipe; the first is left out")
    parser.add_argument("--batches", type=int, default=150, help="timed of each peer")
    parser.add_argument("--patience", type=float, default=30, metavar="SECONDS",
                        help="how long a measurement waits for an idle machine")
    args = parser.parse_args()
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # nothing is written into the project
    if args.epochs < 2:
        parser.error("--epochs must be at least 2, as the first is left out")
    peers = [Peer(name, python, HERE / f"{kind}_lstm.py") for kind, name in PYTHON_PEERS.items()
             if (python := getattr(args, f"{kind}_python"))]
    if args.candle:
        peers.append(Peer("candle", args.candle))

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        text, model, batch = folder / "text.txt", folder / "model.safetensors", folder / "batch"
        distinct = made_up_text(text)
        ours = Hornpipe(args.binary, folder)
        print(f"text: {CHARACTERS:,} characters, {VOCAB} symbols, "
              f"{distinct:.0f} distinct in a window")
        ours.make_model(text, model)
        write_batch(batch, text)
        same_loss(ours, peers, model, batch)
        table, idle = Table(), Idle(args.patience)
        measure(table, idle, ours, peers, args, text, model)
    print(f"\n{processor()}, {os.cpu_count()} cores; "
          + ", ".join(who.versions for who in [ours, *peers])
          + f"; medians of {args.rounds} rounds, a ratio above 1 is in hornpipe's favour\n")
    print(table.markdown(ours, peers))
    if idle.vain:
        print(f"\nNot to be trusted: {idle.vain} measurements began while others used the machine.")


if __name__ == "__main__":
    main()
