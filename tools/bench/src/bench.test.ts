import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { load } from './load.ts';
import { familyOf, memoryOf, nameOf, residentOf } from './memory.ts';
import { isMet, rowsFrom, tableOf, type Row } from './rows.ts';

const row: Row = {
  id: 'P1',
  what: 'something',
  figure: 0.951,
  unit: 'times',
  goal: { at: 'most', value: 1 },
  details: {},
};

describe('rows', () => {
  it('are read from the last line that a bench prints', () => {
    expect(rowsFrom(`starting\n${JSON.stringify([row])}\n`)).toEqual([row]);
    expect(() => rowsFrom('{"id":"P1"}')).toThrow();
    expect(() => rowsFrom(JSON.stringify([{ ...row, figure: null }]))).toThrow();
  });

  it('meet a goal from the right side', () => {
    expect(isMet(row)).toBe(true);
    expect(isMet({ ...row, figure: 1.01 })).toBe(false);
    expect(isMet({ ...row, goal: { at: 'least', value: 1 } })).toBe(false);
    expect(isMet({ ...row, figure: 1500, goal: { at: 'least', value: 1500 } })).toBe(true);
  });

  it('make a table', () => {
    const missed = { ...row, id: 'P9', figure: 1234.5, goal: { at: 'least' as const, value: 1500 } };
    expect(tableOf([row, missed]).split('\n')).toEqual([
      '#   measured   figure       goal',
      'P1  something  0.95 times   ≤ 1      met',
      'P9  something  1,235 times  ≥ 1,500  MISSED',
    ]);
  });
});

describe('load', async () => {
  let connections = 0;
  const server = createServer((request, response) => void response.end(request.url));
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { url, connections: 4, requests: 200, seconds: 10 };

  it('sends as many requests as asked for, over the connections it keeps', async () => {
    const answers: string[] = [];
    const result = await load({
      ...options,
      next: (index) => ({ path: `/${index}` }),
      check: (status, body) => void answers.push(`${status} ${body}`),
    });
    expect(result.count).toBe(200);
    expect(new Set(answers).size).toBe(200);
    expect(answers).toContain('200 /199');
    expect(connections).toBe(4);
    expect(result.p50).toBeLessThanOrEqual(result.p95);
  });

  it('ends with the first wrong answer', async () => {
    const check = () => {
      throw new Error('wrong');
    };
    await expect(load({ ...options, next: () => ({ path: '/' }), check })).rejects.toThrow('wrong');
  });
});

it('weighs a process and finds its family', () => {
  expect(familyOf(process.ppid)).toContain(process.pid);
  expect(memoryOf(process.pid)).toBeGreaterThan(10);
  expect(residentOf(process.pid)).toBeGreaterThanOrEqual(memoryOf(process.pid));
  expect(nameOf(process.pid)).not.toBe('');
});
