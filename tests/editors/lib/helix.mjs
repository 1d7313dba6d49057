// Helix on a terminal's screen, configured by the snippet of editors/README.md.
import fs from 'node:fs';
import path from 'node:path';
import { startTerminal } from './terminal.mjs';

export function startHelix({ program, folder, file, snippet, env, out }) {
  fs.mkdirSync(path.join(out, 'helix'), { recursive: true });
  fs.writeFileSync(path.join(out, 'helix/languages.toml'), snippet('languages.toml'));
  const config = snippet('config.toml').replace('[editor]', '[editor]\nauto-pairs = false'); // brackets as typed
  fs.writeFileSync(path.join(out, 'helix/config.toml'), config);
  const terminal = startTerminal({
    command: [program, '-v', '--log', path.join(out, 'helix.log'), file],
    cwd: folder,
    columns: 200, // its list of diagnostics cuts what is long
    env: { ...env, XDG_CONFIG_HOME: out },
  });
  // Escape as no beginning of another key's sequence can be read: with `:` behind it, it would be Alt-:.
  const escape = () => terminal.type('\x1b[27u');
  const normal = () => { escape(); escape(); };
  const ex = (command) => { normal(); terminal.type(`:${command}`); terminal.keys('Enter'); };
  const go = (line, column) => {
    ex(`goto ${line}`);
    terminal.type('gh');
    if (column > 1) terminal.type(`${column - 1}l`);
  };
  return {
    ...terminal,
    // Helix asks for hints when it is idle after a key, and only a server that is ready by then.
    nudge: () => terminal.type('hl'),
    goto: go,
    // From 25.07 on each server's answer is a page of its own.
    async hover({ until, text }) {
      terminal.type(' k');
      await until('an explanation', () => terminal.screen().includes(text) || terminal.screen().includes('[1/2]'));
      if (!terminal.screen().includes(text)) terminal.keys('M-n');
    },
    diagnostics: () => terminal.type(' d'),
    dismiss: normal,
    async act(title, { until }) {
      terminal.type(' a');
      await until(`the action ${title}`, () => terminal.screen().includes(title));
      terminal.keys('Enter');
    },
    addLine(line, text) {
      go(line, 1);
      terminal.type(`o${text}`);
      escape();
    },
    replaceLine(line, text) {
      go(line, 1);
      terminal.type(`gsvglc${text}`);
      escape();
    },
    quit: () => ex('quit!'),
    deleteLine(line) { go(line, 1); terminal.type('xd'); },
    save: () => ex('write'),
  };
}
