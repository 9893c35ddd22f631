import type { IncomingMessage } from 'node:http';
import { AppError } from '@portico/envelope';
import { sharedPath } from './routes.ts';
import type { ServiceName } from '../services.ts';

const largestBody = 64 * 1024;

/** Reads the body of the one path that two documents share; its bytes are replayed as they came. */
export async function readSharedBody(request: IncomingMessage): Promise<Buffer> {
  if (request.headers['content-encoding'] !== undefined) throw new AppError('unsupported_media_type');
  if (Number(request.headers['content-length'] ?? 0) > largestBody) throw new AppError('payload_too_large');
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > largestBody) reject(new AppError('payload_too_large'));
    else chunks.push(chunk);
  });
  request.once('end', () => resolve(Buffer.concat(chunks)));
  request.once('close', () => reject(new AppError('bad_request')));
  request.once('error', () => reject(new AppError('bad_request')));
  return promise;
}

/**
 * Whose registration this is: `account` in the body means app-support, `email` means customer-service.
 *
 * @throws AppError `ambiguous_route` that names the two prefixed paths, when it has both or neither
 */
export function serviceOfBody(body: Buffer): ServiceName {
  const members = parse(body);
  const account = Object.hasOwn(members, 'account');
  const email = Object.hasOwn(members, 'email');
  if (account === email) {
    throw new AppError('ambiguous_route', {
      message:
        `This path belongs to two services, and the body must have either "account" or "email". ` +
        `Call /app-support${sharedPath} or /customer-service${sharedPath} instead.`,
      extra: { paths: [`/app-support${sharedPath}`, `/customer-service${sharedPath}`] },
    });
  }
  return account ? 'app-support' : 'customer-service';
}

function parse(body: Buffer): object {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new AppError('malformed_json');
  }
  return typeof value === 'object' && value !== null ? value : {};
}
