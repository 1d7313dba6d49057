// Neovim with the project's plugin, on a terminal's screen.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { startTerminal } from './terminal.mjs';

export function startNeovim({ program, plugin, folder, file, env, out, cmd }) {
  const init = path.join(out, 'init.lua');
  const quote = (value) => `vim.json.decode([==[${JSON.stringify(value)}]==])`;
  fs.writeFileSync(init, `
vim.o.swapfile = false
vim.o.termguicolors = true
vim.o.signcolumn = 'yes'
vim.o.shortmess = vim.o.shortmess .. 'I'
vim.opt.runtimepath:append(${quote(plugin)})
require('goescape').setup{ cmd = ${cmd ? quote(cmd) : 'nil'} }
vim.api.nvim_create_autocmd('FileType', { pattern = 'go', callback = function(event)
  local settings = { gopls = { hints = { parameterNames = true } } }
  vim.lsp.start({ name = 'gopls', cmd = { 'gopls' }, root_dir = vim.fn.getcwd(), settings = settings }, { bufnr = event.buf })
end })
`);
  // 0.10 cannot show the hovers of two servers, so the plugin leaves K to gopls there.
  const old = execFileSync(program, ['--version'], { encoding: 'utf8' }).startsWith('NVIM v0.10');
  const terminal = startTerminal({ command: [program, '--clean', '-u', init, file], cwd: folder, env });
  // Not Escape, which together with the key behind it would be Alt and that key.
  const normal = () => terminal.keys('C-\\', 'C-n');
  const ex = (command) => { normal(); terminal.type(`:${command}`); terminal.keys('Enter'); };
  return {
    ...terminal,
    gopls: true, // runs beside
    // Without the column of signs, and what 0.10 writes behind lines with diagnostics.
    lines() {
      const rows = terminal.screen().split('\n');
      const end = rows.findIndex((row) => row.startsWith('~'));
      return rows.slice(0, end < 0 ? -2 : end).map((row) => row.slice(2).replace(/■.*$/, ''));
    },
    configure: (settings) => ex(`lua require('goescape').configure(${quote(settings)})`),
    goto: (line, column) => ex(`call cursor(${line}, ${column})`),
    hover: () => (old ? ex('GoescapeExplain') : terminal.type('K')),
    diagnostics: () => ex('lua vim.diagnostic.open_float()'),
    // A float closes when the cursor moves.
    dismiss: () => { normal(); terminal.type('jk'); },
    async act(title, { until, picture }) {
      ex('lua vim.lsp.buf.code_action()');
      const number = await until(`the action ${title}`, () =>
        terminal.screen().split('\n').find((row) => row.includes(title))?.match(/\d+/)?.[0]);
      await picture('action');
      terminal.type(number);
      terminal.keys('Enter');
    },
    addLine(line, text) {
      ex(`call cursor(${line}, 1)`);
      terminal.type('o');
      terminal.type(text);
      normal();
    },
    replaceLine(line, text) {
      ex(`call cursor(${line}, 1)`);
      terminal.type(`^C${text}`);
      normal();
    },
    deleteLine(line) { ex(`${line}delete`); },
    quit: () => ex('qa!'),
    save: () => ex('write'),
    async explain() { ex('GoescapeExplain'); return terminal.screen; },
    closeExplanation: () => terminal.type('jk'),
    toggle: () => ex('GoescapeToggle'),
    restart: () => ex('GoescapeRestart'),
  };
}
