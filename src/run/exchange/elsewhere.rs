//! Files of other programs that are not read here, known by their first bytes: what to do with them.

use std::path::Path;

/// What a file is that holds a model of some other kind, and how to make one of it that is read.
pub(super) fn known(path: &Path, bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(b"GGUF") {
        return Some("this is a GGUF file, which holds no LSTM; name a run, a checkpoint or a model of LSTM \
                     layers".to_owned());
    }
    if is_onnx(bytes) {
        return Some("this is an ONNX graph, which hornpipe writes and does not read; name the model that it \
                     was made from".to_owned());
    }
    let [from, tensors, h5] = names(path);
    if is_pickle(bytes) || zipped(bytes).is_some_and(|first| first.ends_with("data.pkl")) {
        return Some(format!(
            "this is a file of PyTorch's torch.save, which can run code as it is opened; where you trust it, make a \
             safetensors file of its state_dict: python3 -c \"import torch; from safetensors.torch import \
             save_file; d = torch.load('{from}', map_location='cpu', weights_only=True); d = d.get('model_state_dict', \
             d.get('state_dict', d)); save_file({{k: v.contiguous().clone() for k, v in d.items()}}, \
             '{tensors}')\"; of a whole module that was pickled, save its state_dict() first"
        ));
    }
    let keras = ["metadata.json", "config.json", "model.weights.h5"];
    if zipped(bytes).is_some_and(|first| keras.contains(&first)) {
        return Some(format!(
            "this is an archive of Keras; make a file of it that is read: python3 -c \"import keras; \
             keras.saving.load_model('{from}', compile=False).save('{h5}')\""
        ));
    }
    None
}

/// The names of the file and of what is made of it, as Python has them between its quotes.
fn names(path: &Path) -> [String; 3] {
    let plain = |path: &Path| {
        let text = path.to_str()?;
        let odd = |c: char| c.is_control() || "'\"\\$`!".contains(c);
        (!text.contains(odd)).then(|| text.to_owned())
    };
    [path.to_owned(), path.with_extension("safetensors"), path.with_extension("h5")]
        .map(|path| plain(&path).unwrap_or_else(|| "MODEL".to_owned()))
}

/// `torch.save` of versions before 1.6: a pickle that begins with its magic number.
fn is_pickle(bytes: &[u8]) -> bool {
    bytes.len() > 3
        && bytes[0] == 0x80
        && (2..=5).contains(&bytes[1])
        && b"\x8a}(c".contains(&bytes[2])
}

/// The name of the first file of a zip archive.
fn zipped(bytes: &[u8]) -> Option<&str> {
    let rest = bytes.strip_prefix(b"PK\x03\x04")?;
    let length = usize::from(u16::from_le_bytes([*rest.get(22)?, *rest.get(23)?]));
    std::str::from_utf8(rest.get(26..26 + length)?).ok()
}

/// Whether a file is ONNX: a message that begins with the version of the format in field 1, then the
/// name of what wrote it, a text, in field 2.
pub fn is_onnx(bytes: &[u8]) -> bool {
    let [0x08, 1..=0x7f, 0x12, length @ 1..=0x7f, rest @ ..] = bytes else { return false };
    let name = rest.get(..usize::from(*length));
    name.is_some_and(|name| name.iter().all(|c| c.is_ascii_graphic() || *c == b' '))
}
