import { isIPv6 } from 'node:net';

/**
 * What one client controls: an IPv4 address, or the /64 of an IPv6 one, since every household has 2^64 of those.
 */
export function addressBlock(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // `::` stands for as many zero groups as are missing; an embedded IPv4 address takes the room of two.
  const given = before.length + after.length + (address.includes('.') ? 1 : 0);
  const groups = [...before, ...Array<string>(8 - given).fill('0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
