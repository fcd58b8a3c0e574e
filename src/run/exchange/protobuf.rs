//! Messages of protocol buffers, as far as an ONNX file needs them: numbers and bytes under a tag.
//!
//! The wire format is that of <https://protobuf.dev/programming-guides/encoding/>: a field is a number
//! that tells its place and its form, then a varint, four bytes, or a length and as many bytes.

/// A message that is written field by field.
#[derive(Clone, Debug, Default)]
pub(super) struct Message(Vec<u8>);

/// Forms of a field.
const VARINT: u64 = 0;
const BYTES: u64 = 2;
const FOUR_BYTES: u64 = 5;

impl Message {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A whole number.
    pub(super) fn int(mut self, field: u64, number: i64) -> Self {
        self.varint(field << 3 | VARINT);
        self.varint(number as u64);
        self
    }

    /// A number in f32.
    pub(super) fn float(mut self, field: u64, number: f32) -> Self {
        self.varint(field << 3 | FOUR_BYTES);
        self.0.extend(number.to_le_bytes());
        self
    }

    /// Bytes, or a text.
    pub(super) fn bytes(mut self, field: u64, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        self.varint(field << 3 | BYTES);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    /// Another message.
    pub(super) fn message(self, field: u64, message: Self) -> Self {
        self.bytes(field, message.0)
    }

    /// Many of the kind that `add` adds.
    pub(super) fn each<T>(
        self,
        all: impl IntoIterator<Item = T>,
        add: impl Fn(Self, T) -> Self,
    ) -> Self {
        all.into_iter().fold(self, add)
    }

    /// What was written.
    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::Message;

    #[test]
    fn fields_are_as_the_format_has_them() {
        // 150 in field 1 and "testing" in field 2 are the examples of the format's own page
        assert_eq!(Message::new().int(1, 150).finish(), [0x08, 0x96, 0x01]);
        let text = [&[0x12, 0x07][..], b"testing"].concat();
        assert_eq!(Message::new().bytes(2, "testing").finish(), text);
        assert_eq!(Message::new().int(20, -1).finish().len(), 2 + 10);
        assert_eq!(Message::new().float(1, 1.0).finish(), [0x0d, 0, 0, 0x80, 0x3f]);
    }
}
