//! The smallest SoundFont: one instrument, one turn of a sine, looped.

fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend((content.len() as u32).to_le_bytes());
    chunk.extend(content);
    chunk
}

fn list(name: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"LIST", &[name.to_vec(), chunks.concat()].concat())
}

/// Numbers of 16 bits, as most of the file is.
fn words(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn longs(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The bytes of the file.
pub(crate) fn soundfont() -> Vec<u8> {
    soundfont_at(44_000)
}

/// The file with another number of samples a second. With two thousand million the synthesizer
/// looks far outside of the sample. Every list ends with a record that is not read.
pub(crate) fn soundfont_at(rate: u32) -> Vec<u8> {
    const TURN: u32 = 100;
    const NAME: [u8; 20] = *b"sine\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let sine = |at: u32| libm::sin(std::f64::consts::TAU * f64::from(at) / f64::from(TURN));
    let samples: Vec<u16> = (0..TURN + 50).map(|at| (sine(at) * 20_000.0) as i16 as u16).collect();
    let info = list(b"INFO", &[chunk(b"ifil", &words(&[2, 1])), chunk(b"INAM", &NAME)]);
    let sound = list(b"sdta", &[chunk(b"smpl", &words(&samples))]);
    let preset = |bag: u16| [NAME.to_vec(), words(&[0, 0, bag]), longs(&[0, 0, 0])].concat();
    let instrument = |bag: u16| [NAME.to_vec(), words(&[bag])].concat();
    // start, end, loop; rate; key 69 as it is; a mono sample
    let places = longs(&[0, TURN + 10, 0, TURN, rate]);
    let header = [NAME.to_vec(), places, vec![69, 0], words(&[0, 1])].concat();
    let (loops, plays, which) = ([54, 1], [53, 0], [41, 0]);
    let records = list(
        b"pdta",
        &[
            chunk(b"phdr", &[preset(0), preset(1)].concat()),
            chunk(b"pbag", &words(&[0, 0, 1, 0])),
            chunk(b"pmod", &[0; 10]),
            chunk(b"pgen", &words(&[which, [0, 0]].concat())),
            chunk(b"inst", &[instrument(0), instrument(1)].concat()),
            chunk(b"ibag", &words(&[0, 0, 2, 0])),
            chunk(b"imod", &[0; 10]),
            chunk(b"igen", &words(&[loops, plays, [0, 0]].concat())),
            chunk(b"shdr", &[header.clone(), header].concat()),
        ],
    );
    chunk(b"RIFF", &[b"sfbk".to_vec(), info, sound, records].concat())
}
