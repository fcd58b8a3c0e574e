// The text: a character is chosen by pointer, finger or key, and what might have stood there is
// shown.

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const box = byId("text");
const spans = [...box.querySelectorAll("i")];
const { length } = spans;
const TOP = 5; // nats of the strongest colour, as the legend has it
const unforetold = data.nats.filter((nats) => nats === null).length;

// `chosen` stays, `pointed` is only looked at; both are numbers of characters.
const state = { chosen: undefined, pointed: undefined };
// What is to happen when another character is shown, or chosen.
const listeners = { shown: [], chosen: [] };

const element = (name, properties = {}, ...children) => {
  const made = document.createElement(name);
  Object.assign(made, properties);
  made.append(...children);
  return made;
};

function percent(share) {
  if (share >= 0.0995) return `${(100 * share).toFixed(0)} %`;
  if (share >= 0.00995) return `${(100 * share).toFixed(1)} %`;
  return share >= 0.0001 ? `${(100 * share).toFixed(2)} %` : "< 0.01 %";
}

const nats = (at) => (data.nats[at] ?? 0) / 1000;
const glyph = (sign) => (sign === " " ? "␣" : sign);
const WORDS = { " ": "blank", "↵": "new line", "|": "bar line", "\"": "quotation mark" };
const spoken = (sign) => WORDS[sign] ?? sign;

// The number of the stretch that a character stands in.
function stretchOf(at) {
  let stretch = data.stretches.length - 1;
  while (stretch > 0 && data.stretches[stretch][0] > at) stretch--;
  return stretch;
}

// ---- colours ----

// Colours the text by shares from -1 to 1.
function paint(shares) {
  spans.forEach((span, at) => {
    span.style.setProperty("--s", Math.round(100 * Math.min(Math.abs(shares[at]), 1)));
    span.classList.toggle("down", shares[at] < 0);
  });
}

const bySurprise = () => paint(spans.map((_, at) => nats(at) / TOP));

// ---- what stood there, and what might have ----

function bar(share) {
  const made = element("span");
  made.style.width = `${100 * Math.min(Math.max(share, 0), 1)}%`;
  return element("span", { className: "bar" }, made);
}

function alternative(sign, share, came) {
  const row = element("li", { className: came ? "came" : "" },
    element("span", { className: "glyph", textContent: glyph(sign) }), bar(share),
    element("span", { className: "number", textContent: percent(share) }));
  if (came) row.append(element("span", { className: "mark", textContent: "came" }));
  return row;
}

function describe(at) {
  const [, name] = data.stretches[stretchOf(at)];
  const sign = data.text[at];
  const before = data.text.slice(Math.max(0, at - 14), at).join("");
  const where = element("p", { className: "where" }, `${name} · character ${at + 1} of ${length}`);
  const context = element("p", { className: "context", dir: "ltr" },
    element("span", { textContent: before }), element("b", { textContent: glyph(sign) }));
  if (data.nats[at] === null) {
    return [where, context, element("p", { textContent: "Nothing foretold the first character." })];
  }
  const share = Math.exp(-nats(at));
  const likeliest = data.likeliest[at - unforetold].map(([symbol, ten]) =>
    [data.symbols[symbol], ten / 1e4]);
  const known = likeliest.some(([symbol]) => symbol === sign);
  const rows = likeliest.map(([symbol, share]) => alternative(symbol, share, symbol === sign));
  if (!known) rows.push(element("li", { className: "gap", textContent: "…" }),
    alternative(sign, share, true));
  const cost = element("p", { className: "cost" },
    element("strong", { textContent: `${nats(at).toFixed(2)} nats` }),
    ` it gave ${spoken(sign)} a chance of ${percent(share)}`);
  return [where, context, cost, element("ol", { className: "likeliest" }, ...rows)];
}

function show() {
  const at = state.pointed ?? state.chosen ?? 0;
  byId("about").replaceChildren(...describe(at));
  for (const listener of listeners.shown) listener(at);
}

