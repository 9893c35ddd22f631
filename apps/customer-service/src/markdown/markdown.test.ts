import { describe, expect, it } from 'vitest';
import { renderMarkdown } from './markdown.ts';

describe('Markdown', () => {
  it('becomes HTML', () => {
    expect(renderMarkdown('# 合同\n\n这是 **正文**。')).toBe(
      '<h1>合同</h1>\n<p>这是 <strong>正文</strong>。</p>\n',
    );
    expect(renderMarkdown('| a |\n|---|\n| b |')).toContain('<td>b</td>');
    expect(renderMarkdown('```js\n1 < 2\n```')).toBe(
      '<pre><code class="language-js">1 &lt; 2\n</code></pre>\n',
    );
  });

  it('opens links elsewhere, without a way back', () => {
    expect(renderMarkdown('[x](https://example.com)')).toContain(
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
  ])('%s does nothing', (text) => {
    const html = renderMarkdown(text);
    expect(html).not.toMatch(
      /<(script|svg|iframe|form|input|style|div)|javascript:|data:|onerror|onload|style=|href="\/\//i,
    );
  });
});
