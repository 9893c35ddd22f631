import { Typography } from '@mantine/core';
import DOMPurify from 'dompurify';
import { useMemo } from 'react';

const purifier = DOMPurify();
// A remote picture would tell another host that an operator looks at this text: it becomes a link.
purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'IMG') {
    const source = node.getAttribute('src') ?? '';
    const link = node.ownerDocument.createElement('a');
    link.href = source;
    link.textContent = node.getAttribute('alt') || source;
    link.rel = 'noreferrer noopener';
    link.target = '_blank';
    node.replaceWith(link);
  }
  if (node.tagName === 'A') {
    node.setAttribute('rel', 'noreferrer noopener');
    node.setAttribute('target', '_blank');
  }
});

/** HTML that a service has sanitised, sanitised once more: the only place that shows HTML. */
export function ServerHtml({ html }: { html: string }) {
  const clean = useMemo(
    () =>
      purifier.sanitize(html, {
        FORBID_TAGS: ['style', 'form', 'input'],
        FORBID_ATTR: ['style', 'class', 'id'],
      }),
    [html],
  );
  return (
    <Typography>
      <div dangerouslySetInnerHTML={{ __html: clean }} />
    </Typography>
  );
}