// ---- choosing ----

function choose(at, scroll = true) {
  const to = Math.min(Math.max(at, 0), length - 1);
  const last = spans[state.chosen];
  last?.classList.remove("chosen");
  last?.setAttribute("aria-selected", "false");
  state.chosen = to;
  state.pointed = undefined;
  spans[to].classList.add("chosen");
  spans[to].setAttribute("aria-selected", "true");
  box.setAttribute("aria-activedescendant", spans[to].id);
  if (scroll) spans[to].scrollIntoView({ block: "nearest" });
  show();
  for (const listener of listeners.chosen) listener(to);
}

function point(at) {
  if (state.pointed === at) return;
  state.pointed = at;
  show();
}

const numberOf = (target) => {
  const span = target.closest?.("#text i");
  return span ? +span.dataset.at : undefined;
};

// The character as far from the beginning of its line, so many lines on.
function vertical(at, lines) {
  const isEnd = (place) => data.text[place] === "↵";
  const begin = (place) => {
    let first = place;
    while (first > 0 && !isEnd(first - 1)) first--;
    return first;
  };
  const first = begin(at);
  if (lines < 0) {
    if (first === 0) return at;
    const above = begin(first - 1);
    return Math.min(above + at - first, first - 1);
  }
  let next = at;
  while (next < length && !isEnd(next)) next++;
  if (next + 1 >= length) return at;
  let end = next + 1;
  while (end < length - 1 && !isEnd(end)) end++;
  return Math.min(next + 1 + at - first, end);
}

const KEYS = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  ArrowUp: (at) => vertical(at, -1),
  ArrowDown: (at) => vertical(at, 1),
  Home: () => 0,
  End: () => length - 1,
  PageUp: (at) => data.stretches[Math.max(stretchOf(at) - 1, 0)][0],
  PageDown: (at) => data.stretches[Math.min(stretchOf(at) + 1, data.stretches.length - 1)][0],
};

box.tabIndex = 0;
box.setAttribute("role", "listbox");
box.setAttribute("aria-label", "The text, character by character; arrow keys move through it");
spans.forEach((span, at) => {
  span.id = `c${at}`;
  span.dataset.at = at;
  span.removeAttribute("title");
  span.setAttribute("role", "option");
  const share = data.nats[at] === null ? "" : `, ${percent(Math.exp(-nats(at)))}`;
  span.setAttribute("aria-label", `${spoken(data.text[at])}${share}`);
});
box.addEventListener("keydown", (event) => {
  const move = !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key];
  if (!move) return;
  event.preventDefault();
  choose(move(state.chosen ?? 0));
});
box.addEventListener("pointermove", ({ target, pointerType }) => {
  if (pointerType !== "touch") point(numberOf(target));
});
box.addEventListener("pointerleave", () => point(undefined));
box.addEventListener("click", ({ target }) => {
  const at = numberOf(target);
  if (at !== undefined) choose(at, false);
});

// ---- bars ----

const stretches = byId("stretches");
stretches.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  choose(data.stretches[+link.parentElement.dataset.at][0]);
});
byId("by-surprise").addEventListener("change", ({ target }) => {
  const list = stretches.querySelector("ol");
  const order = [...list.children];
  const cost = (row) => +row.querySelector(".number").textContent;
  const isHeader = (row) => row.dataset.header !== undefined;
  order.sort((a, b) => (target.checked
    ? isHeader(a) - isHeader(b) || cost(b) - cost(a) : +a.dataset.at - +b.dataset.at));
  list.replaceChildren(...order);
});
listeners.chosen.push((at) => {
  const now = stretchOf(at);
  for (const row of stretches.querySelectorAll("li")) {
    row.classList.toggle("now", +row.dataset.at === now);
  }
});

// The character that cost most, to begin with.
const dearest = () => data.nats.reduce((best, cost, at) =>
  ((cost ?? 0) > (data.nats[best] ?? 0) ? at : best), 0);
