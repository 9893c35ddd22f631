import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Environment } from '@portico/config';
import { writeJsonAtomically } from './atomic-file.ts';

/** Secrets that belong together: made at once, or not at all when one of them is given. */
interface SecretGroup {
  /** The environment variable of each, by its name in `secrets.json`. */
  variables: Record<string, string>;
  make(): Record<string, string>;
}

const randomText = (bytes: number) => randomBytes(bytes).toString('base64url');

function random(name: string, variable: string): SecretGroup {
  return { variables: { [name]: variable }, make: () => ({ [name]: randomText(32) }) };
}

/** A list of secrets with ids, so that another one can be put before it. */
function named(name: string, variable: string): SecretGroup {
  return { variables: { [name]: variable }, make: () => ({ [name]: `first:${randomText(32)}` }) };
}

const groups: readonly SecretGroup[] = [
  {
    variables: { adminEmail: 'ADMIN_EMAIL' },
    make: () => ({ adminEmail: 'admin@portico.example' }),
  },
  {
    variables: { adminPassword: 'ADMIN_PASSWORD' },
    make: () => ({ adminPassword: randomText(15) }),
  },
  {
    variables: { operatorPrivateKey: 'OPERATOR_PRIVATE_KEY', operatorPublicKeys: 'OPERATOR_PUBLIC_KEYS' },
    make() {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return {
        operatorPrivateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        operatorPublicKeys: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      };
    },
  },
  {
    variables: { sealingKeys: 'SEALING_KEYS' },
    make: () => ({ sealingKeys: `k1:${randomBytes(32).toString('base64')}` }),
  },
  named('passwordPeppers', 'PASSWORD_PEPPERS'),
  named('tokenSecrets', 'TOKEN_SECRETS'),
  named('sessionSecrets', 'SESSION_SECRETS'),
  named('fileLinkSecrets', 'FILE_LINK_SECRETS'),
  random('codeSecret', 'CODE_SECRET'),
  random('smsInboundSecret', 'SMS_INBOUND_SECRET'),
];

/** The environment variables of all secrets that can be made here. */
export const secretVariables = groups.flatMap(({ variables }) => Object.values(variables));

/** A new value for each of them, as environment variables. */
export function newSecrets(): Record<string, string> {
  return Object.fromEntries(
    groups.flatMap((group) => {
      const made = group.make();
      return Object.entries(group.variables).map(([name, variable]) => [variable, made[name] ?? '']);
    }),
  );
}

/**
 * The secrets that the environment does not give, as environment variables: those in the file, and new ones for what
 * it lacks, which are kept there. A file of an older version gains what it does not have.
 */
export function keepSecrets(file: string, given: Environment): Environment {
  const kept = read(file);
  const missing = groups.filter(({ variables }) =>
    Object.entries(variables).every(([name, variable]) => !given[variable] && kept[name] === undefined),
  );
  const secrets = Object.assign({}, kept, ...missing.map((group) => group.make())) as Record<string, string>;
  if (missing.length > 0) writeJsonAtomically(file, secrets, 0o600);
  return Object.fromEntries(
    groups
      .filter(({ variables }) => Object.values(variables).every((variable) => !given[variable]))
      .flatMap(({ variables }) => Object.entries(variables))
      .map(([name, variable]) => [variable, secrets[name]]),
  );
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
