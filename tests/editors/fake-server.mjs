#!/usr/bin/env node
// Speaks the protocol as goescape does, with an analysis that a regular expression can do: what the
// editors' clients need can then be tested without the server, and a failure is the client's.
//
//   node fake-server.mjs [lsp]   `NAME := TYPE{..}` is on the heap if its function says `return &NAME`
//   node fake-server.mjs gopls   stands in for gopls: hint `int` after NAME in `NAME := 1`, a hover, nothing else

const gopls = process.argv[2] === 'gopls';
const texts = new Map(); // uri -> text
let settings = {};
let client = {};
let stopped = false;

// -- the analysis -------------------------------------------------------------------------------

const range = (line, start, end) => ({ start: { line, character: start }, end: { line, character: end } });

/** The composite literals given to a name: {name, type, line, at, cause?}; cause is the `&name` returned. */
function literals(uri) {
  const lines = (texts.get(uri) ?? '').split('\n');
  const found = [];
  let open = [];
  let head = -1;
  lines.forEach((text, line) => {
    if (/^func\b/.test(text)) [open, head] = [[], line];
    for (const match of text.matchAll(/\b(\w+)( := )(\w+)\{/g)) {
      const literal = { name: match[1], type: match[3], line, at: match.index, head };
      open.push(literal);
      found.push(literal);
    }
    for (const match of text.matchAll(/\breturn &(\w+)/g)) {
      const literal = open.find((one) => one.name === match[1]);
      if (literal) literal.cause = range(line, match.index + 'return '.length, match.index + match[0].length);
    }
  });
  return { found, lines };
}

const nameRange = (one) => range(one.line, one.at, one.at + one.name.length);
const reason = (one) => `${one.name} moves to the heap: its address is returned`;

function hints(uri) {
  const shown = settings.hints ?? {};
  if (shown.enable === false) return [];
  return literals(uri).found.flatMap((one) => {
    if (!one.cause && !shown.stack) return [];
    const part = one.cause
      ? { value: 'heap', tooltip: { kind: 'markdown', value: reason(one) }, location: { uri, range: one.cause } }
      : { value: 'stack', tooltip: { kind: 'markdown', value: `${one.name} stays on the stack` } };
    return [{ position: nameRange(one).end, label: [part], paddingLeft: true }];
  });
}

function diagnostics(uri) {
  const { enable = true, severity = 'hint' } = settings.diagnostics ?? {};
  if (!enable || severity === 'off') return [];
  return literals(uri).found.filter((one) => one.cause).map((one) => ({
    range: nameRange(one),
    severity: severity === 'information' ? 3 : 4,
    source: 'goescape',
    code: 'returned-pointer',
    codeDescription: { href: 'https://example.test/goescape/returned-pointer' },
    message: reason(one),
    relatedInformation: [{ location: { uri, range: one.cause }, message: 'returned here' }],
  }));
}

function hover(uri, { line, character }) {
  const one = literals(uri).found.find((one) => one.line === line && character >= one.at && character <= one.at + one.name.length);
  if (!one) return null;
  const text = one.cause
    ? `**moved to heap: ${one.name}**\n\nIts address is returned, so \`${one.name}\` has to outlive the call.\n\n\`\`\`go\nreturn &${one.name}\n\`\`\``
    : `**${one.name} does not escape**\n\nIt stays on the stack.`;
  return { contents: { kind: 'markdown', value: text }, range: nameRange(one) };
}

function actions(uri, asked) {
  const { found, lines } = literals(uri);
  return found.filter((one) => one.cause && one.line >= asked.start.line && one.line <= asked.end.line).map((one) => {
    const star = lines[one.head].lastIndexOf(`*${one.type}`);
    const { line, character } = one.cause.start;
    return {
      title: `Return ${one.type} by value`,
      kind: 'quickfix',
      isPreferred: true,
      diagnostics: diagnostics(uri).filter((other) => other.range.start.line === one.line),
      edit: { changes: { [uri]: [
        { range: range(one.head, star, star + 1), newText: '' },
        { range: range(line, character, character + 1), newText: '' },
      ] } },
    };
  });
}

function numbers(uri) {
  return (texts.get(uri) ?? '').split('\n').flatMap((text, line) => {
    const match = /^(\s*\w+) := \d+$/.exec(text);
    return match ? [{ position: { line, character: match[1].length }, label: 'int', kind: 1, paddingLeft: true }] : [];
  });
}

// -- the protocol -------------------------------------------------------------------------------

function send(message) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
  process.stdout.write(`Content-Length: ${body.length}\r\n\r\n`);
  process.stdout.write(body);
}

const waiting = new Map();
let nextId = 1;
function ask(method, params, then = () => {}) {
  const id = `fake-${nextId++}`;
  waiting.set(id, then);
  send({ id, method, params });
}

const pulls = () => Boolean(client.textDocument?.diagnostic);

function publish(uri) {
  if (!gopls && !pulls()) send({ method: 'textDocument/publishDiagnostics', params: { uri, diagnostics: diagnostics(uri) } });
}

