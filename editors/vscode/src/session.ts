// The one connection to the server. Starts, stops and restarts happen one after another, however fast
// they are asked for, so that there are never two servers.

import * as vscode from 'vscode';
import { LanguageClient, RevealOutputChannelOn, type LanguageClientOptions } from 'vscode-languageclient/node';
import { findServer } from './server';

export class Session {
  private client: LanguageClient | undefined;
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly extensionPath: string,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  /** The client, while it speaks with a running server. */
  get running(): LanguageClient | undefined {
    return this.client?.isRunning() ? this.client : undefined;
  }

  restart(): Promise<void> {
    return this.enqueue(async () => {
      await this.close();
      await this.open();
    });
  }

  stop(): Promise<void> {
    return this.enqueue(() => this.close());
  }

  private enqueue(step: () => Promise<void>): Promise<void> {
    this.last = this.last.then(step, step);
    return this.last;
  }

  private async open(): Promise<void> {
    const found = findServer(this.extensionPath);
    if (found.path === undefined) {
      this.output.error(found.problem);
      void this.offerRepair(found.problem);
      return;
    }
    this.output.info(`starting ${found.path}`);
    const options: LanguageClientOptions = {
      documentSelector: [{ scheme: 'file', language: 'go' }],
      synchronize: { configurationSection: 'goescape' },
      outputChannel: this.output,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
    };
    // No `transport`: naming one would add an argument, `--stdio`, to the command.
    const client = new LanguageClient('goescape', 'goescape', { command: found.path, args: ['lsp'] }, options);
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      this.client = undefined;
      await client.dispose().catch(() => undefined);
      const problem = `${found.path} does not start: ${error instanceof Error ? error.message : String(error)}`;
      this.output.error(problem);
      void this.offerRepair(problem);
    }
  }

  private async close(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client === undefined) return;
    // A server that does not answer is left to end by itself when its input closes.
    await client.dispose().catch((error: unknown) => this.output.warn(`stopping the server: ${String(error)}`));
  }

  private async offerRepair(problem: string): Promise<void> {
    const setting = 'Open Setting';
    const retry = 'Try Again';
    const output = 'Show Output';
    const choice = await vscode.window.showErrorMessage(`goescape: ${problem}`, setting, retry, output);
    if (choice === setting) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'goescape.server.path');
    } else if (choice === retry) {
      await this.restart();
    } else if (choice === output) {
      this.output.show();
    }
  }
}
