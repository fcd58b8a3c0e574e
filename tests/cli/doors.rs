//! Models of other programs at the command line: what is asked of the user, and what is said of files that
//! are not read.

use super::{folder, hornpipe, json, ok, train, write};
use std::fs;
use std::path::Path;

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The text that the models of `fixtures/keras*` can have been made for: seven characters.
const SEVEN: &str = "ABCDEFG";

#[test]
fn files_of_other_programs_are_known_and_answered_with_what_to_do() {
    let folder = folder();
    let zip = |first: &str| {
        let length = (first.len() as u16).to_le_bytes();
        [b"PK\x03\x04", &[0; 22][..], &length, &[0, 0], first.as_bytes(), b"..."].concat()
    };
    let torch = "python3 -c \"import torch; from safetensors.torch import save_file";
    for (name, bytes, said) in [
        ("net.pt", zip("net/data.pkl"), torch),
        ("net.pth", zip("archive/data.pkl"), "torch.load('net.pth', map_location='cpu'"),
        ("old.pt", b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.".to_vec(), torch),
        ("it's.pt", zip("x/data.pkl"), "torch.load('MODEL', map"),
        (
            "net.keras",
            zip("metadata.json"),
            "keras.saving.load_model('net.keras', compile=False).save('net.h5')",
        ),
        (
            "net.onnx",
            b"\x08\x08\x12\x07pytorch\x1a".to_vec(),
            "an ONNX graph, which hornpipe writes and does not read",
        ),
        ("net.gguf", b"GGUF\x03\0\0\0".to_vec(), "a GGUF file, which holds no LSTM"),
        ("net.npz", zip("x.npy"), "not a whole safetensors file"),
        ("net.h5", b"\x89HDF\r\n\x1a\n".to_vec(), "not a whole HDF5 file"),
    ] {
        write(folder.path(), name, &bytes);
        let (code, out, err) = hornpipe(folder.path(), &format!("info {name}"));
        assert_eq!((code, out.as_str()), (1, ""), "{name}: {err}");
        assert!(err.contains(said) && err.lines().count() == 1, "{name}: {err}");
    }
}

#[cfg(feature = "keras")]
#[test]
fn what_a_file_does_not_say_is_asked_for_and_can_be_told() {
    let folder = folder();
    write(folder.path(), "w.weights.h5", &fixture("keras3.weights.h5"));
    write(folder.path(), "old.h5", &fixture("keras2.h5"));
    write(folder.path(), "seven.txt", SEVEN.repeat(40).as_bytes());
    let refused = |line: &str, code: i32, said: &str| {
        let (found, out, err) = hornpipe(folder.path(), line);
        assert_eq!((found, out.as_str()), (code, ""), "{line}: {err}");
        assert!(err.contains(said), "{line}: {err}");
    };
    refused(
        "evaluate w.weights.h5 seven.txt",
        1,
        "evaluate, generate, info and export take --activation",
    );
    refused(
        "info w.weights.h5",
        1,
        "hornpipe export w.weights.h5 --activation NAME -o M.safetensors",
    );
    refused(
        "evaluate old.h5 seven.txt --activation sigmoid",
        1,
        "it is of a model with hard_sigmoid",
    );
    refused(
        "evaluate w.weights.h5 t.abc --activation sigmoid",
        1,
        "it does not say which symbols it knows",
    );
    refused(
        "generate w.weights.h5 --activation sigmoid",
        1,
        "export take --vocabulary FILE; for others: hornpipe export w.weights.h5",
    );

    refused("evaluate default --activation hard_sigmoid", 1, "it is of a model with sigmoid");

    // a text of as many characters says which they are, and that is said
    let line = "evaluate w.weights.h5 seven.txt --activation";
    let (code, out, err) = hornpipe(folder.path(), &format!("{line} sigmoid --json"));
    assert!(code == 0 && err.contains("taken to be the 7 characters of this text"), "{err}");
    let (_, hard, _) = hornpipe(folder.path(), &format!("{line} hard_sigmoid --json"));
    assert_ne!(out, hard);
    let index = r#"{"A":0,"B":1,"C":2,"D":3,"E":4,"F":5,"G":6}"#;
    write(folder.path(), "index.json", index.as_bytes());
    ok(
        folder.path(),
        "export w.weights.h5 --activation sigmoid --vocabulary index.json -o ours.safetensors",
    );
    assert_eq!(out, ok(folder.path(), "evaluate ours.safetensors seven.txt --json"));
    let prime =
        "generate w.weights.h5 --activation sigmoid --vocabulary index.json --length 20 --seed 3";
    let own = ok(folder.path(), "generate ours.safetensors --length 20 --seed 3");
    assert_eq!(ok(folder.path(), prime), own);
}

#[test]
fn a_run_goes_out_by_each_door_and_comes_back_where_there_is_a_way() {
    let folder = folder();
    train(folder.path(), "run");
    let own = json(folder.path(), "info run --json")["weights_sha256"].clone();
    let mut files =
        vec![("m.safetensors", " --names pytorch"), ("o.safetensors", ""), ("m.onnx", "")];
    if cfg!(feature = "keras") {
        files.push(("m.weights.h5", ""));
    }
    for (name, flags) in files {
        let line = format!("export run -o {name}{flags} --json");
        let object = json(folder.path(), &line);
        assert_eq!(object["weights_sha256"], own, "{name}");
        let size = fs::metadata(folder.path().join(name)).expect("written").len();
        assert_eq!(object["bytes"], size, "{name}");
        if name != "m.onnx" {
            assert_eq!(json(folder.path(), &format!("info {name} --json"))["weights_sha256"], own);
            let evaluated =
                |model: &str| ok(folder.path(), &format!("evaluate {model} t.abc --json"));
            assert_eq!(evaluated(name), evaluated("run"));
        }
        // the same kind is replaced, another is not
        ok(folder.path(), &line);
        fs::write(folder.path().join(name), "X:1\nK:D\nabc|\n").expect("a tune in the way");
        let (code, _, err) = hornpipe(folder.path(), &line);
        assert!(code == 2 && err.contains("holds ABC and would be replaced by"), "{name}: {err}");
    }
}

#[test]
fn endings_that_promise_another_file_are_refused_before_anything_is_read() {
    let folder = folder();
    for (line, said) in [
        ("export none -o m.h5", "m.h5: Keras 3 reads weights from files that end in .weights.h5"),
        ("export none -o m.keras", "files that end in .weights.h5"),
        ("export none -o m.pt", "m.pt: for PyTorch hornpipe writes .safetensors"),
        ("export none -o m.onnx --names pytorch", "--names pytorch is for .safetensors"),
        ("export none -o m.weights.h5 --names pytorch", "--names pytorch is for .safetensors"),
        ("export none -o m --names keras", "possible values: hornpipe, pytorch"),
    ] {
        let (code, _, err) = hornpipe(folder.path(), line);
        assert!(code == 2 && err.contains(said), "{line}: {err}");
    }
    train(folder.path(), "run --activation hard_sigmoid");
    let (code, _, err) = hornpipe(folder.path(), "export run -o m.safetensors --names pytorch");
    assert!(code == 1 && err.contains("PyTorch's nn.LSTM has no hard_sigmoid"), "{err}");
    assert!(!Path::new(&folder.path().join("m.safetensors")).exists());
    if cfg!(feature = "keras") {
        let (code, _, err) = hornpipe(folder.path(), "export run -o m.weights.h5");
        assert!(code == 0 && err.contains("keras.ops.clip(0.2 * x + 0.5, 0, 1)"), "{err}");
    }
}
