// Draws the scores that come into sight, plays tunes on plucked strings, sorts the page.
"use strict";
(() => {
  const cards = [...document.querySelectorAll("article")];
  const byId = (id) => document.getElementById(id);
  const dataOf = (figure) => JSON.parse(figure.querySelector("script").textContent);

  // ---- scores ----

  const NARROW = 400; // pixels of a score below which its lines are broken anew
  const WIDE = 560; // and below which its notes stand closer
  const scores = new Map(); // figure -> { narrow, at: place in the text -> elements drawn for it }

  function draw(figure) {
    const box = figure.querySelector(".staves");
    const { clientWidth } = box;
    if (clientWidth === 0) return; // hidden: it comes into sight later
    const narrow = clientWidth < NARROW;
    if (scores.get(figure)?.narrow === narrow) return;
    const { abc, shared } = dataOf(figure);
    const options = {
      add_classes: true, responsive: "resize", foregroundColor: "currentColor",
      paddingtop: 4, paddingbottom: 12, paddingleft: 0, paddingright: 4,
      staffwidth: narrow ? 380 : clientWidth < WIDE ? 620 : 740,
    };
    if (narrow) {
      options.wrap = { minSpacing: 1.2, maxSpacing: 2.4, preferredMeasuresPerLine: 3 };
    }
    const at = new Map();
    scores.set(figure, { narrow, at });
    box.classList.add("drawn");
    let lines = [];
    try {
      ({ lines } = ABCJS.renderAbc(box, abc, options)[0]);
    } catch {
      box.textContent = "This score cannot be drawn.";
    }
    for (const line of lines) {
      for (const voice of (line.staff ?? []).flatMap((staff) => staff.voices)) {
        for (const element of voice.filter((element) => element.el_type === "note")) {
          for (let place = element.startChar; place < element.endChar; place++) {
            at.set(place, element.abselem?.elemset ?? []);
          }
        }
      }
    }
    for (const place of shared) mark(figure, place, "shared", true);
  }

  function mark(figure, place, name, on) {
    for (const part of scores.get(figure)?.at.get(place) ?? []) part.classList.toggle(name, on);
  }

  const inSight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) draw(target);
  }, { rootMargin: "600px" });
  const figures = cards.flatMap((card) => [...card.querySelectorAll("figure")]);
  for (const figure of figures) {
    figure.parentElement.classList.toggle("two", figure.parentElement.children.length > 1);
    inSight.observe(figure);
  }
  addEventListener("beforeprint", () => figures.forEach(draw));
  let resized;
  addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(() => [...scores.keys()].forEach(draw), 250);
  });

  // ---- sound ----

  const AHEAD = 1.5; // seconds that are handed to the sound system in advance
  let audio, strings, out, playing;

  // A plucked string (Karplus and Strong 1983): noise goes round in a loop as long as a period,
  // and each time round is smoothed. The loop has whole samples; `rate` makes up for the rest.
  function pluck(midi) {
    if (strings.has(midi)) return strings.get(midi);
    const pitch = 440 * 2 ** ((midi - 69) / 12);
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
    const string = { buffer, rate: pitch * (period + 0.5) / audio.sampleRate };
    strings.set(midi, string);
    return string;
  }

  function strike(start, length, midi, strength) {
    const { buffer, rate } = pluck(midi);
    const source = new AudioBufferSourceNode(audio, { buffer, playbackRate: rate });
    const gain = new GainNode(audio, { gain: strength / 127 });
    gain.gain.setTargetAtTime(0, start + length, 0.05); // damped, without a click
    source.connect(gain).connect(out);
    source.start(start);
    source.stop(start + length + 0.4);
    playing.sources.add(source);
    source.onended = () => playing?.sources.delete(source);
  }

  function ahead() {
    const { notes, begun, pace } = playing;
    const until = audio.currentTime + AHEAD;
    while (playing.next < notes.length) {
      const [start, length, midi, strength] = notes[playing.next];
      if (begun + start * pace > until) return;
      strike(begun + start * pace, length * pace, midi, strength);
      playing.next++;
    }
  }

  function follow() {
    const { cursor, figure, begun, pace } = playing;
    const now = (audio.currentTime - begun) / pace;
    let at = playing.at;
    while (at + 1 < cursor.length && cursor[at + 1][0] <= now) at++;
    if (now >= 0 && at !== playing.at) {
      if (playing.at >= 0) mark(figure, cursor[playing.at][2], "now", false);
      mark(figure, cursor[at][2], "now", true);
      playing.at = at;
    }
    if (now > playing.end) return stop();
    playing.frame = requestAnimationFrame(follow);
  }

  function stop() {
    if (!playing) return;
    const { button, figure, cursor, at, sources, timer, frame } = playing;
    clearInterval(timer);
    cancelAnimationFrame(frame);
    if (at >= 0) mark(figure, cursor[at][2], "now", false);
    playing = undefined;
    for (const source of sources) source.stop();
    label(button, "Play");
  }

  function label(button, word) {
    button.textContent = word;
    button.classList.toggle("on", word === "Stop");
    button.setAttribute("aria-label", button.getAttribute("aria-label").replace(/^\S+/, word));
  }

  function play(button) {
    audio ??= new AudioContext();
    audio.resume();
    strings ??= new Map();
    // many strings at once are made softer instead of being cut off
    out ??= (() => {
      const soft = new DynamicsCompressorNode(audio, { threshold: -14, ratio: 6 });
      soft.connect(audio.destination);
      return soft;
    })();
    const figure = button.closest("figure") ?? button.closest("article").querySelector("figure");
    draw(figure);
    const { notes, cursor } = dataOf(figure);
    const pace = 100 / byId("speed").value / 1000; // seconds of a millisecond as written
    const end = Math.max(0, ...cursor.slice(-1).map(([start, length]) => start + length));
    playing = { button, figure, notes, cursor, pace, end, next: 0, at: -1, sources: new Set() };
    label(button, "Stop");
    playing.begun = audio.currentTime + 0.1;
    ahead();
    playing.timer = setInterval(ahead, 200);
    playing.frame = requestAnimationFrame(follow);
  }

  document.querySelector("main").addEventListener("click", ({ target }) => {
    const button = target.closest(".play");
    if (!button) return;
    const again = playing?.button === button;
    stop();
    if (!again) play(button);
  });

  // ---- order ----

  const orders = {
    number: (a, b) => a.number - b.number,
    verdict: (a, b) => b.verdict - a.verdict,
    shared: (a, b) => a.shared - b.shared,
    length: (a, b) => a.length - b.length,
    title: (a, b) => a.title.localeCompare(b.title),
  };

  function arrange() {
    const order = orders[byId("sort").value];
    const sorted = [...cards].sort((a, b) => order(a.dataset, b.dataset));
    document.querySelector("main").append(...sorted);
    const all = !byId("best").checked;
    for (const card of cards) card.hidden = !(all || card.dataset.best === "true");
    const shown = cards.filter((card) => !card.hidden).length;
    byId("shown").textContent = all ? "" : `${shown} of ${cards.length} shown`;
  }
  byId("sort").addEventListener("change", arrange);
  byId("best").addEventListener("change", arrange);
  arrange();
})();
