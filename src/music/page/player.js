// The player: plays the stretch that is chosen of the score at hand as often as is asked. Positions
// are seconds as written from the beginning of the stretch, its repetitions one after the other.

const AHEAD = 1.5; // seconds that are handed to the sound system in advance
const TICKS = 960; // of a quarter note
const BELOW = 50; // chords and bass are softer than this, and always plucked

let hand; // the score at hand
let playing;

const setting = (id) => Number(byId(id).value);

// From ticks to seconds.
function clock({ tempos }) {
  const second = 1e6 * TICKS;
  const begins = [0];
  for (let at = 1; at < tempos.length; at++) {
    const [from, each] = tempos[at - 1];
    begins.push(begins[at - 1] + (tempos[at][0] - from) * each / second);
  }
  return (tick) => {
    const at = Math.max(0, tempos.findLastIndex(([from]) => from <= tick));
    return begins[at] + (tick - tempos[at][0]) * tempos[at][1] / second;
  };
}

// The ticks from the first time that chosen bars are played to where others come.
function stretch({ data: { bars, end }, bars: chosen }) {
  if (!chosen) return [0, end];
  const inside = ([, bar]) => chosen[0] <= bar && bar <= chosen[1];
  const first = bars.findIndex(inside);
  if (first < 0) return [0, end];
  const length = bars.slice(first).findIndex((bar) => !inside(bar));
  return [bars[first][0], length < 0 ? end : bars[first + length][0]];
}

// Positions of a bar's beats before the first note; with an upbeat, the bar that it belongs to.
function countIn({ meter, bars, end }, from, seconds) {
  const [upper, lower, beats] = meter ?? [4, 4, 4];
  const bar = 4 * TICKS * upper / lower;
  const next = bars.find(([tick]) => tick > from)?.[0] ?? end;
  const upbeat = next - from < bar / 2 ? next - from : 0;
  const tick = seconds(from + 1) - seconds(from);
  return Array.from({ length: beats }, (_, beat) => (upbeat - bar + beat * bar / beats) * tick);
}

function begin(counted = byId("count").checked) {
  halt();
  wakeAudio();
  const { data } = hand;
  const seconds = clock(data);
  const [from, to] = stretch(hand);
  const inside = ([tick]) => from <= tick && tick < to;
  const position = (tick) => seconds(tick) - seconds(from);
  const notes = data.notes.filter(inside).map(([start, length, midi, strength]) => {
    const time = position(start);
    return { time, length: position(Math.min(to, start + length)) - time, midi, strength };
  });
  const cursor = data.cursor.filter(inside).map(([tick, place]) => [position(tick), place]);
  const clicks = counted ? countIn(data, from, seconds) : [];
  const bus = new GainNode(audio);
  bus.connect(out);
  const [span, sounding] = [position(to), new Set()];
  playing = { score: hand, bus, notes, cursor, clicks, span, sounding, drones: [] };
  go(clicks[0] ?? 0, 0.1);
  playing.timer = setInterval(ahead, 200);
  playing.frame = requestAnimationFrame(follow);
  showPlaying();
}

// When a note of all repetitions sounds.
function timeOf(number) {
  const { notes, span } = playing;
  return Math.floor(number / notes.length) * span + notes[number % notes.length].time;
}

const positionNow = () => (audio.currentTime - playing.begun) / playing.pace;

// Goes on from a position with the settings as they are; notes that sound already sound on.
function go(position = positionNow(), delay = 0) {
  for (const sound of playing.sounding) if (sound.time > position) sound.source.stop();
  const { notes, clicks, span } = playing;
  playing.pace = 100 / setting("speed");
  playing.begun = audio.currentTime + delay - position * playing.pace;
  playing.click = clicks.filter((time) => time < position).length;
  playing.next = notes.length * Math.max(0, Math.floor(position / span));
  while (notes.length > 0 && timeOf(playing.next) < position) playing.next++;
  drone();
  ahead();
}

function drone() {
  const { score: { data, steps }, bus } = playing;
  const instrument = INSTRUMENTS[byId("instrument").value];
  // a tune without a tonic is one for the Highland pipes, whose drones are A
  const low = 38 + ((data.tonic ?? 9) + steps - 38 + 120) % 12;
  const wanted = instrument.drones ? low : undefined;
  if (playing.low === wanted) return;
  playing.low = wanted;
  playing.drones.forEach((source) => source.stop());
  const hour = 3600;
  const pitches = wanted ? [low, low + 12] : [];
  playing.drones = pitches.map((midi) => tone(instrument, bus, audio.currentTime, hour, midi, 0.3));
}

function ahead() {
  const { notes, clicks, bus, begun, pace, span, score, sounding } = playing;
  const until = positionNow() + AHEAD / pace;
  const keep = (time, source) => {
    const sound = { time, source };
    sounding.add(sound);
    source.addEventListener("ended", () => sounding.delete(sound));
  };
  while (playing.click < clicks.length && clicks[playing.click] <= until) {
    const time = clicks[playing.click];
    keep(time, click(bus, begun + time * pace, playing.click++ === 0));
  }
  const instrument = INSTRUMENTS[byId("instrument").value];
  const end = Math.min(until, setting("times") * span - 1e-9);
  while (notes.length > 0 && timeOf(playing.next) <= end) {
    const time = timeOf(playing.next);
    const { length, midi, strength } = notes[playing.next++ % notes.length];
    const [start, pitch, loud] = [begun + time * pace, midi + score.steps, strength / 127];
    const plucked = strength < BELOW || !instrument.partials;
    const strike = plucked ? pluck : tone.bind(undefined, instrument);
    keep(time, strike(bus, Math.max(audio.currentTime, start), length * pace, pitch, loud));
  }
}

function follow() {
  const { cursor, score, span } = playing;
  const position = positionNow();
  if (position > setting("times") * span) return halt();
  const [, place] = cursor.findLast(([time]) => time <= position % span) ?? [];
  if (position >= 0 && place !== playing.place) {
    mark(score, playing.place, "now", false);
    mark(score, place, "now", true);
    playing.place = place;
  }
  playing.frame = requestAnimationFrame(follow);
}

function halt() {
  if (!playing) return;
  const { score, place, sounding, drones, bus, timer, frame } = playing;
  clearInterval(timer);
  cancelAnimationFrame(frame);
  mark(score, place, "now", false);
  bus.gain.setTargetAtTime(0, audio.currentTime, 0.02); // without a click
  const end = audio.currentTime + 0.15;
  for (const source of [...sounding].map(({ source }) => source).concat(drones)) source.stop(end);
  playing = undefined;
  showPlaying();
}
