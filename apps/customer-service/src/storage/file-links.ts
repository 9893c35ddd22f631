import { keyedDigest, sameSecret, type NamedSecret } from '@portico/auth';
import { linkSeconds, type StoredObject } from './storage.ts';

/** What a link allows. */
export interface FileLink extends StoredObject {
  use: 'get' | 'put';
  /** Bytes to put. */
  size: number;
}

/** The query of a link. */
export interface LinkQuery {
  key: string;
  filename: string;
  type: string;
  size: number;
  use: string;
  expires: number;
  signature: string;
}

export interface FileLinks {
  /** The path of a link, as clients of the gateway see it. */
  path(link: FileLink): string;
  /** What a link allows; undefined for one that was altered, is somebody else's making or has expired. */
  verify(query: LinkQuery): FileLink | undefined;
}

/** Path of the links at the gateway: files are reached under the service's prefix alone. */
const publicPath = '/customer-service/files';

/** Links to local files. Everything that a link says is signed, and that it ends. */
export function createFileLinks(secrets: readonly NamedSecret[], now: () => number = Date.now): FileLinks {
  const [current] = secrets;
  if (!current) throw new Error('links to files need a secret');

  const sign = (secret: NamedSecret, query: Omit<LinkQuery, 'signature'>) => {
    const { use, key, filename, type, size, expires } = query;
    const parts = JSON.stringify([use, key, filename, type, size, expires]);
    return `${secret.id}.${keyedDigest(secret.secret, 'file-link', parts).toString('base64url')}`;
  };

  return {
    path({ use, key, filename, contentType: type, size }) {
      const query = { use, key, filename, type, size, expires: Math.floor(now() / 1000) + linkSeconds };
      const signature = sign(current, query);
      const text = Object.entries({ ...query, signature }).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]);
      return `${publicPath}?${new URLSearchParams(text).toString()}`;
    },
    verify(query) {
      const { use, key, filename, type: contentType, size, expires, signature } = query;
      if ((use !== 'get' && use !== 'put') || expires * 1000 <= now()) return undefined;
      const isGenuine = secrets.some((secret) => sameSecret(sign(secret, query), signature));
      return isGenuine ? { use, key, filename, contentType, size } : undefined;
    },
  };
}
