// The explanation of what is under the cursor, in a view of its own beside the editor.
//
// It is the server's hover: asked from goescape alone, so that nothing of other extensions is in it.

import * as vscode from 'vscode';
import { HoverRequest, type Hover } from 'vscode-languageclient/node';
import type { Session } from './session';

export class ExplanationProvider implements vscode.TextDocumentContentProvider {
  static readonly scheme = 'goescape';
  // One document: a new explanation takes the place of the last.
  readonly uri = vscode.Uri.from({ scheme: ExplanationProvider.scheme, path: '/goescape explains.md' });
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private text = '';

  provideTextDocumentContent(): string {
    return this.text;
  }

  show(text: string): void {
    this.text = text;
    this.changed.fire(this.uri);
  }
}

export async function showExplanation(session: Session, explanations: ExplanationProvider): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || editor.document.languageId !== 'go') return;
  const client = session.running;
  if (client === undefined) {
    void vscode.window.showWarningMessage('goescape: the server is not running. "goescape: Restart Server" starts it.');
    return;
  }
  const params = client.code2ProtocolConverter.asTextDocumentPositionParams(editor.document, editor.selection.active);
  const hover = await client.sendRequest(HoverRequest.type, params);
  const text = hover === null ? '' : markdown(hover.contents);
  if (text === '') {
    void vscode.window.showInformationMessage('goescape: nothing to explain at the cursor.');
    return;
  }
  // The preview follows no links to files, and shows their source instead.
  explanations.show(text.replace(/\[([^\]]*)\]\(<file:[^>]*>\)/g, '$1'));
  await vscode.commands.executeCommand('markdown.showPreviewToSide', explanations.uri);
}

function markdown(contents: Hover['contents']): string {
  if (typeof contents === 'string') return contents;
  if (Array.isArray(contents)) return contents.map(markdown).join('\n\n');
  return 'language' in contents ? `\`\`\`${contents.language}\n${contents.value}\n\`\`\`` : contents.value;
}
