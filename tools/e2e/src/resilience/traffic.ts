import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Answer, Balancer, Request } from './balancer.ts';
import type { Residents } from './residents.ts';

/** A request, and whether an answer is the documented one. */
interface Exchange {
  name: string;
  request: (index: number) => Request;
  isGood: (answer: Answer) => boolean;
}

const json = JSON.stringify;
const isZero = ({ status, body }: Answer) => status === 200 && body['code'] === 0;

/** Three reads and one write of each service, in turn over the services. */
function mixOf({ operator, caller, visitor }: Residents): Exchange[] {
  const asOperator = { headers: { Authorization: operator } };
  const asVisitor = { headers: { Authorization: visitor } };
  const reads: Exchange[] = [
    {
      name: 'list accounts',
      request: () => ({
        method: 'POST',
        path: '/web/v1/accounts/list',
        body: '{"pagination":{"pageSize":5}}',
      }),
      isGood: isZero,
    },
    {
      name: 'balance',
      request: () => ({ method: 'GET', path: `/api/balance?token=${caller.token}` }),
      isGood: ({ status }) => status === 200,
    },
    {
      name: 'list tickets',
      request: () => ({ method: 'GET', path: '/api/tickets?page_size=5', ...asOperator }),
      isGood: ({ status }) => status === 200,
    },
    {
      name: 'list feedback',
      request: () => ({ method: 'GET', path: '/api/feedback?page_size=5', ...asVisitor }),
      isGood: isZero,
    },
  ];
  const writes: Exchange[] = [
    {
      name: 'acquire',
      request: (index) => ({
        method: 'GET',
        path: '/s/v1/studio/acquire?platform=forum',
        headers: { 'Idempotency-Key': `acquire-${index}` },
      }),
      isGood: isZero,
    },
    {
      name: 'recharge',
      request: () => ({
        method: 'POST',
        path: '/api/recharge',
        body: json({ token: caller.token, amount: '1' }),
      }),
      isGood: ({ status }) => status === 200,
    },
    {
      name: 'ticket',
      request: (index) => ({
        method: 'POST',
        path: '/api/tickets',
        ...asOperator,
        body: json({ title: `ticket ${index}`, ticket_type: 'technical', content: 'It is broken.' }),
      }),
      isGood: ({ status }) => status === 201,
    },
    {
      name: 'feedback',
      request: (index) => ({
        method: 'POST',
        path: '/api/feedback',
        ...asVisitor,
        body: json({ feedback_content: `feedback ${index}` }),
      }),
      isGood: isZero,
    },
  ];
  return [...reads, ...reads, ...reads, ...writes];
}

const longMs = 5000;
/** sms-phone takes one poll a second for each number, also from somebody who was sent home early. */
const betweenPollsMs = 1100;

/** What takes five seconds: waiting for an account, waiting for a message, and a sender who is slow. */
function longExchanges({ caller }: Residents): Exchange[] {
  const { token, phone, projectId } = caller;
  const poll = new URLSearchParams({ token, phone, project_id: projectId, wait: String(longMs / 1000) });
  return [
    {
      name: 'wait for an account',
      request: () => ({ method: 'GET', path: `/s/v1/studio/acquire?platform=empty&wait=${longMs / 1000}` }),
      isGood: ({ status, body }) => status === 200 && body['code'] === 1001,
    },
    {
      name: 'wait for a message',
      request: () => ({ method: 'GET', path: `/api/get_sms_code?${poll.toString()}` }),
      isGood: ({ status, body }) => status === 200 && body['code'] === 1,
    },
    {
      name: 'slow upload',
      request: (index) => ({
        method: 'POST',
        path: '/s/v1/studio/upload',
        body: Readable.from(slowly(json([{ platform: 'slow', customId: `s${index}`, data: '{}' }]))),
      }),
      isGood: isZero,
    },
  ];
}

async function* slowly(text: string): AsyncGenerator<string> {
  for (const character of text) {
    yield character;
    await wait(longMs / text.length);
  }
}

const perSecond = 200;
/** A machine that is busy answers fewer: it is not to be drowned. */
const atOnce = 20;

export interface Traffic {
  /** What was not answered as documented; the first one ends it. */
  readonly failures: readonly string[];
  /** Answers as documented, by the name of the request. */
  readonly good: ReadonlyMap<string, number>;
  /** Those that took five seconds. */
  long(): number;
  sent(): number;
  /** Sends no more, and waits for the answers. */
  stop(): Promise<void>;
}

/** Sends up to 200 requests a second, and beside them always three that take five seconds. */
export function startTraffic(residents: Residents, balancer: Balancer): Traffic {
  const mix = mixOf(residents);
  const failures: string[] = [];
  const good = new Map<string, number>();
  const pending = new Set<Promise<void>>();
  let sent = 0;
  let long = 0;
  let isOver = false;
  const goesOn = () => !isOver && failures.length === 0;

  async function exchange({ name, request, isGood }: Exchange): Promise<void> {
    sent += 1;
    try {
      const answer = await balancer.send(request(sent));
      if (isGood(answer)) good.set(name, (good.get(name) ?? 0) + 1);
      else failures.push(`${name}: ${answer.status} ${json(answer.body)}`);
    } catch (error) {
      failures.push(`${name}: ${String(error)}`);
    }
  }

  let last = performance.now();
  let due = 0;
  const sending = setInterval(() => {
    const now = performance.now();
    due += ((now - last) / 1000) * perSecond;
    last = now;
    for (; due >= 1; due -= 1) {
      if (!goesOn() || pending.size >= atOnce) continue;
      const one = exchange(mix[sent % mix.length] as Exchange).finally(() => pending.delete(one));
      pending.add(one);
    }
  }, 5);
  const waiting = longExchanges(residents).map(async (kind) => {
    while (goesOn()) {
      const begun = performance.now();
      await exchange(kind);
      if (performance.now() - begun >= longMs) long += 1;
      await wait(betweenPollsMs);
    }
  });
  return {
    failures,
    good,
    long: () => long,
    sent: () => sent,
    async stop() {
      isOver = true;
      clearInterval(sending);
      await Promise.all([...pending, ...waiting]);
    },
  };
}
