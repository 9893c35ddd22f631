import { expect, test } from 'vitest';
import { apps } from '../platform/apps.ts';
import { secretVariables } from '../platform/secrets.ts';
import { shapeOf } from './shapes.ts';
import { asText } from './render.ts';
import { allVariables } from './variables.ts';

test('every variable of every app is explained', async () => {
  const unexplained = (await allVariables()).filter(({ description }) => description === '');
  expect(unexplained.map(({ name, readers }) => `${name} of ${readers.join(', ')}`)).toEqual([]);
});

test.each(apps)('$name is told the secrets that it reads, and no others', async (app) => {
  const shape = Object.keys(await shapeOf(app));
  const own = app.secrets.map(({ name }) => name);
  expect(own.toSorted()).toEqual(secretVariables.filter((name) => shape.includes(name)).sort());
});

test('every variable that is secret is described as one', async () => {
  const stores = ['MONGODB_URI', 'REDIS_URL'];
  const secret = (await allVariables()).filter((variable) => variable.secret).map(({ name }) => name);
  expect(secret.filter((name) => ![...secretVariables, ...stores].includes(name))).toEqual([]);
});

test('a variable that apps read the same way is one row that names them all', async () => {
  const [level, ...others] = (await allVariables()).filter(({ name }) => name === 'LOG_LEVEL');
  expect(level?.readers).toEqual(['npm start', ...apps.map(({ name }) => name)]);
  expect(others).toEqual([]);
});

test('the table says what production needs and what is secret', () => {
  const row = { name: 'KEY', readers: ['gateway'], default: '', description: 'opens' };
  const text = asText([{ ...row, requiredInProduction: true, secret: true }]);
  expect(text.split('\n')[1]).toMatch(/^KEY\s+gateway\s+opens \(required in production, secret\)$/);
});
