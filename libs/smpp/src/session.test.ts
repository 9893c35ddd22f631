import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { encodePdu, headerOf, type Delivered } from './pdu.ts';
import { bindSession, type Session } from './session.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A centre that takes every bind and keeps what it is answered. */
async function centre() {
  const answers: Buffer[] = [];
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      for (let at = 0; at + 16 <= bytes.length; at += bytes.readUInt32BE(at)) {
        const unit = bytes.subarray(at, at + bytes.readUInt32BE(at));
        const { command, sequence } = headerOf(unit);
        if (command === 1) socket.write(encodePdu(0x80000001, sequence, 0, Buffer.from('centre\0')));
        else answers.push(unit);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  const url = `smpp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, answers, send: (...units: Buffer[]) => sockets[0]?.write(Buffer.concat(units)) };
}

async function bound(timeoutMs = 30_000) {
  const peer = await centre();
  const delivered: Delivered[] = [];
  const broken: string[] = [];
  const session: Session = await bindSession({
    url: peer.url,
    systemId: 'x',
    password: '',
    as: 'receiver',
    timeoutMs,
    enquireEveryMs: 600_000,
    onDeliver: (message) => void delivered.push(message),
    onBroken: (_bytes, reason) => broken.push(reason),
  });
  closing.push(() => session.destroy());
  return { ...peer, delivered, broken, texts: () => delivered.map(({ body }) => body.toString()) };
}

const fields = (text: string, stated = text.length, ...more: number[]) =>
  Buffer.concat([
    Buffer.from([0, 0, 0, 0x31, 0, 0, 0, 0x32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, stated]),
    Buffer.from(text),
    Buffer.from(more),
  ]);
const deliver = (sequence: number, body: Buffer) => encodePdu(5, sequence, 0, body);
const good = (sequence: number) => deliver(sequence, fields('good'));
const withLength = (unit: Buffer, length: number) => {
  unit.writeUInt32BE(length, 0);
  return unit;
};

it.each([
  ['a parameter of the wrong length', deliver(7, fields('odd', 3, 0x02, 0x04, 0, 1, 9)), ['odd', 'good']],
  ['a parameter longer than its unit', deliver(7, fields('odd', 3, 0x02, 0x04, 0, 99, 9)), ['odd', 'good']],
  ['half a parameter', deliver(7, fields('odd', 3, 0x02, 0x04)), ['odd', 'good']],
  ['a text longer than its unit', deliver(7, fields('odd', 200)), ['good']],
  ['no fields', deliver(7, Buffer.alloc(0)), ['good']],
  ['an address without its end', deliver(7, Buffer.from([0, 0, 0, 0x31, 0x31])), ['good']],
  ['an unknown command', encodePdu(0x999, 7), ['good']],
  ['a length below that of a header', withLength(good(7), 3), ['good']],
  ['a length beyond all bounds', withLength(good(7), 0x7fffffff), ['good']],
  ['bytes of another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), ['good']],
])('stores the good message in the same write as one with %s', async (_name, unit, texts) => {
  const { send, answers, ...session } = await bound();
  send(unit, good(8));
  await expect.poll(session.texts).toEqual(texts);
  await expect
    .poll(() => answers.map((answer) => headerOf(answer)).filter(({ sequence }) => sequence === 8))
    .toMatchObject([{ command: 0x80000005, status: 0 }]);
  if (texts.length === 1) {
    expect(session.broken.length).toBeGreaterThan(0);
    expect(answers.map((answer) => headerOf(answer).status).some((status) => status !== 0)).toBe(true);
  }
});

it('reads on behind a unit whose rest never comes', async () => {
  const { send, texts } = await bound(200);
  send(withLength(deliver(7, fields('odd')), 60_000), good(8));
  await expect.poll(texts).toEqual(['good']);
});
