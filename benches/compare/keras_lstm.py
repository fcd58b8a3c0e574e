"""The notebook's model in Keras on TensorFlow, compiled and fed as Keras does it; see peer.py."""

import os
import sys

os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3",
               "CUDA_VISIBLE_DEVICES": ""}

import keras
import numpy as np
import tensorflow as tf
from safetensors.numpy import load_file

import peer

VERSIONS = f"Keras {keras.__version__} on TensorFlow {tf.__version__}"


def model(vocab):
    layers = [keras.Input(batch_shape=(peer.BATCH, peer.STEPS), dtype="int64"),
              keras.layers.Embedding(vocab, peer.EMBEDDING)]
    for hidden in peer.LSTM:
        layers += [keras.layers.LSTM(hidden, return_sequences=True, stateful=True),
                   keras.layers.Dropout(peer.DROPOUT)]
    layers.append(keras.layers.Dense(vocab))
    return keras.Sequential(layers)


def loss(path, batch):
    w, batch = load_file(path), load_file(batch)
    net = model(len(w["embedding.weight"]))
    i_f_g_o = ["kernel", "recurrent_kernel", "bias"]  # Keras's order i, f, c, o is ours
    names = ["embedding.weight"]
    names += [f"lstm.{k}.{part}" for k in range(len(peer.LSTM)) for part in i_f_g_o]
    net.set_weights([w[name] for name in [*names, "dense.kernel", "dense.bias"]])
    logits = net(batch["x"], training=False)
    value = keras.losses.sparse_categorical_crossentropy(batch["y"], logits, from_logits=True)
    peer.answer(VERSIONS, loss=float(np.mean(value)))


def train(text, threads, count):
    tf.config.threading.set_intra_op_parallelism_threads(int(threads))
    tf.config.threading.set_inter_op_parallelism_threads(int(threads))
    keras.utils.set_random_seed(1)
    vocab, batches = peer.windows(text)
    net = model(vocab)
    b1, b2 = peer.BETAS
    adam = keras.optimizers.Adam(peer.RATE, beta_1=b1, beta_2=b2, epsilon=peer.EPSILON)
    net.compile(adam, keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    def step(x, y):
        net.reset_metrics()
        return float(net.train_on_batch(x, y))

    peer.answer(VERSIONS, **peer.time_steps(step, batches, int(count)))


if __name__ == "__main__":
    {"loss": loss, "train": train}[sys.argv[1]](*sys.argv[2:])
