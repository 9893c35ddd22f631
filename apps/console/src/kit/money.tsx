import { locale } from '../i18n/i18n.ts';
import { usePreferences } from './preferences.ts';

/** An amount with two decimals. */
export function Money({ amount }: { amount: number }) {
  usePreferences();
  return (
    <span className="numbers">
      {new Intl.NumberFormat(locale(), { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(amount)}
    </span>
  );
}
