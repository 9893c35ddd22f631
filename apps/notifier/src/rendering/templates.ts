import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Mustache from 'mustache';
import { templates, type Message, type TemplateName } from '@portico/queue';

/** A message in words. */
export interface Rendered {
  /** Subject of a mail, title of a push. */
  subject: string;
  text: string;
  /** A whole HTML document; mails only. */
  html: string;
  /** The short form for SMS, where the template has one. */
  sms: string;
}

export type Locale = Message['locale'];
export type Renderer = (template: TemplateName, locale: Locale, data: Record<string, unknown>) => Rendered;

interface Files {
  subject: string;
  text: string;
  html: string | undefined;
  sms: string | undefined;
  /** Words for values of the data: `{"purpose": {"login": {"zh": "登录", "en": "signing in"}}}`. */
  words: Record<string, Record<string, Record<Locale, string>>>;
}

export const locales: readonly Locale[] = ['zh', 'en'];
const folder = fileURLToPath(new URL('../../templates/', import.meta.url));
const plain = { escape: String };

/**
 * Reads all templates, once.
 *
 * Mustache has no logic and escapes by default; only HTML is escaped, because a subject or an SMS with `&amp;` in it
 * is wrong.
 *
 * @throws when a template that the contract names has no files
 */
export function loadTemplates(): Renderer {
  const files = new Map<string, Files>();
  for (const name of Object.keys(templates)) {
    for (const locale of locales) files.set(`${name}/${locale}`, readTemplate(name, locale));
  }
  const layouts = new Map(locales.map((locale) => [locale, read(`layout/${locale}.html`)]));

  return (template, locale, data) => {
    const file = files.get(`${template}/${locale}`);
    if (!file) throw new Error(`no template ${template} in ${locale}`);
    const view = { ...data, ...wordsFor(file.words, locale, data) };
    const inPlain = (text: string) => Mustache.render(text, view, undefined, plain);
    // Folded into one line: nothing that a person typed begins another header.
    const subject = oneLine(inPlain(file.subject));
    const html = file.html === undefined ? '' : Mustache.render(file.html, view);
    return {
      subject,
      text: inPlain(file.text).trim(),
      html: html && Mustache.render(layouts.get(locale) ?? '', { subject, content: html }),
      sms: file.sms === undefined ? '' : oneLine(inPlain(file.sms)),
    };
  };
}

function readTemplate(name: string, locale: Locale): Files {
  const text = readIfThere(`${name}/words.json`);
  return {
    subject: read(`${name}/${locale}.subject.txt`),
    text: read(`${name}/${locale}.text.txt`),
    html: readIfThere(`${name}/${locale}.html`),
    sms: readIfThere(`${name}/${locale}.sms.txt`),
    words: text === undefined ? {} : (JSON.parse(text) as Files['words']),
  };
}

/** `purpose: "login"` becomes `purposeWord: "登录"`; values without a word get that of `*`. */
function wordsFor(words: Files['words'], locale: Locale, data: Record<string, unknown>) {
  return Object.fromEntries(
    Object.entries(words).map(([field, values]) => {
      const value = String(data[field]);
      const word = Object.hasOwn(values, value) ? values[value] : values['*'];
      return [`${field}Word`, word?.[locale] ?? ''];
    }),
  );
}

function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, ' ').trim();
}

const read = (file: string) => readFileSync(folder + file, 'utf8');
const readIfThere = (file: string) => (existsSync(folder + file) ? read(file) : undefined);
