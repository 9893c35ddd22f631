/** What a request line asks for, safe to route by. */
export interface Target {
  path: string;
  /** With its `?`, or empty. */
  query: string;
}

const plainPath = /^\/[\w\-~!$&'()*+,;=:@/.]*$/;
const dotSegment = /\/\.\.?(?:\/|$)/;
const authority = /^https?:\/\/[^/?#]*/i;
const unsafeInPath = /[\\#]/;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const unsafeDecoded = /[\\\u0000-\u001f\u007f]/;

/**
 * Reads a request target. What two readers could understand differently (dot segments, empty segments,
 * backslashes, control characters) is refused rather than repaired, so that the path that is routed is the path that
 * the service sees. An encoded slash is passed on as it is, because services decode single segments; it must not make
 * a dot segment for a reader that decodes the whole path.
 *
 * @returns undefined for a target that is refused
 */
export function parseTarget(url: string): Target | undefined {
  let target = url;
  if (target.charCodeAt(0) !== 47) {
    // The absolute form must be understood by every server (RFC 9112, section 3.2.2).
    const prefix = authority.exec(target)?.[0];
    if (prefix === undefined) return undefined;
    target = target.slice(prefix.length);
    if (target.charCodeAt(0) !== 47) target = `/${target}`;
  }
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark);
  if (path.includes('//') || dotSegment.test(path)) return undefined;
  if (query.includes('#')) return undefined;
  if (!plainPath.test(path) && !isSafe(path)) return undefined;
  return { path, query };
}

function isSafe(path: string): boolean {
  if (unsafeInPath.test(path)) return false;
  return path.split('/').every((segment) => {
    const decoded = decode(segment);
    if (decoded === undefined || unsafeDecoded.test(decoded)) return false;
    return decoded.split('/').every((part) => part !== '.' && part !== '..');
  });
}

function decode(segment: string): string | undefined {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
