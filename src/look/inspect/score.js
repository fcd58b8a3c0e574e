// The score: its notes in the colour of what their characters cost, each leading to its characters.

const staves = document.querySelector("#score .staves");
const WIDTHS = { narrow: 380, middle: 620, wide: 860 }; // of a staff, as abcjs counts
// Each note of the score: its first and last character, and the elements drawn for it.
let notes = [];

// Which character stands at a place of the engraver's text; those it was given beside are none.
function charactersByPlace() {
  const byPlace = new Map();
  let nth = -1;
  const { shifts } = data.score;
  for (let at = 0; at < length; at++) {
    while (shifts[nth + 1]?.[0] <= at) nth++;
    if (nth >= 0) byPlace.set(at + shifts[nth][1], at);
  }
  return byPlace;
}

let drawn;
function draw() {
  const { clientWidth } = staves;
  const shape = clientWidth < 400 ? "narrow" : clientWidth < 560 ? "middle" : "wide";
  if (clientWidth === 0 || drawn === shape) return;
  drawn = shape;
  const options = {
    add_classes: true, responsive: "resize", foregroundColor: "currentColor",
    paddingtop: 4, paddingbottom: 12, paddingleft: 0, paddingright: 4,
    staffwidth: WIDTHS[shape], selectTypes: false,
  };
  if (shape === "narrow") {
    options.wrap = { minSpacing: 1.2, maxSpacing: 2.4, preferredMeasuresPerLine: 3 };
  }
  notes = [];
  let lines = [];
  try {
    [{ lines }] = ABCJS.renderAbc(staves, data.score.abc, options);
  } catch {
    staves.textContent = "This score cannot be drawn.";
  }
  const byPlace = charactersByPlace();
  for (const line of lines) {
    for (const voice of (line.staff ?? []).flatMap((staff) => staff.voices)) {
      for (const { el_type, startChar, endChar, abselem } of voice) {
        if (el_type !== "note") continue;
        const own = [];
        for (let place = startChar; place < endChar; place++) {
          if (byPlace.has(place)) own.push(byPlace.get(place));
        }
        // blanks around a note are not the note's
        while (own.length > 1 && " ↵".includes(data.text[own.at(-1)])) own.pop();
        while (own.length > 1 && " ↵".includes(data.text[own[0]])) own.shift();
        const parts = abselem?.elemset ?? [];
        if (own.length > 0) notes.push({ from: own[0], to: own.at(-1), parts });
      }
    }
  }
  for (const { from, to, parts } of notes) {
    let cost = 0;
    for (let at = from; at <= to; at++) cost += nats(at);
    // by its root: what little ink a note has shows less of a colour than paper does
    const share = Math.round(100 * Math.sqrt(Math.min(cost / TOP, 1)));
    for (const part of parts) {
      part.classList.add("note");
      part.style.setProperty("--s", share);
    }
  }
  markNote(state.chosen);
}

function markNote(at) {
  for (const { from, to, parts } of notes) {
    for (const part of parts) part.classList.toggle("now", from <= at && at <= to);
  }
}

if (data.score) {
  listeners.chosen.push(markNote);
  staves.addEventListener("click", ({ target }) => {
    const note = notes.find(({ parts }) => parts.some((part) => part.contains(target)));
    if (note) choose(note.from, false);
  });
  let resized;
  addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(draw, 200);
  });
}
