"""Injects faults into a training and its resume, one system call at a time (Linux, strace).

    python3 tests/scripts/inject_faults.py target/release/hornpipe [--every K] [--together N]

For each system call that touches files after the run has begun: the same training once with this call
failing (ENOSPC, EIO, EMFILE), once killed at it. Whatever happens, the process must end with 0 or 1
and a sentence, or by that kill, never with a panic; and `train --resume` must end with the files of a
training that nobody disturbed, best.hornpipe being the epoch that log.csv calls the best. --every K
takes each K-th call. At the end N trainings (100) begin at once in one folder of runs. Exit code 1 if
anything is off; takes some minutes.
"""

import argparse
import csv
import pathlib
import re
import subprocess
import sys
import tempfile

CALLS = "openat,read,write,fsync,rename,renameat,renameat2,unlink,unlinkat,mkdir,flock,ftruncate,getdents64"
TRAIN = (
    "train t.abc --lstm 6,5 --embedding 4 --batch 4 --steps 64 --epochs 3 --log-batches --quiet "
    "--checkpoint-every 0s --threads 1"
).split()
ERRORS = ["ENOSPC", "EIO", "EMFILE"]
COMPARED = ["log.csv", "batches.csv", "config.json", "char_to_index.json", "curves.svg"]


def tunes():
    """Twenty tunes of eight bars, no two alike."""
    note = lambda n, at: "ABcdefgGFE"[(7919 * n + 31 * at * at + n * at * at) % 101 % 10]
    bars = lambda n: "|".join("".join(note(n, 6 * bar + k) for k in range(6)) for bar in range(8))
    return "".join(f"X:{n}\nT:Tune {n}\nR:jig\nM:6/8\nL:1/8\nK:G\n{bars(n)}|]\n\n" for n in range(1, 21))


def points(binary, here):
    """Which calls to disturb: number of each among the calls of its thread, from the first that
    touches the run on."""
    log = here / "trace"
    trace = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={CALLS}"]
    subprocess.run([*trace, binary, *TRAIN, "--out", "traced"], cwd=here, check=True, capture_output=True)
    lines = [line.split(maxsplit=1) for line in log.read_text(errors="replace").splitlines()]
    lines = [(thread, call) for thread, call in lines if re.match(r"\w+\(", call)]
    working = next(thread for thread, call in lines if '"traced' in call)
    calls = [call for thread, call in lines if thread == working]
    first = next(at for at, call in enumerate(calls) if '"traced' in call)
    return range(first + 1, len(calls) + 1)


def best_epoch(run):
    with open(run / "log.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["validation_loss"]]
    return min(rows, key=lambda row: float(row["validation_loss"]))["Epoch"]


def faults_of(binary, here, number, fault):
    """What is wrong after the training was disturbed at its call `number`; nothing if all is well."""
    run = here / "run"
    inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={CALLS}:{fault}:when={number}"]
    done = subprocess.run([*inject, binary, *TRAIN, "--out", "run"], cwd=here, capture_output=True, text=True)
    killed = fault.startswith("signal") and done.returncode in (-9, 137)
    if not killed and done.returncode not in (0, 1) or "panicked" in done.stderr:
        return [f"exit {done.returncode}: {done.stderr.strip()[-300:]}"]
    if done.returncode == 1 and not re.search(r"error: [^\n]+; |error: [^\n]+", done.stderr):
        return ["no sentence"]
    begun = any(run.glob("checkpoints/*.hornpipe"))
    again = ["train", "--resume", "run", "--quiet"] if begun else [*TRAIN, "--out", "run"]
    if not begun:
        subprocess.run(["rm", "-rf", run], check=True)
    done = subprocess.run([binary, *again], cwd=here, capture_output=True, text=True)
    if done.returncode != 0:
        return [f"{' '.join(again)}: exit {done.returncode}: {done.stderr.strip()[-300:]}"]
    off = [name for name in COMPARED if (run / name).read_bytes() != (here / "whole" / name).read_bytes()]
    off += [str(path) for path in run.rglob(".hornpipe-*")]
    info = subprocess.run([binary, "info", "run"], cwd=here, capture_output=True, text=True).stdout
    if "best.hornpipe" not in info or not re.search(rf"^epoch +{best_epoch(run)} of", info, re.M):
        off.append(f"best is not epoch {best_epoch(run)}: {info.splitlines()[0]}")
    return off


def together(binary, here, count):
    """Begins `count` trainings at once, ten seeds, and compares those of a seed."""
    start = lambda n: subprocess.Popen([binary, *TRAIN, "--seed", str(n % 10)], cwd=here, stdout=subprocess.PIPE)
    running = [start(n) for n in range(count)]
    runs = [process.communicate()[0].decode().strip() for process in running]
    logs = [(here / run / "log.csv").read_bytes() for run in runs]
    seeds = {n % 10: {logs[m] for m in range(n % 10, count, 10)} for n in range(count)}
    return len(set(runs)) == count and all(len(same) == 1 for same in seeds.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--together", type=int, default=100)
    asked = parser.parse_args()
    binary = str(pathlib.Path(asked.binary).resolve())
    failures, tried = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        (here / "t.abc").write_text(tunes())
        subprocess.run([binary, *TRAIN, "--out", "whole"], cwd=here, check=True, capture_output=True)
        where = points(binary, here)
        for turn, number in enumerate(where[:: asked.every]):
            for fault in [f"error={ERRORS[turn % len(ERRORS)]}", "signal=KILL"]:
                off = faults_of(binary, here, number, fault)
                tried += 1
                if off:
                    failures += 1
                    print(f"call {number}, {fault}: {'; '.join(off)}")
                subprocess.run(["rm", "-rf", here / "run"], check=True)
        fine = together(binary, here, asked.together)
    print(f"{tried} faults at {len(where)} calls, {failures} with something off")
    print(f"{asked.together} trainings at once: {'as they should be' if fine else 'OFF'}")
    sys.exit(0 if fine and failures == 0 else 1)


if __name__ == "__main__":
    main()
