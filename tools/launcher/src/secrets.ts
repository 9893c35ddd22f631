import { parseArgs } from 'node:util';
import { allVariables } from './configuration/variables.ts';
import { secretLines, writeSecrets } from './platform/env-file.ts';

const usage = `npm run secrets [-- options]: writes new secrets for docker compose and Kubernetes into .env
  --file <file>   writes another file
  --print         prints them instead
  --production    adds NODE_ENV=production and names what is yours to add
  --help          prints this`;

/** What an installation in production needs beside the secrets that are made here, as lines to be filled in. */
async function leftToSet(): Promise<string[]> {
  const needed = (await allVariables()).filter(
    ({ name, requiredInProduction }) =>
      requiredInProduction && !secretLines().some((line) => line.startsWith(`${name}=`)),
  );
  const names = new Set(needed.map(({ name }) => name));
  // The stores are those of the compose file, or Secrets of their own.
  const stores = ['MONGODB_URI', 'REDIS_URL'];
  return [...names]
    .filter((name) => !stores.includes(name))
    .map((name) => {
      const { readers = [], description = '' } = needed.find((one) => one.name === name) ?? {};
      return `${name}  ${description} (${readers.join(', ')})`;
    });
}

try {
  const { values } = parseArgs({
    options: {
      print: { type: 'boolean', default: false },
      file: { type: 'string', default: '.env' },
      production: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const more = values.production ? ['NODE_ENV=production'] : [];
  if (values.help) console.log(usage);
  else if (values.print) console.log([...more, ...secretLines()].join('\n'));
  else {
    writeSecrets(values.file, more);
    console.log(`new secrets are in ${values.file}: keep it, and keep it out of the repository`);
    if (values.production) {
      console.log(
        [
          `add to ${values.file} before it is started:`,
          ...(await leftToSet()),
          'and where they apply: PUBLIC_URL, TRUSTED_PROXIES (the exact number of proxies in front), a provider of mails',
          'such as EMAIL_PROVIDER=smtp SMTP_HOST=… MAIL_FROM=…',
        ].join('\n  '),
      );
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
