// The cells: the gates and the value of one along the text, and what it follows.

const WIDTH = 11; // pixels of a character
const STRIP = 26; // of the strip of text
const CHART = 46; // and of a chart below it
const GAP = 10;
const SVG = "http://www.w3.org/2000/svg";
const level = new Map([...data.levels].map((sign, at) => [sign, at / (data.levels.length - 1)]));

// What is drawn of a cell: its name, what it is, and the ends of its axis.
const CHARTS = [
  ["i", "in", 0, 1], ["f", "keep", 0, 1], ["g", "offer", -1, 1], ["o", "out", 0, 1],
  ["c", "cell", -1, 1], ["h", "says", -1, 1],
];
let cell; // { c: [..], h: [..], ... } beside what `data` has of it
let feature = 0;

const svg = (name, attributes) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};

const nameOf = ({ layer, unit }) => `${layer}:${unit}`;

// A cell with its numbers.
function decoded(of) {
  const between = (low, high) => (sign) => low + (high - low) * level.get(sign);
  const ranges = [[0, 1], [0, 1], [-1, 1], [0, 1], [-of.scale, of.scale]];
  const [i, f, g, o, c] = of.traces.map((trace, at) => Array.from(trace, between(...ranges[at])));
  const h = c.map((value, at) => o[at] * Math.tanh(value));
  return { ...of, i, f, g, o, c, h };
}

// ---- charts ----

const top = (at) => STRIP + at * (CHART + GAP) + GAP;
const scroller = document.querySelector("#charts .scroller");
const cursor = svg("rect", { class: "cursor", y: 0, width: WIDTH });
const height = top(CHARTS.length);

// The strip of text, and a line where each stretch begins; all cells have the same.
function ground() {
  const made = svg("svg", { width: length * WIDTH, height });
  for (const [begin] of data.stretches) {
    const x = begin * WIDTH;
    made.append(svg("line", { class: "stretch", x1: x, x2: x, y1: 0, y2: height }));
  }
  const x = data.text.map((_, at) => (at + 0.5) * WIDTH).join(" ");
  const strip = svg("text", { class: "strip", x, y: STRIP - 8 });
  strip.textContent = data.text.map((sign) => (sign === " " ? "·" : sign)).join("");
  cursor.setAttribute("height", height);
  made.append(cursor, strip);
  return made;
}

function chart([name, , low, high], at) {
  const made = svg("g", { transform: `translate(0 ${top(at)})` });
  const scale = name === "c" ? cell.scale : 1;
  const y = (value) => CHART * (1 - (value / scale - low) / (high - low));
  for (const edge of [low, 0, high]) {
    const [kind, there] = [edge === 0 ? "zero" : "edge", y(edge * scale)];
    made.append(svg("line", { class: kind, x1: 0, x2: length * WIDTH, y1: there, y2: there }));
  }
  const points = cell[name].map((value, at) => `${(at + 0.5) * WIDTH},${y(value).toFixed(1)}`);
  const area = [`${WIDTH / 2},${y(0)}`, ...points, `${(length - 0.5) * WIDTH},${y(0)}`].join(" ");
  made.append(svg("polygon", { class: "area", points: area }));
  made.append(svg("polyline", { class: "curve", points: points.join(" ") }));
  return made;
}

function drawCell() {
  const picture = ground();
  CHARTS.forEach((of, at) => picture.append(chart(of, at)));
  scroller.replaceChildren(picture);
  const names = CHARTS.map(([name, word, low, high], at) => {
    const range = name === "c" ? `±${cell.scale.toFixed(2)}` : `${low} to ${high}`;
    const row = element("div", {}, element("b", { textContent: name }), ` ${word} `,
      element("output", {}), element("small", { textContent: range }));
    row.style.top = `${top(at)}px`;
    return row;
  });
  document.querySelector("#charts .names").replaceChildren(...names);
}

// What it is at the character that is shown.
function readCell(at) {
  if (!cell) return;
  cursor.setAttribute("x", at * WIDTH);
  const outputs = document.querySelectorAll("#charts output");
  CHARTS.forEach(([name], nth) => { outputs[nth].textContent = cell[name][at].toFixed(2); });
  const all = CHARTS.map(([name]) => `${name} ${cell[name][at].toFixed(2)}`).join(", ");
  const where = `Cell ${nameOf(cell)} along the text; after character ${at + 1}`;
  scroller.setAttribute("aria-label", `${where}: ${all}`);
}

function scrollToCharacter(at) {
  const x = (at + 0.5) * WIDTH;
  const { scrollLeft, clientWidth } = scroller;
  const margin = Math.min(80, clientWidth / 4);
  if (x < scrollLeft + margin || x > scrollLeft + clientWidth - margin) {
    scroller.scrollLeft = x - clientWidth / 2;
  }
}

const pointedAt = ({ clientX }) =>
  Math.floor((clientX - scroller.firstElementChild.getBoundingClientRect().left) / WIDTH);
