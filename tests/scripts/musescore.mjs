// Plays MusicXML files as MuseScore does: FOLDER/NAME.musicxml becomes TO/NAME.mid.
//
//     npm install --prefix AT webmscore@1.2.1
//     node --no-experimental-fetch tests/scripts/musescore.mjs AT FOLDER TO
//
// webmscore is MuseScore's own library as WebAssembly; where fetch is there it looks for itself on a server.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const [at, from, to] = process.argv.slice(2).map((name) => path.resolve(name));
const WebMscore = createRequire(path.join(at, "package.json"))("webmscore");
await WebMscore.ready;
fs.mkdirSync(to, { recursive: true });
for (const name of fs.readdirSync(from).filter((name) => name.endsWith(".musicxml")).sort()) {
  const bytes = new Uint8Array(fs.readFileSync(path.join(from, name)));
  try {
    // never destroyed: the library does not survive that
    const score = await WebMscore.load("musicxml", bytes, [], false);
    fs.writeFileSync(path.join(to, `${path.parse(name).name}.mid`), await score.saveMidi(true, true));
  } catch (error) {
    console.error(`${name}: ${error}`);
  }
}
process.exit(0);
