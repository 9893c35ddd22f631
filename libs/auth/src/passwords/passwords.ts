import { createHmac } from 'node:crypto';
import { addressBlock } from '../budgets/address-block.ts';
import type { AuthMetrics } from '../metrics.ts';
import type { NamedSecret } from '../secrets.ts';
import { createBcryptPool, type BcryptPoolOptions } from './bcrypt-pool.ts';

export interface PasswordsOptions extends BcryptPoolOptions {
  /** The first hashes, all verify: put a new one first and keep the old ones as long as hashes name them. */
  peppers: readonly NamedSecret[];
  /** bcrypt's cost: 12 in production. */
  cost: number;
  metrics?: Pick<AuthMetrics, 'passwordChecked'>;
}

export interface Passwords {
  /**
   * What to store for a password.
   *
   * @param from address of the client: computations of one wait for each other, not for those of others
   * @throws AppError `rate_limited` when too many are waiting
   */
  hash(password: string, from?: string): Promise<string>;
  /** Whether it is the password. @throws AppError `rate_limited` when too many are waiting */
  verify(stored: string, password: string, from?: string): Promise<boolean>;
  /** The same, at the same cost, for a user who may not exist: an unknown one is never the password's owner. */
  verifyOrDummy(stored: string | undefined, password: string, from?: string): Promise<boolean>;
  /** Whether to store a new hash now that the password is known: another scheme, pepper or cost took over. */
  needsRehash(stored: string): boolean;
  close(): Promise<void>;
}

/**
 * Version of the scheme: bcrypt over base64(HMAC-SHA-256(pepper, NFC(password))). bcrypt ignores everything after
 * byte 72 and stops at a zero byte; the digest in base64 has 44 bytes and no zero (contract: passwords).
 */
const scheme = 'v1';

interface StoredPassword {
  pepperId: string;
  bcrypt: string;
}

/** Hashes and verifies passwords, of all services, in a bounded pool of threads. Close it with the process. */
export function createPasswords({ peppers, cost, metrics, ...poolOptions }: PasswordsOptions): Passwords {
  const [current] = peppers;
  if (!current) throw new Error('passwords need a pepper');
  const pool = createBcryptPool(poolOptions);
  // Any well-formed hash will do: its salt and cost decide how long the comparison takes.
  const dummy = `${scheme}$${current.id}$$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;

  async function verify(stored: string, password: string, from = ''): Promise<boolean> {
    const { pepperId, bcrypt } = parse(stored);
    const pepper = peppers.find(({ id }) => id === pepperId);
    if (!pepper) throw new Error(`no pepper has the id ${pepperId}`);
    return pool.verify(digest(pepper, password), bcrypt, addressBlock(from));
  }

  return {
    verify,
    async hash(password, from = '') {
      return `${scheme}$${current.id}$${await pool.hash(digest(current, password), cost, addressBlock(from))}`;
    },
    async verifyOrDummy(stored, password, from) {
      const isRight = (await verify(stored ?? dummy, password, from)) && stored !== undefined;
      metrics?.passwordChecked(isRight);
      return isRight;
    },
    needsRehash(stored) {
      const { pepperId, bcrypt } = parse(stored);
      return pepperId !== current.id || Number(bcrypt.split('$')[2]) !== cost;
    },
    close: () => pool.close(),
  };
}

function parse(stored: string): StoredPassword {
  const [, version, pepperId, bcrypt] = /^(v\d+)\$([^$]+)\$(.+)$/.exec(stored) ?? [];
  if (version !== scheme || pepperId === undefined || bcrypt === undefined) {
    throw new Error('a stored password of an unknown scheme');
  }
  return { pepperId, bcrypt };
}

/** NFC: the same characters typed on another keyboard are the same password. */
function digest(pepper: NamedSecret, password: string): string {
  return createHmac('sha256', pepper.secret).update(password.normalize('NFC'), 'utf8').digest('base64');
}
