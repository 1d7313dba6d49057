#!/usr/bin/env node
// Records what an editor and a server say to each other, changing nothing:
//   node tee.mjs LOG SERVER [ARG...]
// A line per message: "-> {json}" to the server, "<- {json}" from it; "++ PID" when it starts, "== PID STATUS" when it has ended.
import { spawn } from 'node:child_process';
import fs from 'node:fs';

const [file, command, ...args] = process.argv.slice(2);
const log = fs.openSync(file, 'a');
const note = (line) => fs.writeSync(log, `${line}\n`);

function recorder(sign) {
  let seen = Buffer.alloc(0);
  return (chunk) => {
    seen = Buffer.concat([seen, chunk]);
    for (;;) {
      const head = seen.indexOf('\r\n\r\n');
      if (head < 0) return;
      const start = head + 4;
      const end = start + Number(/content-length: *(\d+)/i.exec(seen.subarray(0, head))?.[1]);
      if (!(seen.length >= end)) return;
      note(`${sign} ${seen.subarray(start, end)}`);
      seen = seen.subarray(end);
    }
  };
}

const server = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
note(`++ ${server.pid}`);
process.stdin.on('data', recorder('->')).pipe(server.stdin);
server.stdout.on('data', recorder('<-')).pipe(process.stdout);
server.stderr.on('data', (chunk) => note(`!! ${chunk}`)).pipe(process.stderr);
for (const pipe of [server.stdin, process.stdout]) pipe.on('error', () => {});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => server.kill(signal));
server.on('error', (error) => { note(`== ${server.pid} ${error}`); process.exit(127); });
server.on('close', (code, signal) => {
  note(`== ${server.pid} ${signal ?? code}`);
  process.exitCode = code ?? 1;
  process.stdin.destroy();
});
