import type { Metrics } from '@portico/service';
import { Counter } from 'prom-client';

/** What is guessed at a service. */
export interface AuthMetrics {
  passwordChecked(isRight: boolean): void;
  codeChecked(isRight: boolean): void;
  loginLimited(by: 'account' | 'address'): void;
}

const results = ['right', 'wrong'] as const;
const limits = ['account', 'address'] as const;

/** Counters of guesses. All series are there from the start, so that the first guess counts in a rate. */
export function createAuthMetrics({ registry }: Metrics): AuthMetrics {
  const registers = [registry];
  const passwords = new Counter({
    name: 'auth_password_checks_total',
    help: 'Passwords and security answers compared, also those of unknown users',
    labelNames: ['result'] as const,
    registers,
  });
  const codes = new Counter({
    name: 'auth_code_checks_total',
    help: 'One-time codes compared',
    labelNames: ['result'] as const,
    registers,
  });
  const limited = new Counter({
    name: 'auth_logins_limited_total',
    help: 'Passwords not compared, because the guess budget of the account or the address was used up',
    labelNames: ['by'] as const,
    registers,
  });
  for (const result of results) {
    passwords.inc({ result }, 0);
    codes.inc({ result }, 0);
  }
  for (const by of limits) limited.inc({ by }, 0);
  return {
    passwordChecked: (isRight) => passwords.inc({ result: isRight ? 'right' : 'wrong' }),
    codeChecked: (isRight) => codes.inc({ result: isRight ? 'right' : 'wrong' }),
    loginLimited: (by) => limited.inc({ by }),
  };
}
