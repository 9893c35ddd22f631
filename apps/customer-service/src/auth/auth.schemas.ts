import { z } from 'zod';
import { codeField, emailField, givenPassword, newPassword } from '../fields.ts';

export const emailBody = z.object({ email: emailField });

export const registerBody = z.object({
  email: emailField,
  password: newPassword,
  verification_code: codeField,
});

/** Of a login nothing is told but that it failed: also an address that is none. */
const loginEmail = z.string().trim().toLowerCase().min(1).max(254);

export const loginBody = z.object({ email: loginEmail, password: givenPassword });

/** RFC 6749, 4.3.2. */
export const tokenBody = z.object({ username: loginEmail, password: givenPassword });

export const refreshBody = z.object({ refresh_token: z.string().min(1).max(512) });

export const resetBody = z.object({
  email: emailField,
  verification_code: codeField,
  new_password: newPassword,
});

export const sentOutput = z.object({ message: z.string(), email: z.string() });

export const tokenOutput = z.object({
  access_token: z.string(),
  token_type: z.literal('bearer'),
  expires_in: z.int(),
  refresh_token: z.string(),
  refresh_expires_in: z.int(),
});

/** What the console gets: the refresh token is in a cookie that no script reads. */
export const operatorSessionOutput = z.object({
  access_token: z.string(),
  token_type: z.literal('bearer'),
  expires_in: z.int(),
  user: z.object({ id: z.string(), email: z.string() }),
});
