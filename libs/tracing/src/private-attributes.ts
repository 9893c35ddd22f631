/**
 * What instrumentations note of a request and may not leave the process: documents 001 and 002 have secrets in the
 * query, and paths hold phones and ids. A log line holds the route's template instead, and so does a span.
 */
const privateAttributes = [
  'url.full',
  'url.path',
  'url.query',
  'http.url',
  'http.target',
  'db.statement',
  'db.query.text',
  'client.address',
  'net.peer.ip',
  'network.peer.address',
  'user_agent.original',
  'http.client_ip',
  'http.user_agent',
];

/** Removes from a span what nobody outside is to read. */
export function withoutPrivate(attributes: Record<string, unknown>): void {
  for (const name of privateAttributes) delete attributes[name];
}
