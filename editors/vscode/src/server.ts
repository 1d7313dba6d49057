// Where the server's program is. A path in the settings is taken as it is, even if wrong: an
// explicit choice is never replaced silently.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';

const PROGRAM = process.platform === 'win32' ? 'goescape.exe' : 'goescape';

export type Found = { path: string; problem?: never } | { path?: never; problem: string };

export function findServer(extensionPath: string): Found {
  const chosen = vscode.workspace.getConfiguration('goescape').get<string>('server.path', '').trim();
  if (chosen !== '') {
    const file = expand(chosen);
    return isProgram(file)
      ? { path: file }
      : { problem: `goescape.server.path names ${file}, which is not a program. Correct or clear the setting.` };
  }
  const cargo = process.env['CARGO_HOME'] ?? path.join(os.homedir(), '.cargo');
  const folders = [
    ...(process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== ''),
    path.join(cargo, 'bin'),
    path.join(extensionPath, 'bin'),
  ];
  const file = folders.map((folder) => path.join(folder, PROGRAM)).find(isProgram);
  return file !== undefined
    ? { path: file }
    : {
        problem:
          'the server is not installed. Run `cargo install --path server` in a copy of goescape, ' +
          'or name the program in the setting goescape.server.path.',
      };
}

// `~` and `${workspaceFolder}`, the two that people write into settings.
function expand(text: string): string {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const home = text === '~' || text.startsWith('~/') ? os.homedir() + text.slice(1) : text;
  return folder === undefined ? home : home.replaceAll('${workspaceFolder}', folder);
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
