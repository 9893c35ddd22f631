const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A text as it is, in HTML. */
export const plainHtml = (text: string): string =>
  `<pre>${text.replace(/[&<>"]/g, (character) => escapes[character] ?? '')}</pre>\n`;
