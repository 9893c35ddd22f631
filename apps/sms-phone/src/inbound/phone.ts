/** Forms in which a provider may write a number of the inventory, the likeliest first: with country, with `+`, without. */
export function formsOf(phone: string): string[] {
  const digits = phone.replace(/[^\d]/g, '');
  const national = digits.startsWith('86') && digits.length === 13 ? digits.slice(2) : undefined;
  return [...new Set([phone, digits, `+${digits}`, ...(national === undefined ? [] : [national])])];
}
