// What a person does with goescape, the same in every editor: look, hover, edit, break, fix, save.
//
// An editor is an object of the functions that lib/EDITOR.mjs returns; what one cannot do it leaves out.
// The texts come from the expectations (expect.json; its form is told in README.md).
import fs from 'node:fs';
import path from 'node:path';

const LIMIT = Number(process.env.EDITORS_TIMEOUT ?? 20) * 1000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Editors pad hints, wrap and frame text differently; the characters are what counts.
const squeeze = (text) => text.replace(/[\s\u200b-\u200d\ufeff│┃]/g, '');

export async function play({ editor, expect, folder, out, log, check: report }) {
  const file = path.join(folder, expect.file);
  const original = fs.readFileSync(file, 'utf8');
  // Some editors save by renaming: for a moment there is no file.
  const saved = () => {
    try {
      return fs.readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  let pictures = 0;

  async function until(what, probe, limit = LIMIT) {
    const end = Date.now() + limit;
    for (;;) {
      const found = await probe();
      if (found) return found;
      if (Date.now() > end) throw new Error(`not within ${limit / 1000} s: ${what}; on the screen:\n${await editor.screen()}`);
      await sleep(50);
    }
  }
  const visible = async (text) => squeeze(await editor.screen()).includes(squeeze(text));
  const shown = (text, limit) => until(`«${text}» is shown`, () => visible(text), limit);
  const gone = (text) => until(`«${text}» is gone`, async () => !(await visible(text)));
  // Some editors ask for hints only when they are idle after a key.
  const nudged = async (wanted) => {
    for (let tries = 0; editor.nudge && tries < LIMIT / 1000; tries++) {
      if (await until('', wanted, 1000).catch(() => false)) return;
      editor.nudge();
    }
  };
  const hintsShown = async (texts) => {
    for (const text of texts) {
      await nudged(() => visible(text));
      await shown(text);
    }
  };
  const hintGone = async (text) => {
    await nudged(async () => !(await visible(text)));
    await gone(text);
  };
  const allShown = async (texts) => { for (const text of texts) await shown(text); };
  const picture = async (name) => {
    const to = path.join(out, `${++pictures}-${name}`);
    if (editor.shot) await editor.shot(to);
    else {
      fs.writeFileSync(`${to}.txt`, editor.screen());
      fs.writeFileSync(`${to}.ansi`, editor.colours());
    }
  };

  const check = (title, run) => report(title, async () => {
    try {
      await run();
    } catch (error) {
      await Promise.resolve().then(() => picture('failed')).catch(() => {});
      throw error;
    }
  });

  // Places are named by text, so that they hold when lines move.
  let now = original.split('\n');
  const lineOf = (text) => {
    const index = now.findIndex((line) => line.includes(text));
    if (index < 0) throw new Error(`no line has «${text}»`);
    return index + 1;
  };
  const goto = ({ line, on }) => {
    const text = now[lineOf(line) - 1];
    return editor.goto(lineOf(line), text.indexOf(on, text.indexOf(line)) + 1);
  };
  const addLine = async ({ after, text }) => {
    const line = lineOf(after);
    await editor.addLine(line, text);
    now.splice(line, 0, text);
    return line + 1;
  };
  const starts = () => log().filter((line) => line.startsWith('-> ') && line.includes('"method":"initialize"')).length;

  await check('hints are drawn', async () => {
    await hintsShown(expect.hints);
    await picture('hints');
  });
  if (expect.gopls && editor.gopls) {
    await check("gopls' hints stand beside them", () => shown(expect.gopls));
  }
  if (editor.squiggles) {
    await check('the finding is underlined', () => until('a squiggle', editor.squiggles));
  }
  await check('the diagnostic is listed with its code', async () => {
    await goto(expect.diagnostic);
    await editor.diagnostics();
    await allShown(expect.diagnostic.shown);
    await picture('diagnostic');
    await editor.dismiss();
  });
  await check('hovering explains', async () => {
    await goto(expect.hover);
    await editor.hover({ until, text: expect.hover.shown[0] });
    await allShown(expect.hover.shown);
    await picture('hover');
    await editor.dismiss();
  });
  if (editor.explain) {
    await check('the explanation opens beside the code', async () => {
      await goto(expect.hover);
      const text = await editor.explain();
      await until('the explanation', async () => {
        const read = squeeze(await text());
        return expect.hover.shown.every((part) => read.includes(squeeze(part)));
      });
      await picture('explanation');
      await editor.closeExplanation();
    });
  }
  await check('hints follow an unsaved edit', async () => {
    await addLine(expect.edit);
    await hintsShown(expect.edit.shown);
    if (expect.gopls && editor.gopls) await shown(expect.gopls);
    if (saved() !== original) throw new Error('the file on the disk has changed');
    await picture('edited');
  });
  await check('hints stay while the code is broken', async () => {
    const line = await addLine(expect.broken);
    await shown(expect.broken.text);
    await hintsShown(expect.broken.shown);
    let missed = 0;
    for (const end = Date.now() + 1500; Date.now() < end; await sleep(50)) {
      const screen = squeeze(await editor.screen());
      missed = expect.broken.shown.every((text) => screen.includes(squeeze(text))) ? 0 : missed + 1;
      if (missed > 2) throw new Error(`hints vanished; on the screen:\n${await editor.screen()}`);
    }
    await picture('broken');
    await editor.deleteLine(line);
    now.splice(line - 1, 1);
    await gone(expect.broken.text);
    await hintsShown(expect.broken.shown);
  });
  if (editor.toggle) {
    await check('hints are hidden and shown again', async () => {
      await editor.toggle();
      await gone(expect.toggled);
      if (expect.gopls && editor.gopls) await shown(expect.gopls);
      await editor.toggle();
      await shown(expect.toggled);
    });
  }
  if (editor.restart) {
    await check('the server is restarted', async () => {
      const before = starts();
      await editor.restart();
      await until('a second start', () => starts() === before + 1);
      await hintsShown(expect.edit.shown);
    });
  }
  await check('the code action changes the text', async () => {
    await goto(expect.action);
    await editor.act(expect.action.title, { until });
    await hintGone(expect.action.gone);
    await picture('fixed');
    await editor.save();
    await until('the fixed file on the disk', () => {
      const text = saved();
      return expect.action.saved.every((part) => text.includes(part));
    });
  });
  if (editor.loseServer) {
    await check('a missing server is told, and found again', async () => {
      await editor.loseServer();
      await shown('goescape.server.path');
      await picture('missing');
      const before = starts();
      await editor.findServer();
      await until('a new start', () => starts() > before);
    });
  }
  await check('the server ends with the editor', async () => {
    await editor.stop();
    const begun = starts();
    await until('the end of every server', () => log().filter((line) => line.startsWith('== ')).length >= begun, 10_000)
      .catch(() => { throw new Error(`${begun} servers were started, and not all have ended`); });
  });
}
