// Scores: drawn when they come into sight, in the key that is asked for, and anew for paper.

const cards = [...document.querySelectorAll("article")];
const byId = (id) => document.getElementById(id);

// A score's figure -> its data, its title, and what is done to it: `steps` it is transposed by,
// `bars` that are chosen of it ([first, last] as written, or nothing: all), places that are
// `shared`, `drawn` (how it was drawn last), `at` (place in its text -> elements drawn for it),
// `key` as abcjs has it.
const scores = new Map();

function scoreOf(figure) {
  if (!scores.has(figure)) {
    const source = byId(figure.dataset.source) ?? figure.querySelector("script");
    const { title } = (byId(figure.dataset.source) ?? figure.closest("article")).dataset;
    const data = JSON.parse(source.textContent);
    const fresh = { figure, data, title, steps: 0, bars: undefined, shared: [], at: new Map() };
    scores.set(figure, fresh);
  }
  return scores.get(figure);
}

// abcjs measures what it draws. It draws here, where nothing else need be laid out for that: in
// place, 200 scores take five times as long.
const stage = document.createElement("div");
stage.className = "stage";
document.body.append(stage);

function draw(figure, wanted) {
  const box = figure.querySelector(".staves");
  const shape = wanted ?? shapeIn(box);
  if (!shape) return;
  const score = scoreOf(figure);
  const drawn = `${shape} ${score.steps}`;
  if (score.drawn === drawn) return;
  const options = { ...optionsFor(shape), visualTranspose: score.steps };
  if (shape === "paper") {
    // lines stand closer, and a page may end between any two
    Object.assign(options, { oneSvgPerLine: true, paddingbottom: 0, format: { staffsep: 40 } });
  }
  score.drawn = drawn;
  score.at.clear();
  box.classList.add("drawn");
  let lines = [];
  try {
    const [tune] = ABCJS.renderAbc(stage, score.data.abc, options);
    lines = tune.lines;
    box.style.cssText = stage.style.cssText;
    box.replaceChildren(...stage.childNodes);
    score.key = tune.getKeySignature();
  } catch {
    box.textContent = "This score cannot be drawn.";
  }
  for (const { startChar, endChar, parts } of drawnNotes(lines)) {
    for (let place = startChar; place < endChar; place++) score.at.set(place, parts);
  }
  for (const place of score.shared) mark(score, place, "shared", true);
  showBars(score);
}

function mark({ at }, place, name, on) {
  for (const part of at.get(place) ?? []) part.classList.toggle(name, on);
}

// ---- bars ----

// abcjs numbers the bars of what it draws
const barOf = (element) => /abcjs-mm(\d+)/.exec(element.getAttribute("class"))?.[1];

// Each step of the music as written: its place in the text, and its bar.
function* steps({ cursor, bars }) {
  let bar = 0;
  for (const [time, place] of cursor) {
    while (bar + 1 < bars.length && bars[bar + 1][0] <= time) bar++;
    yield [place, bars[bar][1]];
  }
}

// What is not chosen stands back.
function showBars({ figure, data, at, bars }) {
  const chosen = new Set();
  for (const [place, bar] of bars ? steps(data) : []) {
    if (bars[0] > bar || bar > bars[1]) continue;
    for (const part of at.get(place) ?? []) chosen.add(barOf(part));
  }
  for (const part of figure.querySelectorAll("[class*=abcjs-mm]:not(.abcjs-staff-extra)")) {
    part.classList.toggle("out", Boolean(bars) && !chosen.has(barOf(part)));
  }
}

// The bar of the note next to a point of the window.
function barAt({ data, at }, x, y) {
  let [best, nearest] = [undefined, Infinity];
  for (const [place, bar] of steps(data)) {
    const box = at.get(place)?.[0]?.getBoundingClientRect();
    if (!box) continue;
    const off = (from, to, point) => Math.max(from - point, 0, point - to);
    const far = Math.hypot(off(box.left, box.right, x), 2 * off(box.top, box.bottom, y));
    if (far < nearest) [best, nearest] = [bar, far];
  }
  return best;
}

// ---- when ----

const inSight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const figure = target.querySelector("figure");
    if (isIntersecting && figure) draw(figure);
  }
}, { rootMargin: "600px" });
for (const card of cards) inSight.observe(card);

let resized;
addEventListener("resize", () => {
  clearTimeout(resized);
  const redraw = () => [...scores].forEach(([figure, { drawn }]) => drawn && draw(figure));
  resized = setTimeout(redraw, 250);
});

// Paper has a width of its own, and what was out of sight is printed too.
let before;
addEventListener("beforeprint", () => {
  before = new Set([...scores.values()].filter(({ drawn }) => drawn));
  const main = document.querySelector("main");
  main.style.display = "none"; // so that nothing of it is laid out until all is drawn
  const one = document.querySelector("article.alone");
  for (const card of one ? [one] : cards.filter((card) => !card.hidden)) {
    const figure = card.querySelector("figure");
    if (figure) draw(figure, "paper");
  }
  main.style.display = "";
});
addEventListener("afterprint", () => {
  document.documentElement.classList.remove("one");
  document.querySelector("article.alone")?.classList.remove("alone");
  for (const score of scores.values()) {
    if (before.has(score)) {
      draw(score.figure);
    } else if (score.drawn) {
      score.drawn = undefined;
      const box = score.figure.querySelector(".staves");
      box.replaceChildren();
      box.classList.remove("drawn");
      inSight.unobserve(box.closest("article"));
      inSight.observe(box.closest("article"));
    }
  }
});
