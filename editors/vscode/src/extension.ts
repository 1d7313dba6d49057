// Connects VS Code to the goescape language server, and offers four commands.
//
// The extension is thin: hints, diagnostics, hovers and fixes are the server's and reach the editor
// through the protocol. It owns no Go feature, so it stands beside the Go extension and gopls.

import * as vscode from 'vscode';
import { showExplanation, ExplanationProvider } from './explain';
import { Session } from './session';

let session: Session | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel('goescape', { log: true });
  const current = new Session(context.extensionPath, output);
  session = current;
  const explanations = new ExplanationProvider();
  const command = (name: string, run: () => unknown) =>
    vscode.commands.registerCommand(`goescape.${name}`, run);
  context.subscriptions.push(
    output,
    vscode.workspace.registerTextDocumentContentProvider(ExplanationProvider.scheme, explanations),
    command('restartServer', () => current.restart()),
    command('showOutput', () => output.show()),
    command('toggleHints', toggleHints),
    command('explainAtCursor', () => showExplanation(current, explanations)),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('goescape.server.path')) void current.restart();
    }),
  );
  await current.restart();
}

export async function deactivate(): Promise<void> {
  await session?.stop();
}

// The setting is changed where it was made, so that a workspace's own choice is not shadowed.
async function toggleHints(): Promise<void> {
  const settings = vscode.workspace.getConfiguration('goescape');
  const made = settings.inspect<boolean>('hints.enable');
  const target =
    made?.workspaceFolderValue !== undefined
      ? vscode.ConfigurationTarget.WorkspaceFolder
      : made?.workspaceValue !== undefined
        ? vscode.ConfigurationTarget.Workspace
        : vscode.ConfigurationTarget.Global;
  await settings.update('hints.enable', !settings.get<boolean>('hints.enable', true), target);
}
