import { isIP, isIPv6 } from 'node:net';
import type { IncomingMessage } from 'node:http';

/** Who asks, by which address and name of this host. */
export interface ClientFacts {
  ip: string;
  proto: 'http' | 'https';
  host: string;
}

const wellFormedHost = /^[\w.:[\]-]{1,255}$/;

/**
 * What is known of the client. Of `X-Forwarded-*` exactly as many hops are believed as there are trusted proxies;
 * a list that is too short did not come through all of them and is not believed at all.
 */
export function clientOf(request: IncomingMessage, trustedProxies: number): ClientFacts {
  const { headers, socket } = request;
  const peer = plainAddress(socket.remoteAddress ?? '');
  const direct: ClientFacts = { ip: peer, proto: 'http', host: hostOf(headers.host) };
  if (trustedProxies === 0) return direct;

  const hops = String(headers['x-forwarded-for'] ?? '').split(',');
  const claimed = plainAddress((hops.at(-trustedProxies) ?? '').trim());
  if (hops.length < trustedProxies || isIP(claimed) === 0) return direct;
  const proto = String(headers['x-forwarded-proto'] ?? '')
    .split(',')
    .at(-1)
    ?.trim();
  const host = hostOf(
    String(headers['x-forwarded-host'] ?? '')
      .split(',')
      .at(-1)
      ?.trim(),
  );
  return { ip: claimed, proto: proto === 'https' ? 'https' : 'http', host: host || direct.host };
}

/**
 * What limits count by: an IPv4 address, or the /64 network of an IPv6 address, which is what one customer of a
 * provider has.
 */
export function networkOf(ip: string): string {
  if (!ip.includes(':') || !isIPv6(ip)) return ip;
  const [front = '', back = ''] = ip.split('%', 1)[0]?.split('::') ?? [];
  const frontGroups = front === '' ? [] : front.split(':');
  const backGroups = back === '' ? [] : back.split(':');
  const missing = Math.max(0, 8 - frontGroups.length - backGroups.length);
  const groups = ip.includes('::')
    ? [...frontGroups, ...Array<string>(missing).fill('0'), ...backGroups]
    : frontGroups;
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

function hostOf(value: string | undefined): string {
  return value !== undefined && wellFormedHost.test(value) ? value : '';
}
