// Emacs with eglot on a terminal's screen, configured by the snippet of editors/README.md.
import fs from 'node:fs';
import path from 'node:path';
import { startTerminal } from './terminal.mjs';

export function startEmacs({ program, folder, file, snippet, env, out }) {
  const init = path.join(out, 'init.el');
  fs.writeFileSync(init, `;; -*- lexical-binding: t -*-
(setq make-backup-files nil create-lockfiles nil auto-save-default nil inhibit-startup-screen t
      native-comp-jit-compilation nil eglot-confirm-server-edits nil eldoc-idle-delay 0.1
      eldoc-echo-area-use-multiline-p t eldoc-echo-area-prefer-doc-buffer nil)
(menu-bar-mode -1)
(electric-indent-mode -1)
(require 'go-mode)
${snippet('init.el')}
(global-set-key (kbd "C-c a") #'eglot-code-actions)
(global-set-key (kbd "C-c g") #'goto-line)
(global-set-key (kbd "C-c h") #'eldoc-doc-buffer)
(global-set-key (kbd "C-c d") #'flymake-show-buffer-diagnostics)
`);
  const terminal = startTerminal({ command: [program, '-nw', '-Q', '-l', init, file], cwd: folder, env: { ...env, HOME: out } });
  const go = (line, column) => {
    terminal.keys('C-c', 'g'); // no C-g before: it throws away the keys that follow it
    terminal.type(String(line));
    terminal.keys('Enter');
    for (let i = 1; i < column; i++) terminal.keys('C-f');
  };
  return {
    ...terminal,
    goto: go,
    hover: () => terminal.keys('C-c', 'h'), // whole: of itself eldoc shows the first lines
    diagnostics: () => terminal.keys('C-c', 'd'),
    dismiss: () => terminal.keys('C-x', '1'),
    async act(title, { until }) {
      // Emacs asks for the range of a finding it has drawn, which is that of the text before an edit
      // until the server has answered. A person looks first.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      terminal.keys('C-c', 'a');
      await until(`the action ${title}`, () => terminal.screen().includes(title));
      terminal.keys('Enter');
    },
    addLine(line, text) {
      go(line, 1);
      terminal.keys('C-e', 'C-j');
      terminal.type(text);
    },
    replaceLine(line, text) {
      go(line, 1);
      terminal.keys('M-m', 'C-k');
      terminal.type(text);
    },
    quit() {
      terminal.keys('C-x', 'C-c');
      terminal.type('!');
    },
    deleteLine(line) { go(line, 1); terminal.keys('C-k', 'C-k'); },
    save: () => terminal.keys('C-x', 'C-s'),
  };
}
