import { AppError } from '@portico/envelope';
import type { SharedPath } from './routes.ts';

/**
 * The service that a request to a shared path means, by the member of the body that only one of them documents.
 *
 * @throws AppError `ambiguous_route` that names the prefixed paths, when it has none of them or several
 */
export function serviceOfBody({ path, services }: SharedPath, body: Buffer): string {
  const members = parse(body);
  const meant = services.filter(({ bodyMember }) => Object.hasOwn(members, bodyMember));
  const [only] = meant;
  if (only && meant.length === 1) return only.service;
  const paths = services.map(({ service }) => `/${service}${path}`);
  const names = services.map(({ bodyMember }) => `"${bodyMember}"`);
  throw new AppError('ambiguous_route', {
    message:
      `This path belongs to ${services.length} services, and the body must have exactly one of ` +
      `${names.join(', ')}. Call ${paths.join(' or ')} instead.`,
    extra: { paths },
  });
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
