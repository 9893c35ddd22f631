import { describe, expect, it } from 'vitest';
import { renderMarkdown } from './render-markdown.ts';

function htmlOf(text: string): string {
  const rendered = renderMarkdown(text);
  if (!('html' in rendered)) throw new Error(`refused: ${rendered.refusal}`);
  return rendered.html;
}

describe('renderMarkdown', () => {
  it('makes HTML of headings, tables, code, strikethrough and bare links', () => {
    expect(htmlOf('# 合同\n\n这是 **正文**。')).toBe('<h1>合同</h1>\n<p>这是 <strong>正文</strong>。</p>\n');
    expect(htmlOf('| a | b |\n|---|--:|\n| c | d |')).toContain('<td>c</td>\n<td align="right">d</td>');
    expect(htmlOf('```js\n1 < 2\n```')).toBe('<pre><code class="language-js">1 &lt; 2\n</code></pre>\n');
    expect(htmlOf('~~x~~')).toBe('<p><del>x</del></p>\n');
    expect(htmlOf('https://example.com')).toContain('<a href="https://example.com"');
  });

  it('opens links in a page that cannot reach back', () => {
    expect(htmlOf('[x](https://example.com)')).toContain(
      '<a href="https://example.com" rel="noopener noreferrer nofollow" target="_blank">x</a>',
    );
  });

  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](&#106;avascript:alert(1))',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '![x](javascript:alert(1))',
    '<a href="javascript:alert(1)">x</a>',
    '<svg onload=alert(1)></svg>',
    '<iframe src="https://example.com"></iframe>',
    '<div style="background:url(javascript:alert(1))">x</div>',
    '<form action="https://evil"><input></form>',
    '[x](//evil.example)',
    '<style>*{display:none}</style>',
  ])('takes what could run out of %s', (text) => {
    expect(htmlOf(text)).not.toMatch(
      /<(script|svg|iframe|form|input|style|div)|javascript:|data:|onerror|onload|style=|href="\/\//i,
    );
  });
});

const steps = (count: number, line: (step: number) => string) =>
  Array.from({ length: count }, (_, n) => line(n));

describe('renderMarkdown, on texts that are made to be expensive', () => {
  it.each([
    ['quotes in quotes', `${'> '.repeat(2000)}x`],
    ['lists in lists on a line', `${'- '.repeat(2000)}x`],
    ['quotes and lists by turns', `${'> - '.repeat(2000)}x`],
    ['lists in lists by indentation', steps(300, (n) => `${' '.repeat(n * 2)}- x`).join('\n')],
    ['quotes as raw HTML', '<blockquote>'.repeat(16_000)],
  ])('refuses %s', (_, text) => {
    expect(renderMarkdown(text)).toEqual({ refusal: 'nesting' });
  });

  it('refuses a long reference that is used often', () => {
    const text = `[a]: ${'u'.repeat(100_000)}\n\n${'[a] '.repeat(25_000)}`;
    expect(renderMarkdown(text)).toEqual({ refusal: 'size' });
    expect(renderMarkdown(`[a]: u '${'t'.repeat(100_000)}'\n\n${'![a] '.repeat(20_000)}`)).toEqual({
      refusal: 'size',
    });
  });

  // A parser that backtracks takes minutes for each of these: the time limit of the test tells.
  it.each([
    ['emphasis that does not close', '_a__ '.repeat(40_000)],
    ['emphasis of two kinds', `${'*_'.repeat(50_000)}a${'_*'.repeat(50_000)}`],
    ['strong without an end', '**x'.repeat(66_000)],
    ['brackets that open', '['.repeat(200_000)],
    ['images that open', '!['.repeat(100_000)],
    ['links without an end', '[a](<b'.repeat(33_000)],
    ['links in links', `${'['.repeat(50_000)}a${'](b)'.repeat(37_000)}`],
    ['references', '[a][b] '.repeat(28_000)],
    ['runs of backticks', steps(600, (n) => `${'`'.repeat(n)}a`).join('')],
    ['a table of very many columns', `${'|a'.repeat(40_000)}|\n${'|-'.repeat(40_000)}|\n`],
    ['rows of a wide table', `|${'a|'.repeat(400)}\n|${'-|'.repeat(400)}\n${'|a\n'.repeat(60_000)}`],
    ['entities', '&#x41;'.repeat(33_000)],
    ['entities without an end', '&'.repeat(200_000)],
    ['tags without an end', '<a '.repeat(66_000)],
    ['attributes without an end', '<a b="'.repeat(33_000)],
    ['comments without an end', '<!--'.repeat(50_000)],
    ['declarations without an end', '<![CDATA['.repeat(22_000)],
    ['addresses', 'a.b@'.repeat(50_000)],
    ['bare links', 'http://a '.repeat(22_000)],
    ['lines that go on lazily', `${'> '.repeat(40)}a\n${'a\n'.repeat(99_000)}`],
    ['tildes', '~~a'.repeat(66_000)],
    ['backslashes', '\\'.repeat(200_000)],
  ])('takes a time in proportion for %s', (_, text) => {
    expect(Object.keys(renderMarkdown(text))).toHaveLength(1);
  });

  it('takes the deepest nesting that is allowed', () => {
    expect(htmlOf(`${'> '.repeat(49)}x`)).toMatch(/^(<blockquote>\n){49}<p>x<\/p>/);
    expect(renderMarkdown(`${'> '.repeat(50)}x`)).toEqual({ refusal: 'nesting' });
  });
});