scroller.addEventListener("pointermove", (event) => {
  const at = pointedAt(event);
  if (event.pointerType !== "touch" && 0 <= at && at < length) point(at);
});
scroller.addEventListener("pointerleave", () => point(undefined));
scroller.addEventListener("click", (event) => choose(pointedAt(event), false));

// ---- which cell ----

function pick(of) {
  cell = decoded(of);
  byId("cell-number").value = nameOf(of);
  byId("cell-name").textContent = `Cell ${of.unit} of layer ${of.layer}`;
  byId("cell-said").textContent = "";
  drawCell();
  const at = state.pointed ?? state.chosen;
  readCell(at);
  scrollToCharacter(at);
  showBest();
  showMeans();
  if (byId("by-cell").checked) colour();
}

function colour() {
  const on = byId("by-cell").checked;
  box.classList.toggle("by-cell", on);
  const legend = byId("legend");
  legend.classList.toggle("by-cell", on);
  byId("reading-name").textContent = on ? `What cell ${nameOf(cell)} holds` : "What surprised it";
  if (!on) {
    legend.replaceChildren(...surpriseLegend);
    legend.setAttribute("aria-label", surpriseLabel);
    return bySurprise();
  }
  legend.setAttribute("aria-label", `Colours: c from -${cell.scale.toFixed(2)} to its negative`);
  paint(cell.c.map((value) => value / cell.scale));
  legend.replaceChildren(...[-1, -0.5, 0, 0.5, 1].map((share) => {
    const value = share * cell.scale;
    const stop = element("span", { className: share < 0 ? "down" : "" },
      element("b", { textContent: `${share === 0 ? "c = " : ""}${value.toFixed(2)}` }));
    stop.style.setProperty("--s", 100 * Math.abs(share));
    return stop;
  }));
}
const surpriseLegend = [...byId("legend").children];
const surpriseLabel = byId("legend").getAttribute("aria-label");

// The cells that follow the feature most.
function showBest() {
  const share = (of) => of.shares[feature] / 1000;
  const best = [...data.cells].sort((a, b) => share(b) - share(a)).slice(0, 12);
  const name = data.features[feature]?.name;
  byId("best-name").textContent = name ? `Cells that follow ${name}` : "Cells";
  const had = byId("best").contains(document.activeElement);
  byId("best").replaceChildren(...best.map((of) => {
    const row = element("button", { type: "button", className: "cell" },
      element("span", { textContent: nameOf(of) }), bar(name ? share(of) : 0),
      element("span", { className: "number", textContent: name ? percent(share(of)) : "" }));
    row.setAttribute("aria-pressed", nameOf(of) === nameOf(cell));
    row.addEventListener("click", () => pick(of));
    return element("li", {}, row);
  }));
  if (had) byId("best").querySelector("[aria-pressed=true]")?.focus();
}

// What the cell holds on average where the feature has each of its values.
function showMeans() {
  const of = data.features[feature];
  if (!of) return;
  const sums = of.values.map(() => [0, 0]);
  [...of.labels].forEach((sign, at) => {
    const sum = sums[data.levels.indexOf(sign)];
    if (sign === " " || !sum) return;
    sum[0] += 1;
    sum[1] += Math.tanh(cell.c[at]);
  });
  byId("means-name").textContent = `Mean of tanh(c) by ${of.name}`;
  byId("means").replaceChildren(...of.values.map((value, nth) => {
    const [count, sum] = sums[nth];
    const mean = count ? sum / count : 0;
    const both = element("span", { className: `both-ways${mean < 0 ? " down" : ""}` });
    both.style.setProperty("--w", `${50 * Math.abs(mean)}%`);
    return element("div", {}, element("span", { textContent: value }), both,
      element("span", { className: "number", textContent: mean.toFixed(2) }),
      element("small", { textContent: `${count}` }));
  }));
}

const find = (name) => data.cells.find((of) => nameOf(of) === name.replace(/\s/g, ""));
byId("cell-number").addEventListener("change", ({ target }) => {
  const of = find(target.value);
  if (of) return pick(of);
  byId("cell-said").textContent = `There is no cell ${target.value} on this page.`;
});
byId("by-cell").addEventListener("change", colour);
byId("feature")?.addEventListener("change", ({ target }) => {
  feature = +target.value;
  showBest();
  showMeans();
});
byId("cells").addEventListener("click", (event) => {
  const link = event.target.closest("a.cell");
  if (!link) return;
  event.preventDefault();
  feature = +link.dataset.feature;
  byId("feature").value = feature;
  pick(find(link.dataset.cell));
  byId("cell").scrollIntoView({ block: "nearest" });
});

// ---- to begin with ----

choose(dearest(), false);
if (data.cells.length > 0) {
  listeners.shown.push(readCell);
  listeners.chosen.push(scrollToCharacter);
  // of all cells the one that follows something most
  const most = (of) => Math.max(0, ...of.shares);
  const first = data.cells.reduce((best, of) => (most(of) > most(best) ? of : best));
  feature = Math.max(first.shares.indexOf(most(first)), 0);
  if (byId("feature")) byId("feature").value = feature;
  pick(first);
} else {
  byId("cell").hidden = true;
}
if (data.score) draw();
