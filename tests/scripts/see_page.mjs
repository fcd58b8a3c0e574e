// Opens a page of `hornpipe page` in headless Chromium and checks what a player would notice.
//
//   npm install playwright-core          (and a Chromium: `apt-get install chromium`)
//   hornpipe page TUNES -o page.html
//   node tests/scripts/see_page.mjs page.html [SCREENSHOTS]
//
// CHROMIUM names the browser (default /usr/bin/chromium). Run it where playwright-core is found.
// The page needs two tunes that sound, the first of them in a metre and of three bars or more;
// verdicts are looked at where there are some.
import { readFileSync, writeFileSync } from "node:fs";
import { check, finish, open, pictures } from "./browser.mjs";

const WIDE = { width: 1280, height: 900 };
const equal = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// ---- scores ----

const wide = await open(WIDE);
await wide.waitForSelector(".staves svg");
console.log(`      the first score stands after ${Date.now() - wide.begun} ms`);
// all of it, as before printing
await wide.evaluate(() => dispatchEvent(new Event("beforeprint")));
await wide.evaluate(() => dispatchEvent(new Event("afterprint")));
for (const button of await wide.locator(".verdict .fold").all()) {
  await button.evaluate((button) => button.click());
}
await wide.evaluate(() => dispatchEvent(new Event("beforeprint")));
const seen = await wide.evaluate(() => [...document.querySelectorAll("figure")].map((figure) => {
  const { source } = figure.dataset;
  const main = figure.closest("article").querySelector("figure");
  const read = (element) => JSON.parse(element.textContent);
  const own = read(main.querySelector("script"));
  const { cursor } = source ? read(document.getElementById(source)) : own;
  const fill = (text) => getComputedStyle(text).fill;
  return {
    written: new Set(cursor.map(([, place]) => place)).size,
    drawn: figure.querySelectorAll(".abcjs-note, .abcjs-rest").length,
    shared: own.near?.shared[source ? 1 : 0].length ?? 0,
    coloured: figure.querySelectorAll(".abcjs-note.shared").length,
    words: [...figure.querySelectorAll(".shared text, .shared tspan")].map(fill),
    ink: getComputedStyle(figure).color,
  };
}));
const count = await wide.locator("article").count();
const sum = (key) => seen.reduce((all, figure) => all + figure[key], 0);
check(count > 1, `${count} tunes, ${seen.length} scores`);
check(
  seen.every((f) => f.drawn >= f.written),
  `${sum("drawn")} notes drawn, ${sum("written")} played`,
);
check(
  seen.every((f) => f.coloured === f.shared),
  `${sum("coloured")} of ${sum("shared")} shared notes coloured where the nearest tune is unfolded`,
);
const texts = seen.flatMap(({ words }) => words).length;
check(seen.every((f) => f.words.every((fill) => fill === f.ink)), `${texts} words at them are not`);
await wide.evaluate(() => dispatchEvent(new Event("afterprint")));
if (pictures) await wide.screenshot({ path: `${pictures}/unfolded.png`, fullPage: count < 30 });
for (const button of await wide.locator(".verdict .fold").all()) {
  await button.evaluate((button) => button.click());
}
check(await wide.locator(".shared, figure.near:visible").count() === 0, "no colour where folded");
const words = await wide.locator(".verdict").allInnerTexts();
check(words.every((text) => !/^not good/i.test(text)), `${words.length} verdicts, none rude`);

// ---- sound ----

const card = wide.locator("article:has(figure)").first();
const data = JSON.parse(await card.locator("figure script").first().textContent());
const button = card.locator(".top .play");
const each = data.tempos[0][1] / 960e6; // seconds of a tick
const struck = () => wide.evaluate(() =>
  window.struck.map(({ when, hertz, rate }) => ({ when, hertz, rate })));
const wait = (n) =>
  wide.waitForFunction((n) => window.struck.length >= n, n, { timeout: 60_000 }).then(struck);
const hear = async (n) => {
  await wide.evaluate(() => { window.struck.length = 0; });
  return wait(n);
};

