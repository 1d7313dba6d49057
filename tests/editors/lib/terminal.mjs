// A terminal program in a private tmux: keys in, the screen as text out.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export function startTerminal({ command, cwd, env = {}, columns = 120, rows = 44 }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tui-'));
  const conf = path.join(folder, 'conf');
  fs.writeFileSync(conf, [
    'set -g default-terminal "tmux-256color"',
    'set -ga terminal-overrides ",*:Tc"',
    'set -g status off',
    'set -sg escape-time 0',
    'set -g remain-on-exit on', // the last screen of a program that ended tells why
  ].join('\n') + '\n');
  const tmux = (...args) => {
    const { TMUX: _, ...rest } = process.env;
    const done = spawnSync('tmux', ['-S', path.join(folder, 's'), '-f', conf, ...args], {
      cwd, encoding: 'utf8', env: { ...rest, LC_ALL: 'C.UTF-8', ...env },
    });
    if (done.error) throw done.error;
    if (done.status !== 0) throw new Error(`tmux ${args[0]}: ${done.stderr}`);
    return done.stdout;
  };
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), ...command);
  return {
    screen: () => tmux('capture-pane', '-p'),
    colours: () => tmux('capture-pane', '-e', '-p'),
    keys: (...keys) => { tmux('send-keys', ...keys); },
    type: (text) => { tmux('send-keys', '-l', '--', text); },
    /** Kills the program and its own second half, as a crash would, and nothing that these have started. */
    kill() {
      const pid = tmux('display-message', '-p', '#{pane_pid}').trim();
      const halves = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
      for (const one of [pid, ...halves]) process.kill(Number(one), 'SIGKILL');
    },
    stop() {
      try { tmux('kill-server'); } catch { /* it has ended by itself */ }
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
