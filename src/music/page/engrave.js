// What every score is: its width, how the engraver is asked for it, and which notes it drew.

const NARROW = 400; // pixels of a score below which its lines are broken anew
const WIDE = 560; // and below which its notes stand closer
const WIDTHS = { narrow: 380, middle: 620, wide: 860, paper: 1020 }; // of a staff, as abcjs counts

// The shape that a window has room for; none for what is hidden, which comes into sight later.
function shapeIn({ clientWidth }) {
  if (clientWidth === 0) return undefined;
  return clientWidth < NARROW ? "narrow" : clientWidth < WIDE ? "middle" : "wide";
}

function optionsFor(shape) {
  const options = {
    add_classes: true, responsive: "resize", foregroundColor: "currentColor",
    paddingtop: 4, paddingbottom: 12, paddingleft: 0, paddingright: 4,
    staffwidth: WIDTHS[shape], selectTypes: false,
  };
  if (shape === "narrow") {
    options.wrap = { minSpacing: 1.2, maxSpacing: 2.4, preferredMeasuresPerLine: 3 };
  }
  return options;
}

// The notes of engraved lines: where each stands in the text, and the elements drawn for it.
function* drawnNotes(lines) {
  for (const line of lines) {
    for (const voice of (line.staff ?? []).flatMap((staff) => staff.voices)) {
      for (const { el_type, startChar, endChar, abselem } of voice) {
        if (el_type === "note") yield { startChar, endChar, parts: abselem?.elemset ?? [] };
      }
    }
  }
}

