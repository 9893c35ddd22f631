export type CredentialScheme = 'Bearer' | 'Token';

/** No token of ours is longer; anything longer is not worth a signature check. */
const maxLength = 4096;
/** RFC 6750, section 2.1 (b64token). */
const credentials = /^([A-Za-z]+)[ \t]+([A-Za-z0-9\-._~+/]+=*)[ \t]*$/;

/**
 * The token of an `Authorization` header, or undefined when it has none in one of the schemes.
 * The scheme is compared without regard to case (RFC 9110, section 11.1).
 *
 * @example
 * credentialsFrom(request.headers.authorization, ['Bearer', 'Token'])
 */
export function credentialsFrom(
  header: string | undefined,
  schemes: readonly CredentialScheme[] = ['Bearer'],
): string | undefined {
  if (header === undefined || header.length > maxLength) return undefined;
  const [, scheme, token] = credentials.exec(header) ?? [];
  if (scheme === undefined || token === undefined) return undefined;
  return schemes.some((known) => known.toLowerCase() === scheme.toLowerCase()) ? token : undefined;
}
