import { AppError } from '@portico/envelope';
import mongoose, { type Connection } from 'mongoose';
import { digestOf, type NamedSecret } from '../secrets.ts';
import { createSessionCache } from './session-cache.ts';
import { accessTokenOf, newRefreshToken, sessionIdOf, successorOf } from './session-tokens.ts';
import { sessionModel, type SessionOrigin, type SessionRecord } from './sessions.model.ts';

export interface SessionsOptions {
  connection: Connection;
  /** Name of the collection. */
  collection: string;
  /** The first derives new tokens; a former one is needed for as long as a lost answer may be asked for again. */
  secrets: readonly NamedSecret[];
  /** Seconds an access token is valid. */
  accessLifetime: number;
  /** Seconds a refresh token is valid, from when it was given out. */
  refreshLifetime: number;
  /** Seconds for which an instance may believe what it read before: an ended session is out after that. */
  staleness?: number;
  /** Told of a used-up token that came again, after its family was ended: somebody has stolen one. */
  onReuse?: (session: { id: string; userId: string }) => void;
  now?: () => number;
}

/** What a client gets. A service with access tokens of its own gives out the refresh token alone. */
export interface SessionGrant {
  sessionId: string;
  userId: string;
  accessToken: string;
  /** Seconds. */
  expiresIn: number;
  refreshToken: string;
  refreshExpiresIn: number;
}

/** A session as its owner sees it. */
export interface Session {
  id: string;
  userId: string;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  origin: SessionOrigin;
}

/** A session that ends sooner than its refresh tokens would. */
export interface SessionLimits {
  /** Seconds without use. */
  idleSeconds: number;
  /** Seconds from the sign-in. */
  totalSeconds: number;
}

export interface Sessions {
  open(userId: string, origin?: Partial<SessionOrigin>, limits?: SessionLimits): Promise<SessionGrant>;
  /**
   * Exchanges a refresh token. The same one within 10 s gets the same answer, as if that had been lost; a used-up
   * one ends the session for everybody.
   *
   * @throws AppError `unauthenticated` with status 401
   */
  refresh(refreshToken: string): Promise<SessionGrant>;
  /** Whose access token it is, undefined for one that is not valid. */
  authenticate(accessToken: string): Promise<Session | undefined>;
  /** Whether a session has not ended, for tokens that name one. */
  isLive(sessionId: string): Promise<boolean>;
  /** The sessions of a user, last used first, at most 100. */
  list(userId: string): Promise<Session[]>;
  /** Ends one session of a user; answers whether there was one. */
  end(userId: string, sessionId: string): Promise<boolean>;
  /** Ends the session of an access or refresh token, as for logging out; answers whether there was one. */
  endByToken(token: string): Promise<boolean>;
  /** Ends the sessions of a user, except perhaps the one that asks: password changed, user disabled or deleted. */
  endAll(userId: string, except?: string): Promise<void>;
}

type Limits = Pick<SessionRecord, 'idleSeconds' | 'endsAt'>;

/** Contract: a lost answer may be asked for again for 10 s. */
const graceMs = 10_000;
const maxListed = 100;

/**
 * Sessions with opaque tokens in MongoDB: rotation, detection of reuse, for any number of instances. Register it on
 * the connection before that is opened, so that its indexes are built.
 */