function configure() {
  if (gopls || !client.workspace?.configuration) return;
  ask('workspace/configuration', { items: [{ section: 'goescape' }] }, (answers) => {
    settings = answers?.[0] ?? {};
    configured = true;
    for (const answer of held.splice(0)) answer();
    if (client.workspace.inlayHint?.refreshSupport) ask('workspace/inlayHint/refresh');
    if (pulls() && client.workspace.diagnostics?.refreshSupport) ask('workspace/diagnostic/refresh');
    for (const uri of texts.keys()) publish(uri);
  });
}

function offset(text, { line, character }) {
  let start = 0;
  for (let i = 0; i < line; i++) start = text.indexOf('\n', start) + 1;
  return start + character; // utf-16, as JavaScript counts
}

// What is asked before the settings are known is answered after: a client that has no
// `inlayHint/refresh` would keep an answer made for other settings.
let configured = true;
const held = [];

const methods = {
  initialize({ capabilities }) {
    client = capabilities;
    configured = gopls || !client.workspace?.configuration;
    const both = { positionEncoding: 'utf-16', textDocumentSync: { openClose: true, change: 2, save: true }, inlayHintProvider: true, hoverProvider: true };
    if (gopls) return { serverInfo: { name: 'gopls' }, capabilities: both };
    return {
      serverInfo: { name: 'goescape', version: 'fake' },
      capabilities: {
        ...both,
        codeActionProvider: { codeActionKinds: ['quickfix', 'refactor.rewrite'] },
        ...(pulls() && { diagnosticProvider: { identifier: 'goescape', interFileDependencies: true, workspaceDiagnostics: false } }),
      },
    };
  },
  initialized() {
    if (gopls) return;
    if (client.workspace?.didChangeWatchedFiles?.dynamicRegistration) {
      const watchers = ['**/*.go', '**/go.mod', '**/go.work', '**/vendor/modules.txt'].map((globPattern) => ({ globPattern }));
      ask('client/registerCapability', { registrations: [{ id: 'files', method: 'workspace/didChangeWatchedFiles', registerOptions: { watchers } }] });
    }
    if (client.window?.workDoneProgress) {
      ask('window/workDoneProgress/create', { token: 'load' }, () => {
        for (const value of [{ kind: 'begin', title: 'goescape', message: 'loading' }, { kind: 'end' }]) {
          send({ method: '$/progress', params: { token: 'load', value } });
        }
      });
    }
    configure();
  },
  shutdown: () => { stopped = true; return null; },
  exit: () => process.exit(stopped ? 0 : 1),
  'workspace/didChangeConfiguration': configure,
  'textDocument/didOpen': ({ textDocument: { uri, text } }) => { texts.set(uri, text); publish(uri); },
  'textDocument/didChange': ({ textDocument: { uri }, contentChanges }) => {
    for (const change of contentChanges) {
      const text = texts.get(uri) ?? '';
      texts.set(uri, change.range
        ? text.slice(0, offset(text, change.range.start)) + change.text + text.slice(offset(text, change.range.end))
        : change.text);
    }
    publish(uri);
  },
  'textDocument/didClose': ({ textDocument: { uri } }) => { texts.delete(uri); },
  'textDocument/inlayHint': ({ textDocument: { uri }, range }) => (gopls ? numbers(uri) : hints(uri))
    .filter(({ position: { line } }) => line >= range.start.line && line <= range.end.line),
  'textDocument/hover': ({ textDocument: { uri }, position }) => gopls
    ? { contents: { kind: 'markdown', value: 'a word of gopls' } }
    : hover(uri, position),
  'textDocument/diagnostic': ({ textDocument: { uri } }) => ({ kind: 'full', items: diagnostics(uri) }),
  'textDocument/codeAction': ({ textDocument: { uri }, range }) => actions(uri, range),
};

function receive(message) {
  if (message.method === undefined) {
    waiting.get(message.id)?.(message.result);
    waiting.delete(message.id);
  } else if (message.id === undefined) {
    methods[message.method]?.(message.params);
  } else if (methods[message.method]) {
    const answer = () => send({ id: message.id, result: methods[message.method](message.params) ?? null });
    // gopls takes its time: its hints come when others' are drawn already.
    if (gopls && message.method === 'textDocument/inlayHint') setTimeout(answer, 200);
    else if (configured || !message.method.startsWith('textDocument/')) answer();
    else held.push(answer);
  } else {
    send({ id: message.id, error: { code: -32601, message: `no method ${message.method}` } });
  }
}

let input = Buffer.alloc(0);
process.stdin.on('data', (chunk) => {
  input = Buffer.concat([input, chunk]);
  for (;;) {
    const head = input.indexOf('\r\n\r\n');
    if (head < 0) return;
    const start = head + 4;
    const end = start + Number(/content-length: *(\d+)/i.exec(input.subarray(0, head))[1]);
    if (input.length < end) return;
    const body = input.subarray(start, end).toString();
    input = input.subarray(end);
    receive(JSON.parse(body));
  }
});
process.stdin.on('end', () => process.exit(stopped ? 0 : 1));
