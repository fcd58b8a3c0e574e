// Opens a page of `hornpipe inspect` in headless Chromium and checks what a reader would notice.
//
//   npm install playwright-core          (and a Chromium: `apt-get install chromium`)
//   hornpipe inspect default TUNE -o page.html
//   node tests/scripts/see_inspect.mjs page.html [SCREENSHOTS]
//
// CHROMIUM names the browser (default /usr/bin/chromium). Run it where playwright-core is found.
// Any page will do; notes are looked at where there is a score.
import { check, finish, open, pictures } from "./browser.mjs";

const WIDE = { width: 1280, height: 900 };
const wide = await open(WIDE);
const data = JSON.parse(await wide.locator("#data").textContent());
const { length } = data.text;
const about = () => wide.locator("#about").innerText();
const spans = wide.locator("#text i");
const active = () => wide.locator("#text").getAttribute("aria-activedescendant");
const unforetold = data.nats.filter((nats) => nats === null).length;
const likeliest = (at) => data.likeliest[at - unforetold].map(([symbol]) =>
  (data.symbols[symbol] === " " ? "␣" : data.symbols[symbol]));
const shown = () => wide.locator("#about .likeliest .glyph").allInnerTexts();
const alternatives = async (at) => {
  const [seen, expected] = [await shown(), likeliest(at)];
  return expected.every((sign, nth) => seen[nth] === sign);
};

// ---- the text ----

check(await spans.count() === length, `${length} characters`);
const text = await wide.evaluate(() => document.querySelector("#text").innerText.length);
check(text >= length, "all of them stand there");
check(await wide.locator("#text [tabindex]").count() === 0, "the text is one tab stop");
const dearest = data.nats.indexOf(Math.max(...data.nats));
check(await active() === `c${dearest}`, "the dearest character is chosen to begin with");
const cost = `${(data.nats[dearest] / 1000).toFixed(2)} nats`;
check((await about()).includes(cost), `its cost is said: ${cost}`);
check(await alternatives(dearest), "and what else might have come");
const sums = data.likeliest.map((of) => of.reduce((sum, [, ten]) => sum + ten, 0));
check(Math.max(...sums) <= 10_002, "no character has more than all of the probability");

const middle = Math.floor(length / 2);
await spans.nth(middle).scrollIntoViewIfNeeded();
await spans.nth(middle).hover();
const pointed = (await about()).includes(`character ${middle + 1} of ${length}`);
check(pointed && await alternatives(middle), "a pointer shows another");
await wide.mouse.move(5, 5);
check((await about()).includes(`character ${dearest + 1} of`), "and leaves the chosen one");
await spans.nth(middle).click();
await wide.keyboard.press("ArrowRight");
check(await active() === `c${middle + 1}` && await alternatives(middle + 1), "a key goes on");
await wide.keyboard.press("ArrowLeft");
await wide.keyboard.press("Home");
check(await active() === "c0", "to the beginning");
await wide.keyboard.press("End");
check(await active() === `c${length - 1}`, "to the end");
const focused = await wide.evaluate(() => document.activeElement.id);
check(focused === "text", "the text keeps the focus");
const lines = data.text.join("").split("↵");
if (lines.length > 3 && lines[1].length > 0) {
  await wide.keyboard.press("Home");
  await wide.keyboard.press("ArrowDown");
  check(await active() === `c${lines[0].length + 1}`, "down a line");
  await wide.keyboard.press("ArrowUp");
  check(await active() === "c0", "and up");
}

// ---- bars ----

const rows = wide.locator("#stretches li");
check(await rows.count() === data.stretches.length, `${data.stretches.length} bars or lines`);
await rows.nth(1 % data.stretches.length).locator("a").click();
check(await active() === `c${data.stretches[1 % data.stretches.length][0]}`, "a click goes there");
await wide.check("#by-surprise");
const costs = (await wide.locator("#stretches .number").allInnerTexts()).map(Number);
if (await wide.locator("#stretches li[data-header]").count() > 0) costs.pop(); // it stands last
const sorted = costs.every((cost, at) => at === 0 || costs[at - 1] >= cost);
check(sorted, "the most surprising come first");
await wide.uncheck("#by-surprise");

// ---- notes ----

