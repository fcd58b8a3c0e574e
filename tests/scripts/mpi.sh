#!/usr/bin/env bash
# Trains the same run on one process and on several of MPI, and compares every file but the clock's.
#
#     cargo build --release --features mpi
#     tests/scripts/mpi.sh target/release/hornpipe [--measure]
#
# Needs mpirun of Open MPI on the path, and installs nothing. One process, and 1, 2, 3 and 4 ranks, uneven
# shards, instruction sets and threads mixed; then ranks and mpirun are killed (all must be gone within
# seconds) or asked to stop (SIGINT, SIGTERM, SIGUSR1), and the run goes on with another number of ranks, none
# included, to the same files; then what is refused, once and not by every rank. Exits 1 if anything is off;
# takes two minutes. --measure then times two ranks of one thread beside one process of two, in turns, on an
# idle machine with two cores.
set -euo pipefail
binary=$(realpath "$1")
measure=${2-}
here=$(mktemp -d)
cd "$here"
trap 'pkill -9 -f "$here" 2>/dev/null || true; rm -rf "$here"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# a path of its own, so that its processes are known by it
cp "$binary" "$here/hornpipe"
hornpipe=$here/hornpipe
train=(train --lstm 48,24 --embedding 16 --batch 20 --shards 5 --clip 1 --seed 3 --log-batches --quiet)

start=(mpirun --oversubscribe --bind-to none)
mpi() { "${start[@]}" -n "$@"; }
fail() { echo "WRONG: $*"; exit 1; }
# checkpoints amid an epoch depend on the clock
files() { (cd "$1" && find . -type f ! -name timing.csv ! -name '*batch*.hornpipe' ! -name run.lock | sort | xargs sha256sum); }
same() {
    diff <(files "$1") <(files "$2") > "$here/diff" || { cat "$here/diff"; fail "$2 is not $1"; }
    echo "same files: $2"
}
ours() { pgrep -c -f "^$hornpipe train" || true; }
gone() {
    local begun=$SECONDS
    while [[ $(ours) != 0 ]]; do
        ((SECONDS - begun < 10)) || fail "$1: processes are left after 10 s"
        sleep 0.1
    done
}

echo "== any number of ranks"
"$hornpipe" "${train[@]}" --epochs 3 --out alone > /dev/null
for ranks in 1 2 3 4; do
    mpi $ranks "$hornpipe" "${train[@]}" --epochs 3 --out "ranks$ranks" --threads 1 > /dev/null
    same alone "ranks$ranks"
done
mpi 2 bash -c 'HORNPIPE_ISA=$([[ $OMPI_COMM_WORLD_RANK == 0 ]] && echo avx2 || echo portable) exec "$@"' - \
    "$hornpipe" "${train[@]}" --epochs 3 --out sets --threads 2 > /dev/null 2>&1
same alone sets

echo "== killed, stopped, gone on"
for how in rank0 rank1 mpirun INT TERM USR1; do
    # not as a function: then $! would be a shell's
    "${start[@]}" -n 2 "$hornpipe" "${train[@]}" --epochs 3 --out "$how" --threads 1 \
        --checkpoint-every 100ms > log 2>&1 &
    mpirun=$!
    until compgen -G "$how/checkpoints/*batch*" > /dev/null; do
        kill -0 $mpirun 2> /dev/null || { cat log; fail "$how: it ended before a checkpoint"; }
        sleep 0.02
    done
    case $how in
        rank0) kill -9 "$(pgrep -P $mpirun | head -1)" ;;
        rank1) kill -9 "$(pgrep -P $mpirun | tail -1)" ;;
        mpirun) kill -9 $mpirun ;;
        *) kill "-$how" $mpirun ;;
    esac
    gone "$how"
    ! wait $mpirun 2> /dev/null || fail "$how: mpirun says that all went well"
    if [[ $how =~ INT|TERM|USR1 ]]; then
        [[ $(grep -c '^note: stopped after batch' log) == 1 ]] || { cat log; fail "$how: not said once"; }
    fi
    case $how in
        rank0 | INT) "$hornpipe" train --resume "$how" --quiet > /dev/null ;;
        rank1 | TERM) mpi 4 "$hornpipe" train --resume "$how" --quiet --threads 1 > /dev/null ;;
        *) mpi 3 "$hornpipe" train --resume "$how" --quiet --threads 1 > /dev/null ;;
    esac
    same alone "$how"
done

echo "== refused"
refused() {
    local ranks=$1 sentence=$2 code=0
    shift 2
    mpi "$ranks" "$@" > log 2>&1 || code=$?
    [[ $code == 2 ]] || { cat log; fail "$* gave $code"; }
    [[ $(grep -c '^error: ' log) == 1 ]] && grep -q "^error: .*$sentence" log || { cat log; fail "$*"; }
    echo "refused: $(grep '^error: ' log)"
}
refused 2 "does not divide a batch of 16" "$hornpipe" train --shards 3
refused 4 "have only 2 shards to share" "$hornpipe" train --shards 2
refused 2 "cannot go on with --shards 4" "$hornpipe" train --resume alone --shards 4 --epochs 9
refused 1 "rank 1 was asked for something else" "$hornpipe" train --shards 2 : -n 1 "$hornpipe" train --shards 2 \
    --precision bf16
[[ $(ours) == 0 ]] || fail "processes are left"
[[ ! -e runs ]] || fail "a refused run has left a folder"

if [[ $measure == --measure ]]; then
    echo "== two ranks of one thread beside one process of two"
    # of the best epoch: others were disturbed
    speed() { awk -F, 'NR > 1 && $3 > best { best = $3 } END { print best }' "$1/timing.csv"; }
    for turn in 1 2 3; do
        for inputs in characters places; do
            for shards in 2 4; do
                run=(train --batch $((16 * shards)) --shards $shards --inputs $inputs)
                run+=(--epochs 4 --validation 0 --quiet)
                "$hornpipe" "${run[@]}" --threads 2 --out one > /dev/null
                mpi 2 "$hornpipe" "${run[@]}" --threads 1 --out two > /dev/null
                echo "$inputs, $shards shards of 16: $(speed one) and $(speed two) characters/s"
                rm -r one two
            done
        done
    done
fi
echo "all is as it should be"
