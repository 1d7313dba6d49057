// Plays the scenario in editors that are installed. Called by run.sh, which installs them:
//   node run.mjs OUT EXPECTATIONS NAME=PROGRAM... -- SERVER [ARG...]
// NAME begins with the kind of editor: vscode, neovim, helix, emacs. VSCODE_CHROMIUM and VSCODE_VSIX
// name the browser and the extensions, a colon between. OUT/NAME gets pictures, the protocol's log and the editor's files.
import fs from 'node:fs';
import path from 'node:path';
import { startEmacs } from './lib/emacs.mjs';
import { startHelix } from './lib/helix.mjs';
import { startNeovim } from './lib/neovim.mjs';
import { readProtocol } from './lib/protocol.mjs';
import { ended, play } from './lib/scenario.mjs';
import { startVSCode } from './lib/vscode.mjs';

const START = { emacs: startEmacs, helix: startHelix, neovim: startNeovim, vscode: startVSCode };
const here = import.meta.dirname;
const editors = path.resolve(here, '../../editors');
const split = process.argv.indexOf('--');
const [out, expectations, ...wanted] = process.argv.slice(2, split);
const server = process.argv.slice(split + 1);
if (split < 0 || server.length === 0 || wanted.length === 0) {
  console.error('usage: node run.mjs OUT EXPECTATIONS NAME=PROGRAM... -- SERVER [ARG...]');
  process.exit(2);
}
const expect = JSON.parse(fs.readFileSync(expectations, 'utf8'));
const sample = path.resolve(path.dirname(expectations), expect.folder);

/** The fenced block of editors/README.md whose first line names a file. */
function snippet(name) {
  const text = fs.readFileSync(path.join(editors, 'README.md'), 'utf8');
  const block = [...text.matchAll(/^```\w+\n([^\n]*)\n([^]*?)^```$/gm)].find(([, first]) => first.includes(name));
  if (!block) throw new Error(`editors/README.md has no block that names ${name}`);
  return block[2];
}

function script(file, line) {
  fs.writeFileSync(file, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
}
// Nothing outlives this script, however it ends.
let editor;
for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  process.once(signal, async () => {
    await editor?.stop();
    process.exit(status);
  });
}
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

async function seen(probe, editor) {
  for (const end = Date.now() + 20_000; !probe();) {
    if (Date.now() > end) throw new Error(editor.screen());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

let passed = 0;
let failed = 0;
async function check(title, run) {
  const start = Date.now();
  try {
    await run();
    passed += 1;
    console.log(`  ok    ${title} (${Date.now() - start} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`  FAIL  ${title}\n${String(error.message ?? error).replace(/^/gm, '        ')}`);
  }
}

for (const one of wanted) {
  const [name, program] = one.split('=');
  const kind = Object.keys(START).find((prefix) => name.startsWith(prefix));
  const home = path.resolve(out, name);
  const bin = path.join(home, 'bin');
  const folder = path.join(home, 'work');
  fs.rmSync(home, { recursive: true, force: true });
  fs.mkdirSync(bin, { recursive: true });
  fs.cpSync(sample, folder, { recursive: true });
  // Editors find `goescape` on the PATH, as at a user's; here it also writes down what is said.
  const logFile = path.join(home, 'protocol.log');
  fs.writeFileSync(logFile, '');
  const parts = [process.execPath, path.join(here, 'lib/tee.mjs'), logFile, ...server].map(quote).join(' ');
  script(path.join(bin, 'goescape'), `[ "$*" = lsp ] || { echo "unexpected arguments: $*" >&2; exit 2; }\nexec ${parts}`);
  const protocol = readProtocol(logFile);

  console.log(name);
  const start = (more) => START[kind]({
    program, folder, snippet, out: home, file: expect.file, plugin: path.join(editors, 'neovim'),
    chromium: process.env.VSCODE_CHROMIUM, extensions: process.env.VSCODE_VSIX?.split(':'), env: { PATH: `${bin}:${process.env.PATH}` }, ...more,
  });
  await check('the editor starts', async () => { editor = await start(); });
  if (!editor) continue;
  try {
    await play({ editor, expect, folder, out: home, protocol, check });
  } finally {
    await editor.stop();
  }
  if (kind === 'neovim') {
    await check('no server outlives an editor that is killed', async () => {
      const before = protocol.servers().length;
      const killed = start();
      try {
        await seen(() => protocol.servers().length > before && killed.screen().includes(' heap '), killed);
        killed.kill();
        await ended(protocol);
      } finally {
        killed.stop();
      }
    });
    await check('a missing server is told', async () => {
      const lost = start({ cmd: ['/nowhere/goescape', 'lsp'] });
      try {
        await seen(() => lost.screen().includes('is not installed'), lost);
        fs.writeFileSync(path.join(home, 'missing.txt'), lost.screen());
        if (/traceback|Error/.test(lost.screen())) throw new Error(lost.screen());
      } finally {
        lost.stop();
      }
    });
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
