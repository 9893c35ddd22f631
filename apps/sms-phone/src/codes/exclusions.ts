/** Stands for what can be no code, at the same length, so that places in the text stay as they are. */
const blank = '\ufffc';
const cover = (found: string): string => blank.repeat(found.length);

const currency = String.raw`(?:NT\$|HK\$|US\$|R\$|S\$|[$€£¥₩₹₫₽₪฿]|USD|EUR|GBP|CNY|RMB|JPY|KRW|INR|VND|IDR|SAR|AED|TWD|HKD|BRL|Rs\.?|Rp\.?|人民币|人民幣|新台幣)`;
const currencyAfter = String.raw`(?:USD|EUR|GBP|CNY|RMB|JPY|KRW|INR|VND|VNĐ|IDR|SAR|AED|TWD|HKD|BRL|[€£₩₹₫₽₪đ]|dollars?|euros?|rupees?|reais|reales|pesos|руб|р\.|ريال|درهم|דולר|שקל|ש"ח|रुपये|rupiah)`;
const amount = String.raw`\d[\d,. ]{0,20}`;
const months = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)';

/**
 * What holds digits and is never a code. Each begins where no run of the same characters is cut, so that all of them
 * together read a text once.
 */
const exclusions: RegExp[] = [
  /(?<![a-z0-9])(?:[a-z][a-z0-9+.-]{1,15}:\/\/|www\.)[!-~]+/giu,
  /(?<![\w.+-])[\w.+-]{1,64}@[\w.-]+/gu,
  /(?<![\w.-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}(?:\/[!-~]*)/giu,
  /(?<![\w.-])(?=[\d-]*[a-z])(?=[a-z.-]*\d)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}(?![\w.-])/giu,
  // Cards, accounts and telephones of which a part is hidden.
  /(?<![\w*•])[\d+]*[*•]+[\d*•]*|(?<!\w)\d{2,}[xX]{2,}\d*(?!\w)|(?<!\w)[xX]{1,12}\d{2,6}(?!\w)/gu,
  // Dates and times.
  /(?<!\d)\d{4}(?:[-/.]\d{1,2}){1,2}(?!\d)|(?<![\d-])\d{1,2}([-/.])\d{1,2}\1\d{4}(?![\d-])|(?<!\d)\d{1,2}([/.])\d{1,2}\2\d{2}(?!\d)/gu,
  new RegExp(String.raw`(?<![\d-])\d{1,2}[- ]?${months}[a-z]*[- ,]{0,2}(?:\d{4}|\d{2})(?!\d)`, 'giu'),
  new RegExp(
    String.raw`(?<!\d)(?:19|20)\d{2} ${months}[a-z]*|${months}[a-z]*\.? \d{1,2},? (?:19|20)\d{2}(?!\d)`,
    'giu',
  ),
  /(?<!\d)(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?=[ T]?\d{1,2}:\d{2})/gu,
  /(?<!\d)\d{1,2}(?::\d{2}){1,2}(?!\d)|(?<!\d)\d{1,2}h\d{2}(?!\w)|(?<![\d/])\d{1,2}\/\d{1,2}(?![\d/])/gu,
  // Money, and numbers written as quantities.
  new RegExp(String.raw`(?<![a-z])${currency} ?${amount}`, 'giu'),
  new RegExp(String.raw`(?<![\d,.])\d[\d,.]*(?= ?${currencyAfter}(?![a-z]))`, 'giu'),
  /(?<![\d,.])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|(?<![\d,.])\d{1,3}(?:\.\d{3})+,\d+|(?<![\d.])\d+\.\d{1,2}(?![\d.])|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/gu,
  // International numbers.
  /\+\d[\d ()-]{6,20}/gu,
  // The hash by which an app finds its message, on a line of its own (Android, SMS Retriever).
  /(?<=\n)(?=[A-Za-z+/]*\d)[A-Za-z0-9+/]{11}\s*$/gu,
];

const appHash = /(?<=\s)[A-Za-z0-9+/]{11}\s*$/u;

/** The name of a sender in brackets; the code itself may stand there too. */
const bracketed = /【([^】]{0,60})】/gu;
const isCode = /^\s*[A-Za-z0-9](?:[- ]?[A-Za-z0-9]){3,11}\s*$/;
const holdsCode = (inside: string) => isCode.test(inside) && /\d/.test(inside);

/** A text with everything covered that has digits and can be no code. */
export function withoutExclusions(text: string): string {
  const named = text.replace(bracketed, (whole, inside: string) =>
    holdsCode(inside) ? whole : whole.replace(/[A-Za-z]*\d[A-Za-z\d]*/g, cover),
  );
  const hashless = named.startsWith('<#>') ? named.replace(appHash, cover) : named;
  return exclusions.reduce((rest, exclusion) => rest.replace(exclusion, cover), hashless);
}
