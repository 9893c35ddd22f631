import MarkdownIt from 'markdown-it';
import sanitizeHtml from 'sanitize-html';

/** HTML of a text, or why it has none. */
export type Rendered = { html: string } | { refusal: 'nesting' | 'size' };

/** Elements inside of one another, as browsers, sanitisers and readers cope with. */
const maxDepth = 50;
/** Characters of HTML: a text of 200,000 characters in which every second one is markup stays below. */
const maxHtml = 2_000_000;
/** What the tags of a token take, about. */
const tagLength = 8;

// Linear in the length of the text, unlike parsers that backtrack; links are left to the sanitiser below.
const parser = new MarkdownIt({ html: true, linkify: true });
parser.linkify.set({ fuzzyLink: false });
parser.validateLink = () => true;
parser.renderer.rules['s_open'] = () => '<del>';
parser.renderer.rules['s_close'] = () => '</del>';

const allowed: sanitizeHtml.IOptions = {
  allowedTags: [
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'p', 'br', 'hr', 'blockquote', 'pre', 'code'],
    ...['ul', 'ol', 'li', 'strong', 'em', 'del', 'a', 'img'],
    ...['table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  allowedAttributes: {
    a: ['href', 'title', 'rel', 'target'],
    img: ['src', 'alt', 'title'],
    th: ['align'],
    td: ['align'],
    code: ['class'],
    ol: ['start'],
  },
  allowedClasses: { code: [/^language-[\w-]{1,32}$/] },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowedSchemesByTag: { img: ['http', 'https'] },
  allowProtocolRelative: false,
  transformTags: {
    // A page of another site must neither reach back into ours nor be vouched for by it.
    a: sanitizeHtml.simpleTransform('a', { rel: 'noopener noreferrer nofollow', target: '_blank' }),
  },
};

/** HTML of a Markdown text with nothing in it that could run, or the limit that the text exceeds. */
export function renderMarkdown(text: string): Rendered {
  const environment = {};
  const tokens = parser.parse(text, environment);
  // Before any HTML is made: a reference definition is repeated with each of its uses.
  if (lengthOf(tokens) > maxHtml) return { refusal: 'size' };
  for (const token of tokens) alignByAttribute(token);
  const html = sanitizeHtml(parser.renderer.render(tokens, parser.options, environment), allowed);
  if (html.length > maxHtml) return { refusal: 'size' };
  return depthOf(html) > maxDepth ? { refusal: 'nesting' } : { html };
}

type Token = ReturnType<typeof parser.parse>[number];

function lengthOf(tokens: readonly Token[]): number {
  let length = 0;
  for (const { content, attrs, children } of tokens) {
    length += children ? lengthOf(children) : content.length;
    length += tagLength;
    for (const [name, value] of attrs ?? []) length += name.length + String(value).length;
  }
  return length;
}

/** Columns of tables are aligned without a style, which the sanitiser would have to understand. */
function alignByAttribute(token: Token): void {
  const [, alignment] = /^text-align:(left|center|right)$/.exec(String(token.attrGet('style') ?? '')) ?? [];
  if (alignment !== undefined) token.attrs = [['align', alignment]];
}

/** How deep the elements nest: the sanitiser has closed and escaped everything. */
function depthOf(html: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [, slash, name] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)/g)) {
    if (name === 'br' || name === 'hr' || name === 'img') continue;
    depth += slash === '' ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