if (data.score) {
  await wide.waitForSelector("#score svg");
  const notes = wide.locator("#score .abcjs-note.note");
  const count = await notes.count();
  check(count > 0, `${count} notes have the colour of what they cost`);
  const agree = [];
  for (let nth = 0; nth < count; nth += Math.max(1, Math.floor(count / 7))) {
    const note = notes.nth(nth);
    await note.evaluate((element) => {
      const head = element.querySelector("path") ?? element;
      head.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    });
    agree.push(await note.evaluate((element) => element.classList.contains("now")));
    // the chosen characters are in music and tell the note by its letter
    const at = +(await active()).slice(1);
    const own = data.text.slice(at, at + 30).join("").match(/[A-Ga-g]/)?.[0];
    const names = await note.evaluate((element) =>
      [...element.querySelectorAll("[data-name]")].map(({ dataset }) => dataset.name));
    const name = names.find((name) => /^[_^=]*[A-Ga-g][,']*$/.test(name)); // not a flag or a mark
    if (name) agree.push(/[A-Ga-g]/.exec(name)[0] === own);
  }
  check(agree.every(Boolean), `notes and characters agree (${agree.length} looked at)`);
} else {
  check(await wide.locator("#score").count() === 0, "no score where there are no notes");
}

// ---- cells ----

const curve = (nth) => wide.locator(".scroller .curve").nth(nth).getAttribute("points");
if (data.cells.length > 0) {
  const before = await curve(4);
  const last = data.cells.at(-1);
  await wide.fill("#cell-number", `${last.layer}:${last.unit}`);
  await wide.press("#cell-number", "Enter");
  check(await curve(4) !== before, `cell ${last.layer}:${last.unit} is drawn`);
  const curves = await wide.locator(".scroller .curve").count();
  check(curves === 6, "with its gates, itself and its output");
  const at = +(await active()).slice(1);
  const level = data.levels.indexOf(last.traces[1][at]) / (data.levels.length - 1);
  const said = await wide.locator("#charts output").nth(1).innerText();
  check(said === level.toFixed(2), `f is ${said} there`);
  await wide.check("#by-cell");
  const c = [...last.traces[4]].map((sign) => 2 * data.levels.indexOf(sign) / 88 - 1);
  const painted = await spans.evaluateAll((all) => all.map((span) =>
    +span.style.getPropertyValue("--s") * (span.classList.contains("down") ? -1 : 1)));
  const off = painted.map((share, at) => Math.abs(share - 100 * c[at]));
  check(Math.max(...off) <= 0.51, "the text has its colours");
  if (pictures) await wide.screenshot({ path: `${pictures}/by-cell.png`, fullPage: length < 1000 });
  await wide.uncheck("#by-cell");
  const other = wide.locator("#cells a.cell").last();
  if (await other.count()) {
    await other.click();
    const name = await other.getAttribute("data-cell");
    check(await wide.inputValue("#cell-number") === name, `a click takes cell ${name}`);
  }
  await wide.fill("#cell-number", "nonsense");
  await wide.press("#cell-number", "Enter");
  const refused = await wide.locator("#cell-said").innerText();
  check(refused.includes("no cell nonsense"), "a cell that is none is said to be none");
}
const local = wide.requests.every((url) => /^(file|blob):/.test(url));
check(local, "nothing but the file was asked for");
check(wide.complaints.length === 0, `complaints: ${wide.complaints.join("; ") || "none"}`);

// ---- without scripts ----

const plain = await open(WIDE, "light", false);
const stays = await plain.locator("#text i[title]").count();
check(stays === length && await plain.locator("#about:visible, #cell:visible").count() === 0,
  "without scripts the text has its colours, and nothing would do nothing");
if (pictures) await plain.screenshot({ path: `${pictures}/plain.png` });

// ---- widths ----

for (const width of [1280, 768, 390]) {
  for (const scheme of ["light", "dark"]) {
    const page = await open({ width, height: 844 }, scheme);
    if (data.score) await page.waitForSelector("svg");
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    check(overflow <= 0, `${width} ${scheme}: nothing stands out to the right`);
    const path = `${pictures}/${width}-${scheme}`;
    if (pictures) {
      await page.screenshot({ path: `${path}.png` });
      await page.screenshot({ path: `${path}-all.png`, fullPage: length < 1500 });
    }
    check(page.complaints.length === 0, `complaints: ${page.complaints.join("; ") || "none"}`);
  }
}
await finish();
