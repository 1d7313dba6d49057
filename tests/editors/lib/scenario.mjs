// What a person does with goescape, the same in every editor: look, hover, edit, break, fix, save.
//
// An editor is an object of the functions that lib/EDITOR.mjs returns; what one cannot do it leaves out.
// The texts come from the expectations (expect.json; its form is told in README.md). Where an editor can
// tell the lines it shows (`lines`), each of them is compared: a hint too many or at another place fails.
import fs from 'node:fs';
import path from 'node:path';

const LIMIT = Number(process.env.EDITORS_TIMEOUT ?? 30) * 1000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Editors pad hints, wrap and frame text differently; the characters are what counts.
const squeeze = (text) => text.replace(/[\s\u200b-\u200d\ufeff│┃]/g, '');

export async function play({ editor, expect, folder, out, protocol, check: report }) {
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
      if (Date.now() > end) {
        throw new Error(`not within ${limit / 1000} s: ${typeof what === 'function' ? what() : what}; on the screen:\n${await editor.screen()}`);
      }
      await sleep(50);
    }
  }
  const visible = async (text) => squeeze(await editor.screen()).includes(squeeze(text));
  const shown = (text) => until(`«${text}» is shown`, () => visible(text));
  const allShown = async (texts) => { for (const text of texts) await shown(text); };
  /** Does as a person does where nothing came up: once more. An editor that draws anew just then drops what pops up. */
  const untilShown = async (act, texts) => {
    const all = async () => { for (const text of texts) if (!await visible(text)) return false; return true; };
    await until(() => `«${texts.join('», «')}» is shown`, async () => {
      await act();
      return until('', all, 3000).catch(() => false);
    });
  };
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

  // The text as it has to be in the editor, and the lines that have hints, as they look with them.
  let now = original.split('\n');
  const hinted = { ...expect.hints, ...(editor.configure ? {} : expect.stack) };
  const [bare, named] = editor.gopls ? expect.gopls : ['', ''];
  const look = (line) => squeeze((hinted[line.trim()] ?? line).replace(bare, named));
  const difference = async () => {
    if (!editor.lines) {
      const screen = squeeze(await editor.screen());
      return now.find((line) => line.trim() in hinted && !screen.includes(look(line))) ?? '';
    }
    const listed = (lines) => lines.join('\n').trimEnd().split('\n');
    const [seen, wanted] = [listed((await editor.lines()).map(squeeze)), listed(now.map(look))];
    const at = wanted.findIndex((line, index) => seen[index] !== line);
    if (at >= 0) return `line ${at + 1} as «${wanted[at]}», not «${seen[at]}»`;
    return seen.length === wanted.length ? '' : `${wanted.length} lines, not ${seen.length}`;
  };
  /** Waits until the text is shown with its hints and no others. */
  const settled = async () => {
    let last = '';
    const same = async () => (last = await difference()) === '';
    // Some editors ask for hints only when they are idle after a key.
    for (let tries = 0; editor.nudge && tries < LIMIT / 1000; tries++) {
      if (await until('', same, 1000).catch(() => false)) return;
      editor.nudge();
    }
    await until(() => last, same);
  };

  // Places are named by text, so that they hold when lines move.
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

  await check('hints are drawn, each at its value', async () => {
    await settled();
    await picture('hints');
  });
  if (editor.pointAtHint) {
    await check('pointing at a hint explains it', async () => {
      await untilShown(() => editor.pointAtHint('heap'), expect.hover.shown);
      await picture('tooltip');
      await editor.codeShot(path.join(out, 'readme'));
      await editor.dismiss();
    });
  }
  if (editor.configure) {
    await check('changed settings take effect', async () => {
      await editor.configure(expect.settings);
      Object.assign(hinted, expect.stack);
      await settled();
      await picture('settings');
    });
  }
  await check('diagnostics have code, severity and the way of the value', async () => {
    const related = protocol.client().textDocument?.publishDiagnostics?.relatedInformation === true;
    const wanted = JSON.stringify(expect.diagnostics.map((one) => (related ? one : { ...one, related: [] })), null, 1);
    let last;
    await until(() => `the diagnostics ${wanted}, not ${last}`, () => (last = JSON.stringify(protocol.diagnostics(expect.file), null, 1)) === wanted);
  });
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
  await check('hovering tells reason, size and way', async () => {
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
  await check('hints move with the text and follow what is typed', async () => {
    await addLine(expect.above);
    hinted[expect.above.text] = expect.above.shown;
    await settled();
    if (saved() !== original) throw new Error('the file on the disk has changed');
    await picture('edited');
  });
  await check('hints stay at their values while the code is broken', async () => {
    const line = await addLine(expect.broken);
    await settled();
    let missed = 0;
    for (const end = Date.now() + 1500; Date.now() < end; await sleep(50)) {
      const different = await difference();
      missed = different === '' ? 0 : missed + 1;
      if (missed > 2) throw new Error(`${different}; on the screen:\n${await editor.screen()}`);
    }
    await picture('broken');
    await editor.deleteLine(line);
    now.splice(line - 1, 1);
    await settled();
  });
  await check('the hint goes when the value does not escape any more', async () => {
    const line = lineOf(expect.cure.line);
    await editor.replaceLine(line, expect.cure.text);
    now[line - 1] = now[line - 1].replace(expect.cure.line, expect.cure.text);
    await settled();
  });
  if (editor.toggle) {
    await check('hints are hidden and shown again', async () => {
      const before = { ...hinted };
      for (const text of Object.keys(hinted)) delete hinted[text];
      await editor.toggle();
      await settled();
      await editor.toggle();
      Object.assign(hinted, before);
      await settled();
    });
  }
  if (editor.restart) {
    await check('the server is restarted', async () => {
      const before = protocol.servers();
      await editor.restart();
      await until('a second start', () => protocol.servers().length === before.length + 1);
      await settled();
      await until('a clean end of the first', () => protocol.servers()[before.length - 1].end === '0');
    });
  }
  await check('the code action is offered and changes the text', async () => {
    let fixed = now.join('\n');
    for (const [from, to] of expect.action.changes) {
      if (!fixed.includes(from)) throw new Error(`no «${from}» in the text`);
      fixed = fixed.replace(from, to);
    }
    await goto(expect.action);
    await editor.act(expect.action.title, { until, picture });
    now = fixed.split('\n');
    for (const text of Object.keys(expect.hints)) if (text.includes(expect.action.line)) delete hinted[text];
    await settled();
    await picture('fixed');
    await editor.save();
    await until(() => `the fixed file on the disk, not\n${saved()}`, () => saved() === fixed);
  });
  if (editor.loseServer) {
    await check('a missing server is told, and found again', async () => {
      await editor.loseServer();
      await shown('goescape.server.path');
      await picture('missing');
      const before = protocol.servers().length;
      await editor.findServer();
      await until('a new start', () => protocol.servers().length > before);
      await settled();
    });
  }
  await check('no server outlives the editor', async () => {
    await editor.quit();
    await ended(protocol);
  });
}

/** Waits until every server has ended. */
export async function ended(protocol) {
  let left;
  for (const limit = Date.now() + 10_000; ;) {
    left = protocol.servers().filter(({ pid, end }) => end === undefined || lives(pid));
    if (left.length === 0) return;
    if (Date.now() > limit) throw new Error(`servers are left: ${JSON.stringify(left)}`);
    await sleep(50);
  }
}

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
