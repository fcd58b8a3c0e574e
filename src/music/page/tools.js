// The bar at the foot of the page: the score at hand, and what one can set of its playing.

const MOST_PARTS = 8; // that have a button

// How often a whole tune is played, and chosen bars: these to practise.
const often = { whole: "1", chosen: "Infinity" };
const oftenOf = ({ bars }) => (bars ? "chosen" : "whole");

// The numbers that people give to bars as written: an upbeat to a part has that of the one before.
function numbersOf({ data: { bars, parts, meter, end } }) {
  const [upper, lower] = meter ?? [0, 4];
  const lengths = [];
  bars.forEach(([tick, bar], at) => { lengths[bar] ??= (bars[at + 1]?.[0] ?? end) - tick; });
  let number = 0;
  return Array.from(lengths, (length, bar) => {
    const isUpbeat = parts.includes(bar) && length < 4 * TICKS * upper / lower;
    return isUpbeat ? number : ++number;
  });
}

function take(score) {
  if (score === hand) return;
  halt();
  hand = score;
  draw(score.figure);
  showHand();
}

function showHand() {
  const { data: { parts }, title, bars } = hand;
  byId("what").textContent = title;
  const numbers = numbersOf(hand);
  const last = numbers.length - 1;
  const [from, to] = (bars ?? [0, last]).map((bar) => numbers[bar]);
  const hint = "click two bars to practise them";
  byId("where").textContent = !bars ? hint : from === to ? `bar ${from}` : `bars ${from} to ${to}`;
  for (const [id, value] of [["from", from], ["to", to]]) {
    Object.assign(byId(id), { min: numbers[0], max: numbers[last], value });
  }
  const named = [["whole", undefined]];
  if (1 < parts.length && parts.length <= MOST_PARTS) {
    parts.forEach((part, at) => {
      named.push([String.fromCharCode(65 + at), [part, (parts[at + 1] ?? last + 1) - 1]]);
    });
  }
  byId("parts").replaceChildren(...named.map(([name, part]) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: name });
    if (part) button.setAttribute("aria-label", `part ${name}`);
    button.setAttribute("aria-pressed", `${part}` === `${bars}`);
    button.addEventListener("click", () => {
      choose(part);
      byId("parts").children[named.findIndex(([other]) => other === name)]
        .focus({ preventScroll: true });
    });
    return button;
  }));
  byId("times").value = often[oftenOf(hand)];
  showKey();
}

function showKey() {
  const { key, steps, figure } = hand;
  const moves = key && !["none", "HP"].includes(key.root); // abcjs leaves these where they are
  const name = moves ? `${key.root}${key.acc}${key.mode.toLowerCase()}` : "";
  byId("key").textContent = steps ? `${name} (${steps > 0 ? "+" : "−"}${Math.abs(steps)})` : name;
  byId("lower").disabled = !moves || steps <= -12;
  byId("higher").disabled = !moves || steps >= 12;
  const above = figure.dataset.source ? null : figure.closest("article").querySelector(".key");
  if (!above) return;
  above.dataset.written ??= above.textContent;
  above.textContent = steps ? name : above.dataset.written;
}

function move(by) {
  hand.steps += by;
  draw(hand.figure);
  if (playing) {
    mark(playing.score, playing.place, "now", true);
    go();
  }
  showKey();
}

// Chooses bars, [first, last] as written, or all.
function choose(bars) {
  hand.bars = bars;
  showBars(hand);
  showHand();
  if (playing) begin(false);
}

// A first click begins and a second one ends what is chosen; the same bar twice frees all.
function clickBar(score, bar, extends_) {
  const { bars } = score;
  take(score);
  if (bars && bars[0] === bars[1] && bars[0] === bar) return choose();
  if (bars && (extends_ || bars[0] === bars[1])) {
    return choose([Math.min(bars[0], bar), Math.max(bars[1], bar)]);
  }
  choose([bar, bar]);
}

function showPlaying() {
  for (const button of document.querySelectorAll(".play.on")) say(button, "Play");
  byId("go").textContent = playing ? "Stop" : "Play";
  byId("go").classList.toggle("on", Boolean(playing));
  if (playing) say(playOf(playing.score.figure), "Stop");
}

function playOf(figure) {
  return figure.querySelector(".play") ?? figure.closest("article").querySelector(".play");
}

function say(button, word) {
  button.textContent = word;
  button.classList.toggle("on", word === "Stop");
  button.setAttribute("aria-label", button.getAttribute("aria-label").replace(/^\S+/, word));
}

byId("instrument").replaceChildren(...Object.entries(INSTRUMENTS).map(([value, { name }]) =>
  new Option(name, value)));
byId("go").addEventListener("click", () => (playing ? halt() : begin()));
byId("lower").addEventListener("click", () => move(-1));
byId("higher").addEventListener("click", () => move(1));
byId("instrument").addEventListener("change", () => playing && go());
function showSpeed() {
  byId("percent").textContent = `${setting("speed")} %`;
}
byId("speed").addEventListener("input", () => {
  showSpeed();
  if (playing) go();
});
byId("times").addEventListener("change", ({ target }) => {
  often[oftenOf(hand)] = target.value;
  if (playing) go();
});
for (const [id, find, end] of [["from", "indexOf", 0], ["to", "lastIndexOf", 1]]) {
  byId(id).addEventListener("change", () => {
    const numbers = numbersOf(hand);
    const last = numbers.length - 1;
    const number = Math.min(Math.max(Math.round(setting(id)), numbers[0]), numbers[last]);
    const bars = [...(hand.bars ?? [0, last])];
    bars[end] = numbers[find](number);
    bars[1 - end] = end ? Math.min(...bars) : Math.max(...bars);
    choose(bars[0] === 0 && bars[1] === last ? undefined : bars);
  });
}
byId("more").addEventListener("click", ({ target }) => {
  const open = byId("player").classList.toggle("open");
  target.setAttribute("aria-expanded", open);
});
