import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** A key of AES-256-GCM with the name that sealed values carry. */
export interface SealingKey {
  id: string;
  key: Buffer;
}

/**
 * Seals job payloads, because they hold one-time codes and addresses and Redis must never have those in clear
 * (ARCHITECTURE.md, Identity and secrets).
 */
export interface Sealer {
  /** Encrypts a JSON value; it opens again only in the same place (queue) and under the same id. */
  seal(place: string, id: string, value: unknown): string;
  /** @throws when the value was altered, moved to another place or id, or its key is no longer listed */
  open(place: string, id: string, sealed: string): unknown;
}

const version = 'v1';
const ivBytes = 12;
const tagBytes = 16;

/** The first key seals, all of them open: put a new key first, and drop the old one when nothing sealed under it is left. */
export function createSealer(keys: readonly SealingKey[]): Sealer {
  const [current] = keys;
  if (!current) throw new Error('a sealer needs a key');
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  return {
    seal(place, id, value) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', current.key, iv);
      cipher.setAAD(boundTo(place, id));
      const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
      return `${version}.${current.id}.${Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url')}`;
    },
    open(place, id, sealed) {
      const [format, keyId = '', body = ''] = sealed.split('.');
      const key = byId.get(keyId);
      if (format !== version || !key) throw new Error(`sealed under an unknown key: ${format}.${keyId}`);
      const bytes = Buffer.from(body, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes));
      decipher.setAAD(boundTo(place, id));
      decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
      const text = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
      return JSON.parse(text.toString('utf8')) as unknown;
    },
  };
}

function boundTo(place: string, id: string): Buffer {
  return Buffer.from(`${place}\n${id}`);
}

const keyText = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]{43}=)$/;

/** `id:base64,id2:base64`, 32 bytes each. */
export function sealingKeys() {
  return z.string().transform((value, context): SealingKey[] => {
    const keys = value.split(',').map((item) => keyText.exec(item.trim()));
    if (keys.includes(null)) {
      context.addIssue({ code: 'custom', message: 'must be id:key,… with keys of 32 bytes in base64' });
      return z.NEVER;
    }
    const parsed = keys.map((match) => ({
      id: match?.[1] ?? '',
      key: Buffer.from(match?.[2] ?? '', 'base64'),
    }));
    if (new Set(parsed.map(({ id }) => id)).size !== parsed.length) {
      context.addIssue({ code: 'custom', message: 'must not name an id twice' });
      return z.NEVER;
    }
    return parsed;
  });
}

/** What every process that seals or opens payloads reads. */
export const sealing = {
  SEALING_KEYS: sealingKeys().meta({
    description: 'keys of job payloads as id:base64,… (32 bytes each); the first seals, all of them open',
    secret: true,
  }),
};
