#!/usr/bin/env bash
# Trains the default model and compares it with the one that comes with hornpipe.
#
#     tests/scripts/default_model.sh BINARY [--write]
#
# BINARY is `hornpipe`. `hornpipe train`, with no flag, must give the weights of
# data/default.safetensors to the last bit, and `hornpipe export` the file byte for byte; exits 1 if it
# does not. With --write the file is replaced by what came out: then change the hash in data/README.md
# and say in the changelog that tunes of the default model are others. Takes two minutes.
set -euo pipefail
binary=$(realpath "$1")
shipped=$(realpath "$(dirname "$0")/../../data/default.safetensors")
cd "$(mktemp -d)"

hash() { "$binary" info "$1" --json | grep -o '"weights_sha256":"[0-9a-f]*"'; }

"$binary" train --quiet --out run
"$binary" export run -o trained.safetensors --quiet
[[ ${2-} != --write ]] || cp trained.safetensors "$shipped"
echo "trained  $(hash run)"
echo "shipped  $(hash "$shipped")"
[[ $(hash run) == $(hash "$shipped") ]]
cmp trained.safetensors "$shipped"
echo "they are the same"
