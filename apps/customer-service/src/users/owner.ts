import { invalidField } from '@portico/envelope';
import type { UserStore } from './users.store.ts';

/** The customer for whom an operator makes something. @throws AppError `invalid_params` where there is none */
export async function ownerByEmail(
  users: Pick<UserStore, 'findByEmail'>,
  email: string,
): Promise<{ ownerId: string; ownerEmail: string }> {
  const user = await users.findByEmail(email);
  if (!user) throw invalidField('owner_email', 'owner_email: 该邮箱未注册');
  return { ownerId: String(user._id), ownerEmail: user.email };
}
