// What one can do with the tunes on the page: unfold, print and sort them.

const main = document.querySelector("main");

// The nearest tune: its score, and in both the notes that they share.
function unfoldNear(card, line, open) {
  const score = scoreOf(card.querySelector("figure"));
  const { place, shared } = score.data.near;
  let figure = card.querySelector("figure.near");
  if (!figure) {
    figure = document.createElement("figure");
    figure.className = "near";
    figure.dataset.source = `near-${place}`;
    const staves = document.createElement("div");
    staves.className = "staves";
    staves.setAttribute("role", "img");
    figure.append(staves);
    line.after(figure);
    const { data, title } = scoreOf(figure);
    staves.setAttribute("aria-label", `Score of ${title}, of the corpus`);
    if (data.notes.length > 0) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "play small", textContent: "Play" });
      button.setAttribute("aria-label", `Play ${title}, of the corpus`);
      figure.prepend(button);
    }
  }
  figure.hidden = !open;
  const near = scoreOf(figure);
  if (!open && hand === near) take(score);
  for (const [each, places] of [[score, shared[0]], [near, shared[1]]]) {
    each.shared = open ? places : [];
    for (const note of places) mark(each, note, "shared", open);
  }
  if (open) draw(figure);
}

function fold(button) {
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", open);
  const card = button.closest("article");
  const line = button.closest(".verdict");
  if (!line) return card.classList.toggle("text", open);
  button.textContent = open ? "hide" : "show";
  const { textContent: title } = line.querySelector("cite");
  button.setAttribute("aria-label", `${open ? "Hide" : "Show"} ${title}`);
  unfoldNear(card, line, open);
}

main.addEventListener("click", ({ target, clientX, clientY, shiftKey }) => {
  const card = target.closest("article");
  const button = target.closest("button");
  const figure = target.closest("figure") ?? card?.querySelector("figure");
  if (button?.matches(".play")) {
    const stops = button.matches(".on");
    take(scoreOf(figure));
    stops ? halt() : begin();
  } else if (button?.matches(".fold")) {
    fold(button);
  } else if (button?.matches(".save")) {
    save(scoreOf(figure), button.dataset.kind);
  } else if (button?.matches(".print")) {
    printOnly(card);
  } else if (target.closest(".staves")) {
    const score = scoreOf(figure);
    const bar = score.data.bars.length > 0 ? barAt(score, clientX, clientY) : undefined;
    if (bar !== undefined) clickBar(score, bar, shiftKey);
  }
});

// ---- print, order ----

function printOnly(card) {
  document.documentElement.classList.add("one");
  card.classList.add("alone");
  print();
}
byId("print")?.addEventListener("click", () => print());

const orders = {
  number: (a, b) => a.number - b.number,
  verdict: (a, b) => (b.verdict ?? -1) - (a.verdict ?? -1),
  shared: (a, b) => (a.shared ?? 2) - (b.shared ?? 2),
  length: (a, b) => a.length - b.length,
  title: (a, b) => a.title.localeCompare(b.title),
};

function arrange() {
  const order = orders[byId("sort").value];
  const sorted = [...cards].sort((a, b) => order(a.dataset, b.dataset));
  main.append(...sorted);
  const all = !byId("best")?.checked;
  for (const card of cards) card.hidden = !(all || card.dataset.best === "true");
  const shown = cards.filter((card) => !card.hidden).length;
  byId("shown").textContent = all ? "" : `${shown} of ${cards.length} shown`;
}
byId("sort")?.addEventListener("change", arrange);
byId("best")?.addEventListener("change", arrange);

// ---- the beginning ----

const first = main.querySelector("figure");
byId("player").hidden = !first;
if (first) {
  hand = scoreOf(first);
  draw(first);
  showHand();
  showSpeed(); // browsers keep settings when a page is loaded anew
}
if (byId("sort") && (byId("sort").value !== "number" || byId("best")?.checked)) arrange();
