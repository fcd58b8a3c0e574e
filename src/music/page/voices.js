// Instruments. A note of one goes to `bus`, begins at `start` and lasts `length` seconds, is `loud`
// up to 1, and gives back its source, which can be stopped.

// `program` is what a MIDI file calls them. Of those that are not plucked: how loud they are and
// their partials, seconds of attack and release, vibrato in cents, breath as a share of the tone,
// and in how many seconds middle C fades to a third, if it does.
const INSTRUMENTS = {
  plucked: { name: "plucked strings", program: 24 },
  whistle: {
    name: "whistle", program: 78, level: 0.19,
    partials: [1, 0.22, 0.08, 0.02], attack: 0.025, release: 0.04, vibrato: 5, breath: 0.05,
  },
  flute: {
    name: "flute", program: 73, level: 0.22,
    partials: [1, 0.55, 0.3, 0.1, 0.05], attack: 0.05, release: 0.06, vibrato: 8, breath: 0.03,
  },
  fiddle: {
    name: "fiddle", program: 40, level: 0.26,
    partials: [1, 0.75, 0.55, 0.6, 0.35, 0.3, 0.3, 0.18, 0.15, 0.1, 0.08, 0.06],
    attack: 0.06, release: 0.07, vibrato: 14,
  },
  pipes: {
    name: "pipes", program: 109, level: 0.25,
    partials: [0.5, 0.7, 1, 0.8, 0.75, 0.6, 0.5, 0.35, 0.3, 0.2, 0.15, 0.1, 0.08],
    attack: 0.006, release: 0.012, vibrato: 0,
  },
  piano: {
    name: "piano", program: 0, level: 0.28,
    partials: [1, 0.5, 0.28, 0.16, 0.12, 0.06, 0.04], attack: 0.004, release: 0.09, fades: 0.7,
  },
};
INSTRUMENTS.drones = { ...INSTRUMENTS.pipes, name: "pipes and drones", drones: true };

const hertz = (midi) => 440 * 2 ** ((midi - 69) / 12);

let audio, out;
const strings = new Map(); // MIDI number -> a plucked string; "noise"
const waves = new Map(); // instrument -> its partials as the sound system wants them

function wakeAudio() {
  audio ??= new AudioContext();
  audio.resume();
  // many notes at once are made softer instead of being cut off
  out ??= (() => {
    const soft = new DynamicsCompressorNode(audio, { threshold: -14, ratio: 6 });
    soft.connect(audio.destination);
    return soft;
  })();
}

// A plucked string (Karplus and Strong 1983): noise goes round in a loop as long as a period,
// and each time round is smoothed. The loop has whole samples; `rate` makes up for the rest.
function string(midi) {
  if (strings.has(midi)) return strings.get(midi);
  const pitch = hertz(midi);
  const period = Math.max(2, Math.round(audio.sampleRate / pitch - 0.5));
  const buffer = audio.createBuffer(1, Math.round(audio.sampleRate * 2.2), audio.sampleRate);
  const wave = buffer.getChannelData(0);
  let smooth = 0, sum = 0;
  for (let at = 0; at < period; at++) {
    smooth = 0.5 * smooth + 0.5 * (2 * Math.random() - 1);
    wave[at] = smooth;
    sum += smooth;
  }
  for (let at = 0; at < period; at++) wave[at] -= sum / period;
  const keep = 0.5 * 0.001 ** (1 / (pitch * 2.5)); // a thousandth is left after 2.5 seconds
  for (let at = period; at < wave.length; at++) {
    wave[at] = keep * (wave[at - period] + wave[Math.max(0, at - period - 1)]);
  }
  strings.set(midi, { buffer, rate: pitch * (period + 0.5) / audio.sampleRate });
  return strings.get(midi);
}

function pluck(bus, start, length, midi, loud) {
  const { buffer, rate } = string(midi);
  const source = new AudioBufferSourceNode(audio, { buffer, playbackRate: rate });
  const gain = new GainNode(audio, { gain: loud });
  gain.gain.setTargetAtTime(0, start + length, 0.05); // damped, without a click
  source.connect(gain).connect(bus);
  source.start(start);
  source.stop(start + length + 0.4);
  return source;
}

function tone(instrument, bus, start, length, midi, loud) {
  const { partials, level, attack, release, vibrato, breath, fades } = instrument;
  if (!waves.has(instrument)) {
    const zero = new Float32Array(partials.length + 1);
    const wave = audio.createPeriodicWave(zero, Float32Array.of(0, ...partials));
    waves.set(instrument, wave);
  }
  const periodicWave = waves.get(instrument);
  const source = new OscillatorNode(audio, { periodicWave, frequency: hertz(midi) });
  const gain = new GainNode(audio, { gain: 0 });
  const [rise, end] = [Math.min(attack, length / 2), start + length];
  gain.gain.setTargetAtTime(loud * level, start, rise / 3);
  if (fades) gain.gain.setTargetAtTime(0, start + 3 * rise, fades * 2 ** ((60 - midi) / 24));
  gain.gain.setTargetAtTime(0, end, release / 3);
  source.connect(gain).connect(bus);
  const along = (node, target) => {
    node.connect(target);
    node.start(start);
    node.stop(end + release * 3);
    source.addEventListener("ended", () => node.stop());
  };
  if (vibrato && length > 0.25) {
    // as players do: on long notes, and not from their beginning
    const depth = new GainNode(audio, { gain: 0 });
    depth.gain.setTargetAtTime(vibrato, start + 0.15, 0.1);
    depth.connect(source.detune);
    along(new OscillatorNode(audio, { frequency: 5.4 }), depth);
  }
  if (breath) {
    const mouth = new BiquadFilterNode(audio, { type: "bandpass", frequency: 3 * hertz(midi) });
    mouth.connect(new GainNode(audio, { gain: breath })).connect(gain);
    along(new AudioBufferSourceNode(audio, { buffer: noise(), loop: true }), mouth);
  }
  source.start(start);
  source.stop(end + release * 3);
  return source;
}

// One second of it.
function noise() {
  if (!strings.has("noise")) {
    const buffer = audio.createBuffer(1, audio.sampleRate, audio.sampleRate);
    buffer.getChannelData(0).forEach((_, at, wave) => { wave[at] = 2 * Math.random() - 1; });
    strings.set("noise", buffer);
  }
  return strings.get("noise");
}

// What counts in; the first of a bar is higher.
function click(bus, start, first) {
  const source = new OscillatorNode(audio, { type: "triangle", frequency: first ? 1760 : 1320 });
  const gain = new GainNode(audio, { gain: 0.4 });
  gain.gain.setTargetAtTime(0, start, 0.02);
  source.connect(gain).connect(bus);
  source.start(start);
  source.stop(start + 0.15);
  return source;
}
