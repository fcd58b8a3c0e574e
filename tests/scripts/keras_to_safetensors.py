"""Turns the weights of a Keras 2 model into a file that `hornpipe` reads.

    pip install h5py numpy safetensors
    python keras_to_safetensors.py WEIGHTS.h5 char_to_index.json OUT.safetensors

The model is Embedding, one or more LSTM, (TimeDistributed) Dense, with any layers that have no
weights between them. char_to_index.json maps each symbol to its index. Keras 2's LSTM squashes its
gates with hard_sigmoid unless told otherwise; the file of weights does not say, nor does it tell
the dropout: give --activation sigmoid or --dropout P where the defaults are wrong.
"""

import argparse
import json

import h5py
import numpy as np
from safetensors.numpy import save_file


def layers(path):
    """The tensors of each layer that has any, in the model's order, by their Keras names."""
    with h5py.File(path) as file:
        root = file.get("model_weights", file)  # a whole saved model, or its weights only
        for layer in root.attrs["layer_names"]:
            group = root[layer]
            names = [name.decode() for name in group.attrs["weight_names"]]
            if names:
                yield {n.split("/")[-1].split(":")[0]: np.asarray(group[n]) for n in names}


def exchange(keras):
    """Keras's tensors under the exchange names. Its gates i, f, c, o are ours: i, f, g, o."""
    embedding, *lstm, dense = keras
    out = {"embedding.weight": embedding["embeddings"]}
    for k, layer in enumerate(lstm):
        for name in ("kernel", "recurrent_kernel", "bias"):
            out[f"lstm.{k}.{name}"] = layer[name]
    return out | {"dense.kernel": dense["kernel"], "dense.bias": dense["bias"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights")
    parser.add_argument("char_to_index")
    parser.add_argument("out")
    parser.add_argument("--activation", choices=["hard_sigmoid", "sigmoid"], default="hard_sigmoid")
    parser.add_argument("--dropout", type=float, default=0.2)
    args = parser.parse_args()
    tensors = exchange(list(layers(args.weights)))
    with open(args.char_to_index, encoding="utf-8") as file:
        index = json.load(file)
    vocabulary = sorted(index, key=index.get)
    if sorted(index.values()) != list(range(len(tensors["embedding.weight"]))):
        parser.error("char_to_index.json does not number the embedding's rows")
    save_file({name: np.ascontiguousarray(t, dtype=np.float32) for name, t in tensors.items()},
              args.out,
              {"recurrent_activation": args.activation, "dropout": str(args.dropout),
               "vocabulary": json.dumps(vocabulary, ensure_ascii=False)})
    for name, tensor in tensors.items():
        print(f"{name:24} {tensor.shape}")


if __name__ == "__main__":
    main()
