// Reads what lib/tee.mjs has recorded of the servers that an editor started.
import fs from 'node:fs';

export function readProtocol(file) {
  const lines = () => fs.readFileSync(file, 'utf8').split('\n');
  return {
    /** The servers in the order of their starts: {pid, end}; `end` is the exit status or the signal, once there is one. */
    servers() {
      const servers = new Map();
      for (const line of lines()) {
        const [, sign, pid, end] = /^(\+\+|==) (\d+) ?(.*)$/.exec(line) ?? [];
        if (sign === '++') servers.set(pid, { pid: Number(pid), end: undefined });
        if (sign === '==') servers.get(pid).end = end;
      }
      return [...servers.values()];
    },
    /** What the editor said it can do. */
    client() {
      const line = lines().find((one) => one.startsWith('-> ') && one.includes('"method":"initialize"'));
      return JSON.parse(line.slice(3)).params.capabilities;
    },
    /** A file's diagnostics, pushed or pulled, as the client has them now. */
    diagnostics(name) {
      const asked = new Set();
      let items = [];
      for (const line of lines()) {
        if (!/^(->|<-) \{.*\}$/.test(line)) continue;
        const message = JSON.parse(line.slice(3));
        const of = (params) => params.textDocument?.uri?.endsWith(`/${name}`) ?? params.uri?.endsWith(`/${name}`);
        if (line.startsWith('->')) {
          if (message.method === 'textDocument/diagnostic' && of(message.params)) asked.add(message.id);
        } else if (message.method === 'textDocument/publishDiagnostics' && of(message.params)) {
          items = message.params.diagnostics;
        } else if (message.method === undefined && asked.has(message.id) && message.result?.items) {
          items = message.result.items;
        }
      }
      return items.map(({ range, severity, source, code, message, relatedInformation }) => ({
        at: place(range), severity, source, code, message,
        related: (relatedInformation ?? []).map((one) => `${place(one.location.range)} ${one.message}`),
      }));
    },
  };
}

/** Lines and columns from 1. */
function place({ start, end }) {
  return `${start.line + 1}:${start.character + 1}-${end.line + 1}:${end.character + 1}`;
}