export function createSessions(options: SessionsOptions): Sessions {
  const { secrets, accessLifetime, refreshLifetime, staleness = 10, onReuse, now = Date.now } = options;
  const [current] = secrets;
  if (!current) throw new Error('sessions need a secret');
  const model = sessionModel(options.connection, options.collection);
  const cache = createSessionCache(staleness * 1000, now);

  const read = (id: string) => model.findById(id).lean<SessionRecord>().exec();

  /** What changes when `refreshToken` becomes the current one. */
  function issued(refreshToken: string, secret: NamedSecret, limits: Limits) {
    const idle = Math.min(refreshLifetime, limits.idleSeconds ?? refreshLifetime);
    const expiresAt = Math.min(now() + idle * 1000, limits.endsAt?.getTime() ?? Infinity);
    return {
      refreshDigest: digestOf(refreshToken),
      accessDigest: digestOf(accessTokenOf(refreshToken, secret)),
      rotatedAt: new Date(now()),
      accessExpiresAt: new Date(now() + accessLifetime * 1000),
      expiresAt: new Date(expiresAt),
    };
  }

  function grant(record: SessionRecord, refreshToken: string, secret: NamedSecret): SessionGrant {
    return {
      sessionId: record._id,
      userId: record.userId,
      accessToken: accessTokenOf(refreshToken, secret),
      expiresIn: secondsUntil(record.accessExpiresAt),
      refreshToken,
      refreshExpiresIn: secondsUntil(record.expiresAt),
    };
  }
  const secondsUntil = (time: Date) => Math.max(0, Math.round((time.getTime() - now()) / 1000));

  /** Makes the successor the current token, if `record` is still what is stored. */
  async function rotate(record: SessionRecord, refreshToken: string, secret: NamedSecret) {
    const successor = successorOf(refreshToken, secret);
    const rotated = await model
      .findOneAndUpdate(
        { _id: record._id, refreshDigest: record.refreshDigest },
        {
          $set: {
            ...issued(successor, secret, record),
            previousRefreshDigest: record.refreshDigest,
            previousAccessDigest: record.accessDigest,
          },
        },
        { returnDocument: 'after' },
      )
      .lean<SessionRecord>()
      .exec();
    return rotated ? grant(rotated, successor, secret) : undefined;
  }

  /** The answer that was given to a token which has been exchanged a moment ago. */
  function repeated(record: SessionRecord, refreshToken: string): SessionGrant | undefined {
    const isPrevious = record.previousRefreshDigest === digestOf(refreshToken);
    if (!isPrevious || now() - record.rotatedAt.getTime() > graceMs) return undefined;
    const secret = secrets.find(
      (candidate) => digestOf(successorOf(refreshToken, candidate)) === record.refreshDigest,
    );
    return secret && grant(record, successorOf(refreshToken, secret), secret);
  }

  async function refresh(refreshToken: string): Promise<SessionGrant> {
    const id = sessionIdOf(refreshToken);
    const digest = digestOf(refreshToken);
    let record = id === undefined ? null : await read(id);
    if (record?.refreshDigest === digest && record.expiresAt.getTime() > now()) {
      const rotated = await rotate(record, refreshToken, current as NamedSecret);
      if (rotated) {
        cache.forget(rotated.sessionId);
        return rotated;
      }
      // Another request with the same token was faster, or the session has ended meanwhile.
      record = await read(record._id);
    }
    const again = record ? repeated(record, refreshToken) : undefined;
    if (again) return again;
    if (record && isUsedUp(record, digest)) {
      await remove(record.userId, record._id);
      onReuse?.({ id: record._id, userId: record.userId });
    }
    throw new AppError('unauthenticated', { status: 401 });
  }

  /** Not a current token of the session, so a former one: nobody else knows the part that led here. */
  const isUsedUp = (record: SessionRecord, digest: string) =>
    ![record.refreshDigest, record.accessDigest, record.previousAccessDigest].includes(digest);

  async function remove(userId: string, sessionId: string): Promise<boolean> {
    const { deletedCount } = await model.deleteOne({ _id: sessionId, userId }).exec();
    cache.forget(sessionId);
    return deletedCount === 1;
  }

  /** An exchanged access token works as long as its successor may still be on the way. */
  function opens(record: SessionRecord, digest: string): boolean {
    if (record.accessDigest === digest) return record.accessExpiresAt.getTime() > now();
    return record.previousAccessDigest === digest && now() - record.rotatedAt.getTime() <= graceMs;
  }

  return {
    refresh,
    async open(userId, origin = {}, limits) {
      const refreshToken = newRefreshToken();
      const ends: Limits = {
        idleSeconds: limits?.idleSeconds ?? null,
        endsAt: limits ? new Date(now() + limits.totalSeconds * 1000) : null,
      };
      const record: SessionRecord = {
        _id: sessionIdOf(refreshToken) as string,
        userId,
        createdAt: new Date(now()),
        origin: { ip: origin.ip ?? null, userAgent: origin.userAgent ?? null },
        previousRefreshDigest: null,
        previousAccessDigest: null,
        ...ends,
        ...issued(refreshToken, current, ends),
      };
      await model.create(record);
      return grant(record, refreshToken, current);
    },
    async authenticate(accessToken) {
      const id = sessionIdOf(accessToken);
      if (id === undefined) return undefined;
      const digest = digestOf(accessToken);
      const known = cache.get(id);
      if (known && opens(known, digest)) return sessionOf(known);
      // Another instance may have exchanged it since.
      const record = await read(id);
      if (!record || !opens(record, digest)) return undefined;
      cache.set(record);
      return sessionOf(record);
    },
    async isLive(sessionId) {
      const known = cache.get(sessionId);
      const record = known ?? (await read(sessionId));
      if (!record || record.expiresAt.getTime() <= now()) return false;
      if (!known) cache.set(record);
      return true;
    },
    async list(userId) {
      const records = await model
        .find({ userId })
        .sort({ rotatedAt: -1 })
        .limit(maxListed)
        .lean<SessionRecord[]>()
        .exec();
      return records.filter(({ expiresAt }) => expiresAt.getTime() > now()).map(sessionOf);
    },
    end: remove,
    async endByToken(token) {
      const id = sessionIdOf(token);
      const record = id === undefined ? null : await read(id);
      const digests = record && [record.refreshDigest, record.accessDigest];
      return digests?.includes(digestOf(token)) ? remove(record?.userId ?? '', record?._id ?? '') : false;
    },
    async endAll(userId, except) {
      // The operator is ours: nothing a client sent becomes one.
      const others = except === undefined ? {} : { _id: mongoose.trusted({ $ne: except }) };
      await model.deleteMany({ userId, ...others }).exec();
      cache.forgetUser(userId);
    },
  };
}

function sessionOf(record: SessionRecord): Session {
  const { _id: id, userId, createdAt, rotatedAt: lastUsedAt, expiresAt, origin } = record;
  return { id, userId, createdAt, lastUsedAt, expiresAt, origin };
}
