// A page in headless Chromium, with what it complains of, asks for and hands to the sound system.
import { createRequire } from "node:module";
import { resolve } from "node:path";

const { chromium } = createRequire(resolve("node_modules"))("playwright-core");
export const [page_file, pictures] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

let failures = 0;
export function check(holds, what) {
  console.log(`${holds ? "ok  " : "FAIL"}  ${what}`);
  failures += holds ? 0 : 1;
}

export async function open(viewport, colorScheme = "light", javaScriptEnabled = true) {
  const context = await browser.newContext(
    { viewport, colorScheme, javaScriptEnabled, deviceScaleFactor: 2 });
  const page = await context.newPage();
  Object.assign(page, { complaints: [], requests: [] });
  page.on("pageerror", (error) => page.complaints.push(`${error}`));
  page.on("console", (line) => {
    if (["error", "warning"].includes(line.type())) page.complaints.push(line.text());
  });
  page.on("dialog", (dialog) => { page.complaints.push("a dialog"); dialog.dismiss(); });
  page.on("request", (request) => page.requests.push(request.url()));
  // what is handed to the sound system: { when, buffer, rate } of a string, else { when, hertz }
  await page.addInitScript(() => {
    window.struck = [];
    const keep = (kind, said) => {
      const { start } = kind.prototype;
      kind.prototype.start = function (when) {
        if (!this.loop) window.struck.push({ when, ...said(this) });
        return start.call(this, when);
      };
    };
    keep(AudioBufferSourceNode, (node) => ({ buffer: node.buffer, rate: node.playbackRate.value }));
    keep(OscillatorNode, ({ frequency }) => ({ hertz: frequency.value }));
  });
  page.begun = Date.now();
  await page.goto(`file://${resolve(page_file)}`);
  return page;
}

// Closes all, and ends as the checks did.
export async function finish() {
  await browser.close();
  process.exit(failures ? 1 : 0);
}
