// VS Code with the project's extension: code-server's workbench and extension host, in Chromium.
//
// Everything it writes is in a temporary folder, and only 127.0.0.1 is listened on or spoken to.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const QUIET = {
  'telemetry.telemetryLevel': 'off', 'update.mode': 'none', 'update.showReleaseNotes': false,
  'extensions.autoUpdate': 'off', 'extensions.autoCheckUpdates': false, 'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false, 'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.startupEditor': 'none', 'workbench.editor.useModal': 'off', 'workbench.editor.enablePreview': false, 'workbench.tips.enabled': false, 'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true, 'security.workspace.trust.enabled': false, 'window.commandCenter': false,
  'git.enabled': false, 'files.autoSave': 'off', 'editor.minimap.enabled': false, 'editor.cursorBlinking': 'solid',
  'editor.fontFamily': "'DejaVu Sans Mono', monospace", 'editor.autoClosingBrackets': 'never',
};
const CHROMIUM = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];

const LIMIT = Number(process.env.EDITORS_TIMEOUT ?? 30) * 1000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function startVSCode({ program, chromium, extensions, folder, file, env, out }) {
  const home = path.dirname(path.dirname(program));
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'vs-')); // short: a socket's path has 107 bytes
  const at = (...parts) => path.join(temporary, ...parts);
  for (const one of ['user/User', 'user/Machine', 'extensions', 'home', 't']) fs.mkdirSync(at(one), { recursive: true });
  const flat = (value, key) => (value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.assign({}, ...Object.entries(value).map(([name, inner]) => flat(inner, `${key}.${name}`)))
    : { [key]: value });
  const write = (which, what) => fs.writeFileSync(at('user', which, 'settings.json'), JSON.stringify(what, null, 2));
  const machine = (what) => write('Machine', what);
  write('User', QUIET);
  machine({});
  fs.writeFileSync(at('config.yaml'), 'auth: none\n');

  const environment = {
    ...process.env, ...env, HOME: at('home'), TMPDIR: at('t'),
    XDG_CONFIG_HOME: at('home/.config'), XDG_DATA_HOME: at('home/.local/share'), XDG_CACHE_HOME: at('home/.cache'),
    EXTENSIONS_GALLERY: '{}', CS_DISABLE_GETTING_STARTED_OVERRIDE: '1',
    VSCODE_CLI: '1', // the extension host keeps this PATH and does not ask a login shell for another
  };
  for (const name of ['XDG_RUNTIME_DIR', 'PORT', 'VSCODE_IPC_HOOK_CLI']) delete environment[name];
  const common = ['--config', at('config.yaml'), '--user-data-dir', at('user'), '--extensions-dir', at('extensions')];
  const install = spawnSync(program, [...common, ...extensions.flatMap((one) => ['--install-extension', one])], { env: environment, encoding: 'utf8' });
  if (install.status !== 0) throw new Error(`installing ${extensions}: ${install.stdout}${install.stderr}`);

  const log = path.join(out, 'code-server.log');
  const sink = fs.openSync(log, 'w');
  const server = spawn(program, [...common, '--bind-addr', '127.0.0.1:0', '--auth', 'none', '--disable-telemetry',
    '--disable-update-check', '--disable-workspace-trust', '--disable-getting-started-override'],
  { env: environment, stdio: ['ignore', sink, sink], detached: true });
  let browser;
  const logs = () => {
    const files = spawnSync('find', [at('user/logs'), '-name', '*.log', '-size', '+0'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
    fs.writeFileSync(path.join(out, 'vscode.log'), files.map((one) => `== ${path.relative(temporary, one)}\n${fs.readFileSync(one, 'utf8')}`).join('\n'));
  };
  let stopped = false;
  // Ends code-server alone: it has to end the extension host, and that the language servers.
  const quit = async () => {
    logs();
    await browser?.close().catch(() => {});
    const ended = new Promise((resolve) => (server.exitCode !== null ? resolve() : server.once('exit', resolve)));
    server.kill('SIGTERM');
    await Promise.race([ended, sleep(5000)]);
  };
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await quit();
    // Its own process group, so that nothing stays whatever failed.
    try { process.kill(-server.pid, 'SIGKILL'); } catch { /* gone */ }
    fs.rmSync(temporary, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };

  try {
    let url;
    for (let i = 0; !url; i++) {
      if (server.exitCode !== null || i > 600) throw new Error(`code-server does not listen: ${fs.readFileSync(log)}`);
      url = /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(fs.readFileSync(log, 'utf8'))?.[1];
      await sleep(50);
    }
    const { chromium: playwright } = createRequire(path.join(home, 'tools/'))('playwright-core');
    browser = await playwright.launch({ executablePath: chromium, headless: true, args: CHROMIUM });
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US' })).newPage();
    page.setDefaultTimeout(LIMIT);
    await page.goto(`${url}/?folder=${encodeURIComponent(folder)}`, { waitUntil: 'domcontentloaded' });
    await page.waitForSelector('.explorer-folders-view .monaco-list-row');

    const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
    const input = page.locator('.quick-input-widget input').first();
    const choices = page.locator('.quick-input-list .monaco-list-row');
    const pick = async (query, title) => {
      await input.fill(query);
      // Enter takes the first, whatever else is listed.
      await choices.first().filter({ hasText: title }).waitFor();
      await press('Enter');
      await input.waitFor({ state: 'hidden' });
    };
    const command = async (title) => { await press('F1'); await pick(`>${title}`, title); };
    const editor = {
      gopls: true, // stands beside
      async open(name) {
        await press('Control+P');
        await pick(name, path.basename(name));
        await page.locator(`.tab.active[data-resource-name="${path.basename(name)}"]`).waitFor();
      },
      // What a person reads: the lines of the editors from top to bottom, hints included, then what pops up.
      screen: () => page.evaluate(() => {
        const lines = [...document.querySelectorAll('.editor-instance .view-lines')].flatMap((view) =>
          [...view.querySelectorAll('.view-line')]
            .map((line) => [parseFloat(line.style.top), line.textContent])
            .sort((a, b) => a[0] - b[0])
            .map(([, text]) => text));
        const rest = ['.monaco-hover:not(.hidden)', '.markers-panel .monaco-list-row', '.notification-toast', '.tab.active']
          .flatMap((selector) => [...document.querySelectorAll(selector)].map((element) => element.innerText));
        return [...lines, ...rest].join('\n');
      }),
      lines: () => page.evaluate(() => [...document.querySelectorAll('.editor-instance .view-lines .view-line')]
        .map((line) => [parseFloat(line.style.top), line.textContent])
        .sort((a, b) => a[0] - b[0])
        .map(([, text]) => text)),
      // As a person does it: a file that is changed from outside is not always noticed on a busy machine.
      async configure(settings) {
        const text = JSON.stringify({ ...QUIET, ...flat(settings, 'goescape') });
        await command('Preferences: Open User Settings (JSON)');
        await page.locator('.tab.active[data-resource-name="settings.json"]').click();
        // On a busy machine the text comes later than the editor, and what is typed before it is lost.
        const shown = page.locator('.editor-instance .view-lines').last();
        await shown.filter({ hasText: /telemetry/ }).waitFor();
        await press('Control+A', 'Delete');
        await shown.filter({ hasNotText: /telemetry/ }).waitFor();
        await page.keyboard.insertText(text);
        await page.locator('.tab.active.dirty').waitFor();
        await press('Control+S');
        await page.locator('.tab.dirty').waitFor({ state: 'detached' });
        const written = fs.readFileSync(at('user/User/settings.json'), 'utf8');
        if (written !== text) throw new Error(`the settings are\n${written}`);
        await editor.open(file);
      },
      squiggles: () => page.locator('.view-overlays [class*="squiggly-"]').count(),
      async goto(line, column) {
        await press('Control+G');
        await input.fill(`:${line}:1`); // the box's own columns expand tabs
        await choices.first().filter({ hasText: `${line}` }).waitFor();
        await press('Enter');
        await input.waitFor({ state: 'hidden' });
        for (let i = 1; i < column; i++) await press('ArrowRight');
      },
      hover: ({ until, text }) => until(`a hover with «${text}»`, async () => {
        await press('Control+K', 'Control+I');
        return page.locator('.monaco-hover:not(.hidden)').filter({ hasText: text }).waitFor({ timeout: 3000 }).then(() => true, () => false);
      }),
      async pointAtHint(text) {
        await page.mouse.move(0, 0);
        await page.locator('.view-line span[class*="dyn-rule"]').filter({ hasText: text }).first().hover();
      },
      async diagnostics() {
        await command('Problems: Focus on Problems View');
        await page.locator('.markers-panel').waitFor();
      },
      async dismiss() {
        if (await page.locator('.markers-panel').isVisible()) await press('Control+J');
        await press('Escape', 'Escape');
        await command('View: Focus Active Editor Group');
      },
      async act(title, { until, picture }) {
        const rows = page.locator('.action-widget .monaco-list-row.action');
        await until('the menu of code actions', async () => {
          await press('Control+.');
          return rows.first().waitFor({ timeout: 2000 }).then(() => true, () => false);
        });
        await picture('action');
        // By keys: something transparent lies over the menu until the mouse moves.
        const focused = page.locator('.action-widget .monaco-list-row.action.focused');
        for (let i = await rows.count(); i >= 0; i--) {
          if ((await focused.innerText().catch(() => '')).replace(/\u00a0/g, ' ').includes(title)) {
            await press('Enter');
            await rows.first().waitFor({ state: 'detached' });
            return;
          }
          await press('ArrowDown');
        }
        throw new Error(`no action «${title}» among ${JSON.stringify(await rows.allInnerTexts())}`);
      },
      async addLine(line, text) {
        await editor.goto(line, 1);
        await press('Control+Enter');
        await page.keyboard.type(text);
        await press('Escape');
      },
      async replaceLine(line, text) {
        await editor.goto(line, 1);
        await press('Home', 'Shift+End'); // the first goes behind the indentation
        await page.keyboard.type(text);
        await press('Escape');
      },
      async deleteLine(line) {
        await editor.goto(line, 1);
        await press('Control+Shift+K');
      },
      save: () => press('Control+S'),
      toggle: () => command('goescape: Toggle Hints'),
      restart: () => command('goescape: Restart Server'),
      async explain() {
        await command('goescape: Explain at Cursor');
        return async () => (await Promise.all(page.frames().filter((frame) => frame !== page.mainFrame()).map((frame) => frame.locator('body').innerText({ timeout: 500 }).catch(() => '')))).join('\n');
      },
      async closeExplanation() {
        await command('View: Close All Editors');
        await editor.open(file);
      },
      // A path belongs to a machine, so that is whose settings it is read from.
      async loseServer() { machine({ 'goescape.server.path': '/nowhere/goescape' }); },
      async findServer() { machine({}); },
      async shot(to) {
        await page.waitForTimeout(400); // what fades in is there
        await page.screenshot({ path: `${to}.png` });
      },
      // The code alone, for READMEs.
      async codeShot(to) {
        const { x, y } = await page.locator('.editor-instance').first().boundingBox();
        await page.screenshot({ path: `${to}.png`, clip: { x, y, width: 900, height: 400 } });
      },
      quit,
      stop,
    };
    await editor.open(file);
    return editor;
  } catch (error) {
    await stop();
    throw error;
  }
}
