import type { Message } from '@portico/queue';

/** Enough of an address to recognise it, not enough to use it: `a…@example.com`, `…0000`, `dev…9f`. */
export function maskAddress(channel: Message['channel'], to: string): string {
  if (channel === 'email') {
    const at = to.lastIndexOf('@');
    return at < 1 ? '…' : `${to.slice(0, 1)}…${to.slice(at)}`.slice(0, 100);
  }
  if (channel === 'sms') return `…${to.slice(-4)}`;
  return `${to.slice(0, 3)}…${to.slice(-2)}`;
}

/** Fields of templates whose value opens something. */
const secretFields = ['code'];

/** A provider's words, which may quote the message: without its secrets and its address, and short. */
export function withoutSecrets(reason: string, message: Pick<Message, 'data' | 'to'>): string {
  let text = reason;
  for (const field of secretFields) {
    const value = message.data[field];
    if (typeof value === 'string' && value !== '') text = text.replaceAll(value, '[redacted]');
  }
  return text.replaceAll(message.to, '[recipient]').slice(0, 500);
}
