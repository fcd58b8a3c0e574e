// Opens a page of `hornpipe page` in headless Chromium and checks what a player would notice.
//
//   npm install playwright-core          (and a Chromium: `apt-get install chromium`)
//   hornpipe page TUNES -o page.html
//   node tests/scripts/see_page.mjs page.html [SCREENSHOTS]
//
// CHROMIUM names the browser (default /usr/bin/chromium). Run it where playwright-core is found.
import { createRequire } from "node:module";
import { resolve } from "node:path";

const { chromium } = createRequire(resolve("node_modules"))("playwright-core");
const [page_file, pictures] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

let failures = 0;
function check(holds, what) {
  console.log(`${holds ? "ok  " : "FAIL"}  ${what}`);
  failures += holds ? 0 : 1;
}

function checkComplaints(page, where) {
  check(page.complaints.length === 0, `${where}: ${page.complaints.join("; ") || "none"}`);
}

async function open(size, colorScheme) {
  const context = await browser.newContext({ viewport: size, colorScheme, deviceScaleFactor: 2 });
  const page = await context.newPage();
  page.complaints = [];
  page.requests = [];
  page.on("pageerror", (error) => page.complaints.push(`${error}`));
  page.on("console", (line) => {
    if (["error", "warning"].includes(line.type())) page.complaints.push(line.text());
  });
  page.on("dialog", (dialog) => { page.complaints.push("a dialog"); dialog.dismiss(); });
  page.on("request", (request) => page.requests.push(request.url()));
  // what is handed to the sound system
  await page.addInitScript(() => {
    window.struck = [];
    const start = AudioBufferSourceNode.prototype.start;
    AudioBufferSourceNode.prototype.start = function (when) {
      const { buffer, playbackRate } = this;
      window.struck.push({ when, buffer, rate: playbackRate.value });
      return start.call(this, when);
    };
  });
  await page.goto(`file://${resolve(page_file)}`);
  return page;
}

const wide = await open({ width: 1280, height: 900 }, "light");
// all of it, as before printing
await wide.evaluate(() => dispatchEvent(new Event("beforeprint")));
const seen = await wide.evaluate(() => [...document.querySelectorAll("figure")].map((figure) => {
  const data = JSON.parse(figure.querySelector("script").textContent);
  return {
    written: new Set(data.cursor.map((step) => step[2])).size,
    drawn: figure.querySelectorAll(".abcjs-note, .abcjs-rest").length,
    shared: data.shared.length,
    coloured: figure.querySelectorAll(".abcjs-note.shared").length,
    near: figure.className === "near",
  };
}));
const cards = await wide.locator("article").count();
const sum = (key) => seen.reduce((all, figure) => all + figure[key], 0);
check(cards > 0, `${cards} tunes, ${seen.length} scores`);
check(
  seen.every((f) => f.drawn >= f.written),
  `${sum("drawn")} notes drawn, ${sum("written")} played`,
);
check(
  seen.every((f) => f.coloured === f.shared),
  `${sum("coloured")} of ${sum("shared")} shared notes coloured`,
);
check(wide.requests.length === 1, "nothing but the file was asked for");
if (pictures) await wide.screenshot({ path: `${pictures}/wide.png`, fullPage: true });

const button = wide.locator("button.play").first();
const script = wide.locator("article:has(button) figure script").first();
const data = JSON.parse(await script.textContent());
await button.click();
await wide.waitForFunction((n) => window.struck.length >= n, Math.min(4, data.notes.length));
await wide.waitForSelector(".staves .now");
const label = await button.getAttribute("aria-label");
check(label.startsWith("Stop "), "it plays");
if (pictures) await wide.screenshot({ path: `${pictures}/playing.png` });

// the sound itself: each string of the first notes, its pitch by autocorrelation
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
const first = heard[0].when;
const cents = heard.map(({ midi }, at) => {
  const off = 100 * (midi - data.notes[at][2]);
  return Math.abs(off - 1200 * Math.round(off / 1200)); // the ear of this test may miss octaves
});
const late = heard.map(({ when }, at) => {
  const due = (data.notes[at][0] - data.notes[0][0]) / 1000;
  return Math.abs(when - first - due);
});
const [most_cents, latest] = [Math.max(...cents), Math.max(...late)];
check(most_cents < 8, `${heard.length} strings in tune within ${most_cents.toFixed(1)} cents`);
check(latest < 0.002, `struck within ${(1000 * latest).toFixed(1)} ms of their times`);
check(heard.every(({ peak }) => peak > 0.01), "they sound");
await button.click();
check(await wide.locator(".staves .now, button.on").count() === 0, "it stops");

const articles = wide.locator("article");
const order = () => articles.evaluateAll((all) => all.map((card) => +card.dataset.shared));
await wide.selectOption("#sort", "shared");
const shares = await order();
check(shares.every((share, at) => at === 0 || shares[at - 1] <= share), "it sorts");
await wide.check("#best");
const best = await wide.locator("article:visible").count();
const marked = await wide.locator("article[data-best=true]").count();
check(best === marked, `${best} tunes are good and new`);
checkComplaints(wide, "complaints");
await wide.uncheck("#best");
await wide.selectOption("#sort", "number");
if (pictures) await wide.pdf({ path: `${pictures}/print.pdf`, format: "A4" });

for (const [name, size, scheme] of [
  ["phone", { width: 390, height: 844 }, "light"],
  ["dark", { width: 1280, height: 900 }, "dark"],
]) {
  const page = await open(size, scheme);
  await page.waitForSelector("svg");
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  check(overflow <= 0, `${name}: nothing stands out to the right`);
  checkComplaints(page, `${name}: complaints`);
  const path = `${pictures}/${name}.png`;
  if (pictures) await page.screenshot({ path, fullPage: name === "phone" });
}
await browser.close();
process.exit(failures ? 1 : 0);
