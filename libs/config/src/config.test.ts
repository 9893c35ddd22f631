import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  boolean,
  commaList,
  ConfigError,
  describeConfig,
  loadConfig,
  requiredInProduction,
  secret,
  share,
  wholeNumber,
} from './index.ts';

const shape = {
  WORKERS: wholeNumber(1, 64).default(4).meta({ description: 'how many' }),
  VERBOSE: boolean().default(false).meta({ description: 'chatty' }),
  ORIGINS: commaList().default([]).meta({ description: 'who may' }),
  SIGNING_KEY: requiredInProduction(secret(), { description: 'signs', secret: true }),
  NAME: z.string().meta({ description: 'required' }),
};

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig('app', shape, undefined, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loading the environment', () => {
  it('reads values by their type and fills in defaults', () => {
    const config = loadConfig('app', shape, undefined, { NAME: 'x', VERBOSE: 'false', ORIGINS: 'a, b,' });
    expect(config).toEqual({ NAME: 'x', WORKERS: 4, VERBOSE: false, ORIGINS: ['a', 'b'] });
  });

  it('takes an empty variable for a missing one', () => {
    expect(loadConfig('app', shape, undefined, { NAME: 'x', WORKERS: '' }).WORKERS).toBe(4);
    expect(problemsOf({ NAME: '' })).toEqual(['NAME: is not set']);
  });

  it('lists every mistake at once', () => {
    expect(problemsOf({ WORKERS: '4.5', VERBOSE: 'maybe', SIGNING_KEY: 'short' })).toEqual([
      'WORKERS: must be a whole number from 1 to 64',
      'VERBOSE: must be true or false',
      'SIGNING_KEY: must have at least 16 characters',
      'NAME: is not set',
    ]);
  });

  it('names a variable that every environment needs once, in production too', () => {
    const always = { PEPPER: secret().meta({ description: 'peppers', requiredInProduction: true }) };
    const load = () => loadConfig('app', always, undefined, { NODE_ENV: 'production' });
    expect(load).toThrow(new ConfigError('app', ['PEPPER: is not set']));
  });

  it('misses a production secret in production only', () => {
    expect(problemsOf({ NAME: 'x' })).toEqual([]);
    expect(problemsOf({ NAME: 'x', NODE_ENV: 'production' })).toEqual([
      'SIGNING_KEY: must be set in production',
    ]);
  });

  it('never prints the value of a variable', () => {
    expect(problemsOf({ NAME: 'x', SIGNING_KEY: 'hunter2' }).join()).not.toContain('hunter2');
  });

  it('applies the rules of the whole', () => {
    const load = () =>
      loadConfig('app', shape, (config) => (config.NAME === 'x' ? ['NAME: is taken'] : []), { NAME: 'x' });
    expect(load).toThrow('NAME: is taken');
  });

  it('applies the rules of the whole to what can be read, beside what cannot', () => {
    const load = () =>
      loadConfig(
        'app',
        shape,
        ({ WORKERS, VERBOSE }) => [`ORIGINS: ${WORKERS} and ${VERBOSE}`, 'NAME: said twice'],
        { WORKERS: '4.5', VERBOSE: 'true' },
      );
    expect(load).toThrow(
      new ConfigError('app', [
        'WORKERS: must be a whole number from 1 to 64',
        'NAME: is not set',
        'ORIGINS: 4 and true',
      ]),
    );
  });
});

it.each([
  ['0', 0],
  ['0.05', 0.05],
  ['.5', 0.5],
  ['1.0', 1],
  ['1.5', undefined],
  ['-0.1', undefined],
  ['10%', undefined],
])('a share may be %s', (written, read) => {
  expect(share().safeParse(written).data).toBe(read);
});

it('describes variables for people', () => {
  expect(describeConfig(shape)).toContainEqual({
    name: 'SIGNING_KEY',
    description: 'signs',
    default: '',
    secret: true,
    requiredInProduction: true,
  });
  expect(describeConfig(shape).map((row) => row.default)).toEqual(['4', 'false', '', '', '(required)']);
});
