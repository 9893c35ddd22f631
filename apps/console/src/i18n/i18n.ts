import { preferences, usePreferences } from '../kit/preferences.ts';
import { en } from './en.ts';
import { zh } from './zh.ts';

export type TextKey = keyof typeof en;
/** A missing or superfluous key of another language does not compile. */
export type Dictionary = Record<TextKey, string>;
type Values = Record<string, string | number>;

const dictionaries: Record<'en' | 'zh', Dictionary> = { en, zh };
const locales = { en: 'en-GB', zh: 'zh-CN' } as const;

/** A text in the operator's language, with `{name}` replaced by its value. */
export function text(key: TextKey, values: Values = {}): string {
  const { language } = preferences();
  return dictionaries[language][key].replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = values[name] ?? '';
    return typeof value === 'number' ? formatNumber(value) : value;
  });
}

/** `text`, and a render of the component when the language changes. */
export function useText(): typeof text {
  usePreferences();
  return text;
}

export const locale = (): string => locales[preferences().language];
export const formatNumber = (value: number): string => new Intl.NumberFormat(locale()).format(value);