let hearing = hear(Math.min(8, data.notes.length));
await button.click();
await hearing;
await wide.waitForSelector(".staves .now");
check((await button.getAttribute("aria-label")).startsWith("Stop "), "it plays");
if (pictures) await wide.screenshot({ path: `${pictures}/playing.png` });

// each string of the first notes, its pitch by autocorrelation
const heard = await wide.evaluate(() => window.struck.slice(0, 12).map(({ when, buffer, rate }) => {
  const wave = buffer.getChannelData(0).subarray(4000, 16000);
  const score = (lag) => {
    let sum = 0;
    for (let at = 0; at + lag < wave.length; at++) sum += wave[at] * wave[at + lag];
    return sum / (wave.length - lag);
  };
  let best = 30;
  for (let lag = 20; lag < 400; lag++) if (score(lag) > 1.02 * score(best)) best = lag;
  const [left, middle, right] = [-1, 0, 1].map((step) => score(best + step));
  const lag = best + (left - right) / (2 * (left - 2 * middle + right));
  const peak = wave.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return { when, midi: 69 + 12 * Math.log2(buffer.sampleRate * rate / lag / 440), peak };
}));
const cents = heard.map(({ midi }, at) => {
  const off = 100 * (midi - data.notes[at][2]);
  return Math.abs(off - 1200 * Math.round(off / 1200)); // the ear of this test may miss octaves
});
// how late the latest of some notes is, that should be those from the n-th on
const latest = (heard, n = 0, speed = 1) => Math.max(...heard.map(({ when }, at) =>
  Math.abs(when - heard[0].when - (data.notes[n + at][0] - data.notes[n][0]) * each / speed)));
const most_cents = Math.max(...cents);
check(most_cents < 8, `${heard.length} strings in tune within ${most_cents.toFixed(1)} cents`);
const late = latest(heard);
check(late < 0.002, `struck within ${(1000 * late).toFixed(1)} ms of their times`);
check(heard.every(({ peak }) => peak > 0.01), "they sound");

const pitches = (heard, midi) => heard.every(({ hertz }, at) =>
  Math.abs(12 * Math.log2(hertz / 440) + 69 - midi[at % midi.length]) < 0.01);
const set = (id, value) => wide.locator(`#${id}`).evaluate((input, value) => {
  window.struck.length = 0;
  input.value = value;
  for (const name of ["input", "change"]) input.dispatchEvent(new Event(name, { bubbles: true }));
}, value);
await wide.selectOption("#instrument", "pipes");
await set("speed", 50);
const slow = (await wait(4)).slice(0, 4);
// it goes on from where it was: the same notes, and those before them not all at half speed
const fits = data.notes.some(([tick], n) => {
  const late = slow[0].when - heard[0].when - (tick - data.notes[0][0]) * each;
  const midi = data.notes.slice(n, n + 4).map(([, , midi]) => midi);
  return midi.length === 4 && pitches(slow, midi) && latest(slow, n, 0.5) < 0.002
    && late > -0.002 && late < (tick - data.notes[0][0]) * each;
});
check(fits, "slower while it plays, from the same place");
await set("speed", 100);
await button.click();
check(await wide.locator(".staves .now, button.on").count() === 0, "it stops");

// ---- tools ----

// a click on a note of each of two bars
const placesOf = (bar) => {
  const from = data.bars.findIndex(([, written]) => written === bar);
  const to = data.bars[from + 1]?.[0] ?? data.end;
  return data.cursor.filter(([tick]) => data.bars[from][0] <= tick && tick < to);
};
const noteOf = async (bar) => {
  const first = placesOf(bar)[0][1];
  const order = [...new Set(data.cursor.map(([, place]) => place))].sort((a, b) => a - b);
  return card.locator("figure:not(.near) :is(.abcjs-note, .abcjs-rest)").nth(order.indexOf(first));
};
await (await noteOf(1)).click({ force: true });
await (await noteOf(2)).click({ force: true });
const chosen = await wide.locator("#where").innerText();
check(/^bars \d+ to \d+$/.test(chosen), `two clicks choose ${chosen}`);
check(await card.locator(".out").count() > 0, "what is not chosen stands back");
if (pictures) await wide.screenshot({ path: `${pictures}/chosen.png` });
const [begin, end] = [placesOf(1)[0][0], data.bars.find(([tick, bar]) =>
  tick > placesOf(2)[0][0] && bar !== 2)?.[0] ?? data.end];
