// The Go extension's part that matters beside goescape: it starts gopls for Go files.
const { LanguageClient } = require('vscode-languageclient/node');

let client;

exports.activate = () => {
  client = new LanguageClient('gopls', 'gopls', { command: 'gopls' }, {
    documentSelector: [{ scheme: 'file', language: 'go' }],
    initializationOptions: { hints: { parameterNames: true } },
  });
  return client.start();
};

exports.deactivate = () => client?.stop();
