import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createMarkdown, type Markdown } from './markdown.ts';

const folder = mkdtempSync(join(tmpdir(), 'markdown-'));
afterAll(() => rmSync(folder, { recursive: true }));
const opened: Markdown[] = [];
afterEach(() => Promise.all(opened.splice(0).map((markdown) => markdown.close())));

function start(code?: string, timeLimit?: number): Markdown {
  const file = join(folder, `renderer-${Math.random()}.mjs`);
  if (code !== undefined) writeFileSync(file, `export default (text) => { ${code} }`);
  const markdown = createMarkdown({
    ...(code !== undefined && { renderer: pathToFileURL(file) }),
    ...(timeLimit !== undefined && { timeLimit }),
  });
  opened.push(markdown);
  return markdown;
}

const outcome = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

describe('createMarkdown', () => {
  it('renders texts on its thread', async () => {
    const markdown = start();
    const texts = ['**a**', '*b*', '# c'].map((text) => markdown.render('text', text));
    expect(await Promise.all(texts)).toEqual([
      '<p><strong>a</strong></p>\n',
      '<p><em>b</em></p>\n',
      '<h1>c</h1>\n',
    ]);
  });

  it('refuses a text that exceeds a limit and names the field', async () => {
    expect(await outcome(start().render('content_markdown', `${'> '.repeat(2000)}x`))).toMatchObject({
      code: 'invalid_params',
      field: 'content_markdown',
      message: 'content_markdown: 嵌套层级过多',
    });
  });

  it('ends a text that takes too long, and renders the next one', async () => {
    const markdown = start("while (text === 'endless'); return { html: text };", 200);
    const endless = outcome(markdown.render('text', 'endless'));
    const next = markdown.render('text', 'next');
    expect(await endless).toMatchObject({ code: 'invalid_params' });
    expect(await next).toBe('next');
  });

  it('ends a text that takes too much memory, and renders the next one', async () => {
    const markdown = start(
      "const all = []; while (text === 'large') all.push(new Array(100_000).fill(all)); return { html: text };",
      120_000,
    );
    expect(await outcome(markdown.render('text', 'large'))).toMatchObject({ code: 'invalid_params' });
    expect(await markdown.render('text', 'next')).toBe('next');
  });

  it('returns 429 when too many texts are waiting', async () => {
    const markdown = start('return { html: text };');
    const texts = Array.from({ length: 20 }, () => outcome(markdown.render('text', 'x')));
    const results = await Promise.all(texts);
    expect(results.filter((result) => result === 'x')).toHaveLength(8);
    expect(results[19]).toMatchObject({ code: 'rate_limited', retryAfter: 1 });
  });
});
