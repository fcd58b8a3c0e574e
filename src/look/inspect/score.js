// The score: its notes in the colour of what their characters cost, each leading to its characters.

const staves = document.querySelector("#score .staves");
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
  const shape = shapeIn(staves);
  if (!shape || drawn === shape) return;
  drawn = shape;
  notes = [];
  let lines = [];
  try {
    [{ lines }] = ABCJS.renderAbc(staves, data.score.abc, optionsFor(shape));
  } catch {
    staves.textContent = "This score cannot be drawn.";
  }
  const byPlace = charactersByPlace();
  for (const { startChar, endChar, parts } of drawnNotes(lines)) {
    const own = [];
    for (let place = startChar; place < endChar; place++) {
      if (byPlace.has(place)) own.push(byPlace.get(place));
    }
    // blanks around a note are not the note's
    while (own.length > 1 && " ↵".includes(data.text[own.at(-1)])) own.pop();
    while (own.length > 1 && " ↵".includes(data.text[own[0]])) own.shift();
    if (own.length > 0) notes.push({ from: own[0], to: own.at(-1), parts });
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
