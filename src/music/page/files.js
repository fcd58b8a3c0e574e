// A tune as a file to keep.

// A MIDI file of the tune as written, whatever key and speed it is practised in: one track, a channel
// for the tune and one for what is below it.
function midiFile({ data: { notes, tempos, meter, end }, title }) {
  const { program } = INSTRUMENTS[byId("instrument").value];
  const big = (value, bytes) => Array.from({ length: bytes }, (_, at) =>
    Math.floor(value / 256 ** (bytes - 1 - at)) % 256);
  const text = (word) => [...new TextEncoder().encode(word)];
  const name = text(title);
  const number = (value) => {
    const bytes = [value % 128];
    for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift(128 | rest % 128);
    return bytes;
  };
  const events = [[0, [0xff, 3, ...number(name.length), ...name]]];
  if (meter) events.push([0, [0xff, 0x58, 4, meter[0], Math.log2(meter[1]), 24, 8]]);
  for (const [tick, each] of tempos) {
    events.push([tick, [0xff, 0x51, 3, ...big(Math.min(each, 0xffffff), 3)]]);
  }
  events.push([0, [0xc0, program]], [0, [0xc1, INSTRUMENTS.plucked.program]]);
  for (const [start, length, pitch, strength] of notes) {
    const channel = strength < BELOW ? 1 : 0;
    events.push([start, [0x90 | channel, pitch, strength]]);
    events.push([start + Math.max(length, 1), [0x80 | channel, pitch, 0]]);
  }
  // a note ends before the same note is struck again
  const kind = ([, [status]]) => (status < 0x90 ? 0 : status < 0xa0 ? 2 : 1);
  events.sort((a, b) => a[0] - b[0] || kind(a) - kind(b));
  let now = 0;
  const track = events.flatMap(([tick, bytes]) => {
    const delta = number(tick - now);
    now = tick;
    return [...delta, ...bytes];
  });
  track.push(...number(Math.max(0, end - now)), 0xff, 0x2f, 0);
  const head = [...text("MThd"), ...big(6, 4), ...big(0, 2), ...big(1, 2), ...big(TICKS, 2)];
  return new Uint8Array([...head, ...text("MTrk"), ...big(track.length, 4), ...track]);
}

// The tune as it is written, whatever key is shown: abcjs loses some accidentals of the text.
function abcFile({ figure }) {
  return `${figure.closest("article").querySelector(".abc").textContent.trimEnd()}\n`;
}

function save(score, kind) {
  const [content, type] = kind === "abc" ? [abcFile(score), "text/vnd.abc;charset=utf-8"]
    : [midiFile(score), "audio/midi"];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  const name = score.title.match(/[\p{L}\p{N}]+/gu)?.join("-") ?? "tune";
  link.download = `${name.slice(0, 80)}.${kind}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
