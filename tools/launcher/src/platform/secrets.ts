import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Environment } from '@portico/config';
import { apps, type App } from './apps.ts';
import { writeJsonAtomically } from './atomic-file.ts';

type Secret = App['secrets'][number];

const randomText = (bytes: number) => randomBytes(bytes).toString('base64url');

/** A new value of each kind; the halves of a key pair are made together. */
const makers: Record<Exclude<Secret['made'], 'given' | 'private-key' | 'public-key'>, () => string> = {
  random: () => randomText(32),
  // With an id, so that another one can be put before it.
  'named-list': () => `first:${randomText(32)}`,
  'sealing-key': () => `k1:${randomBytes(32).toString('base64')}`,
  'operator-email': () => 'admin@portico.example',
  'operator-password': () => randomText(15),
};

/** Secrets that belong together: made at once, or not at all when one of them is given. */
type SecretGroup = readonly Secret[];

const declared = [
  ...new Map(apps.flatMap(({ secrets }) => secrets).map((secret) => [secret.name, secret])).values(),
];

const groups: readonly SecretGroup[] = declared
  .filter(({ made }) => made !== 'given' && made !== 'public-key')
  .map((secret) => [secret, ...declared.filter(({ of }) => of === secret.name)]);

/** The environment variables of every secret of any app: a process is given its own only. */
export const secretVariables = declared.map(({ name }) => name);

/** The name of a secret in `secrets.json`: `adminEmail` for `ADMIN_EMAIL`. */
const nameInFile = (variable: string) =>
  variable.toLowerCase().replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function make(group: SecretGroup): Record<string, string> {
  const [first] = group;
  if (first?.made !== 'private-key')
    return Object.fromEntries(group.map(({ name, made }) => [name, makers[made as keyof typeof makers]()]));
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const privateText = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const publicText = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return Object.fromEntries(
    group.map(({ name, made }) => [name, made === 'private-key' ? privateText : publicText]),
  );
}

/** A new value for each secret that can be made here, as environment variables. */
export function newSecrets(): Record<string, string> {
  return Object.assign({}, ...groups.map(make)) as Record<string, string>;
}

/**
 * The secrets that the environment does not give, as environment variables: those in the file, and new ones for what
 * it lacks, which are kept there. A file of an older version gains what it does not have.
 */
export function keepSecrets(file: string, given: Environment): Environment {
  const kept = read(file);
  const notGiven = groups.filter((group) => group.every(({ name }) => !given[name]));
  const missing = groups.filter((group) =>
    group.every(({ name }) => !given[name] && kept[nameInFile(name)] === undefined),
  );
  const made = missing.flatMap((group) => Object.entries(make(group)));
  const secrets = { ...kept, ...Object.fromEntries(made.map(([name, value]) => [nameInFile(name), value])) };
  if (missing.length > 0) writeJsonAtomically(file, secrets, 0o600);
  return Object.fromEntries(notGiven.flat().map(({ name }) => [name, secrets[nameInFile(name)]]));
}

/** @throws when the file is there and is no JSON: making new secrets would lock everybody out */
function read(file: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    throw new Error(`${file} is not valid JSON: restore it, or remove it to have new secrets made`);
  }
}
