import type { TextKey } from '../i18n/i18n.ts';

interface LookUp {
  title: TextKey;
  path: string;
}

/** Where a pasted id, mail address or phone number may lead. */
export function lookUps(typed: string): LookUp[] {
  const value = typed.trim();
  const encoded = encodeURIComponent(value);
  const found: LookUp[] = [];
  if (/^\d{1,15}$/.test(value))
    found.push({ title: 'palette.account', path: `/account-pool/accounts?open=${encoded}` });
  return found;
}
