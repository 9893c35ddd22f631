import { pino, type DestinationStream, type Logger } from 'pino';
import { logOutput } from './log-output.ts';

export type { Logger } from 'pino';

/** Members that never reach a log, at any of the first two levels. */
const secretMembers = [
  'password',
  'old_password',
  'new_password',
  'oldPassword',
  'newPassword',
  'security_answer',
  'security_question',
  'token',
  'access_token',
  'refresh_token',
  'code',
  'verification_code',
  'key',
  'secret',
  'authorization',
  'cookie',
];

/** One JSON line per event on stdout; secrets are cut out by name wherever an object is logged. */
export function createLogger(
  app: string,
  level: string,
  destination: DestinationStream = logOutput(),
): Logger {
  const options = {
    level,
    base: { app },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secretMembers.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination);
}