const loop = data.notes.filter(([tick]) => begin <= tick && tick < end).map(([, , midi]) => midi);
await wide.check("#count");
hearing = hear(data.meter[2] + 2 * loop.length + 1);
await wide.click("#go");
const counted = (await hearing).sort((a, b) => a.when - b.when);
const [upper, lower, beats] = data.meter;
const beat = 4 * 960 * upper / lower / beats * each;
const clicks = counted.splice(0, beats);
const ticking = clicks.every(({ when, hertz }, at) => hertz === (at ? 1320 : 1760)
  && Math.abs(when - clicks[0].when - at * beat) < 0.002);
const bar_later = clicks[0].when + beats * beat + 0.002;
check(ticking && counted[0].when <= bar_later, `${beats} beats count in`);
check(pitches(counted.slice(0, 2 * loop.length + 1), loop), `${loop.length} notes again and again`);
await wide.click("#higher");
await wide.click("#higher");
const moved = (await hear(1))[0].hertz;
const near_by = loop.some((midi) => Math.abs(12 * Math.log2(moved / 440) + 69 - midi - 2) < 0.01);
check(near_by, `two semitones higher while it plays: ${await wide.locator("#key").innerText()}`);
await wide.click("#go");
const steps = () => card.locator("svg").first().evaluate((svg) =>
  [...svg.querySelectorAll(".abcjs-note")].map((note) => +/abcjs-p(\S+)/.exec(note.classList)[1]));
const high = await steps();
await wide.click("#lower");
await wide.click("#lower");
const low = await steps();
check(low.every((step, at) => high[at] > step), "the score is moved too, and back");
await wide.locator("#parts button").first().click();
check(await wide.locator(".out").count() === 0, "the whole tune is to be had again");
const parts = await wide.locator("#parts button").count() - 1;
check(parts === (data.parts.length > 1 && data.parts.length <= 8 ? data.parts.length : 0),
  `${parts} parts have a button`);
await wide.uncheck("#count");

