import type { Environment } from '@portico/config';
import type { DataDir } from './data-dir.ts';
import type { Instance } from './instances.ts';

export interface WelcomeOptions {
  instances: readonly Instance[];
  dataDir: DataDir;
  /** Secrets that nobody gave. */
  secrets: Environment;
}

/** What `npm start` prints when everything is ready. */
export function welcome({ instances, dataDir, secrets }: WelcomeOptions): string {
  const gateway = instances.find(({ app }) => app.kind === 'gateway');
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = secrets;
  const login = [email ?? '(ADMIN_EMAIL)', password ?? '(ADMIN_PASSWORD)'].join('  ');
  return [
    'Portico is ready.',
    '',
    ...(gateway
      ? [
          `  URL         ${gateway.url}`,
          `  console     ${gateway.url}/console/`,
          `  reference   ${gateway.url}/docs`,
          `  operations  ${gateway.operationsUrl}`,
        ]
      : []),
    `  operator    ${login}`,
    `  data        ${dataDir.folder}`,
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}