const download = async (kind, steps = 0) => {
  for (let step = 0; step < steps; step++) await wide.click("#higher");
  const coming = wide.waitForEvent("download");
  await card.locator(`[data-kind=${kind}]`).click();
  const file = await coming;
  const bytes = readFileSync(await file.path());
  if (pictures) writeFileSync(`${pictures}/saved${steps || ""}.${kind}`, bytes);
  for (let step = 0; step < steps; step++) await wide.click("#lower");
  return bytes;
};
const text = (await card.locator("pre.abc").textContent()).trimEnd();
check(`${await download("abc")}` === `${text}\n`, "its ABC is saved as it is");
const notesOf = (bytes, notes = [], on = {}, at = 22, tick = 0) => {
  const number = (value = 0) => {
    for (;;) {
      const byte = bytes[at++];
      value = value * 128 + byte % 128;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    tick += number();
    const status = bytes[at++];
    if (status === 0xff) { at++; const length = number(); at += length; continue; }
    const key = [status % 16, bytes[at++]];
    if (status >> 4 === 0xc) continue;
    const strength = bytes[at++];
    if (status >> 4 === 9) on[key] = [tick, key[1], strength];
    else notes.push([on[key][0], tick - on[key][0], ...on[key].slice(1)]);
  }
  return notes;
};
const sorted = (notes) => [...notes].sort((a, b) => a[0] - b[0] || a[2] - b[2] || a[3] - b[3]);
const midi = await download("mid");
const { length: notes } = data.notes;
check(equal(sorted(notesOf(midi)), sorted(data.notes)), `its MIDI has its ${notes} notes`);
const elsewhere = notesOf(await download("mid", 3));
check(equal(sorted(elsewhere), sorted(data.notes)), "and the same when it is shown in another key");

// ---- order ----

const order = (key) => wide.locator("article").evaluateAll((all, key) =>
  all.map((card) => +card.dataset[key]), key);
await wide.selectOption("#sort", "length");
const lengths = await order("length");
check(lengths.every((length, at) => at === 0 || lengths[at - 1] <= length), "it sorts");
if (words.length > 0) {
  await wide.check("#best");
  const best = await wide.locator("article:visible").count();
  const marked = await wide.locator("article[data-best=true]").count();
  check(best === marked, `${best} tunes are good and new`);
  await wide.uncheck("#best");
} else {
  check(await wide.locator("#best").count() === 0, "no order by verdicts where there are none");
}
await wide.selectOption("#sort", "number");
check(equal(await order("number"), lengths.map((_, at) => at + 1)), "and back");
const local = wide.requests.every((url) => /^(file|blob):/.test(url));
check(local, "nothing but the file was asked for");
check(wide.complaints.length === 0, `complaints: ${wide.complaints.join("; ") || "none"}`);

// ---- print, at once, before all is drawn ----

const fresh = await open(WIDE, "dark");
await fresh.evaluate(() => addEventListener("beforeprint", () => {
  window.drawn = document.querySelectorAll("article > figure:has(svg)").length;
  const dark = (element) => getComputedStyle(element).color === "rgb(0, 0, 0)";
  const shown = [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility());
  window.paper = { dark: shown.every(dark), odd: shown.filter((e) =>
    e.matches(".verdict, .made, button, select, input, .deeds, footer")).length };
}));
const pdf = async (page, name) => {
  const bytes = await page.pdf({ format: "A4", printBackground: true });
  if (pictures) writeFileSync(`${pictures}/${name}.pdf`, bytes);
  return `${bytes.toString("latin1")}`.match(/\/Type\s*\/Page\b/g).length;
};
const sheets = await pdf(fresh, "print");
const figures = await fresh.locator("article > figure").count();
check(await fresh.evaluate(() => window.drawn) === figures, `${figures} scores on ${sheets} pages`);
await fresh.emulateMedia({ media: "print" });
await fresh.evaluate(() => dispatchEvent(new Event("beforeprint")));
const paper = await fresh.evaluate(() => window.paper);
check(paper.dark && paper.odd === 0, "paper is black and has no verdict and no button");
await fresh.emulateMedia({ media: null });
await fresh.evaluate(() => dispatchEvent(new Event("afterprint")));
await fresh.evaluate(() => { window.print = () => {}; });
await fresh.locator("article:has(figure) .print").nth(1).click();
check(await pdf(fresh, "print-one") === 1, "one tune is one page");
await fresh.evaluate(() => dispatchEvent(new Event("afterprint")));
check(await fresh.locator("article:visible").count() === count, "then all are there again");
check(fresh.complaints.length === 0, `complaints: ${fresh.complaints.join("; ") || "none"}`);

// ---- without scripts ----

const plain = await open(WIDE, "light", false);
const dead = await plain.locator("button:visible, select:visible, input:visible, figure:visible");
const shown = await plain.locator("pre.abc:visible").count();
check(await dead.count() === 0, "without scripts nothing is dead or empty");
check(shown >= figures, `and ${shown} tunes are there as text`);
if (pictures) await plain.screenshot({ path: `${pictures}/plain.png` });

// ---- widths ----

for (const width of [1280, 768, 390]) {
  for (const scheme of ["light", "dark"]) {
    const page = await open({ width, height: 844 }, scheme);
    await page.waitForSelector("svg");
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    check(await overflow() <= 0, `${width} ${scheme}: nothing stands out to the right`);
    const path = `${pictures}/${width}-${scheme}`;
    if (pictures) await page.screenshot({ path: `${path}.png` });
    if (width === 390) {
      await page.click("#more");
      const { height } = await page.locator("#player").boundingBox();
      check(await overflow() <= 0 && height < 300, `with the tools, which are ${height} high, too`);
      if (pictures) await page.screenshot({ path: `${path}-tools.png` });
    }
    check(page.complaints.length === 0, `complaints: ${page.complaints.join("; ") || "none"}`);
  }
}
await finish();
