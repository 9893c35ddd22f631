/** What may be a code, with its place in the text. */
export interface Candidate {
  code: string;
  from: number;
  to: number;
  shape: 'digits' | 'mixed' | 'letters';
}

const mostCandidates = 40;

/** Letters and digits, with single blanks or dashes between groups of digits. */
const runs = /(?<![A-Za-z0-9\ufffc])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?![A-Za-z0-9\ufffc])/g;
const isDigits = (text: string) => /^\d+$/.test(text);
const isMixed = (text: string) => /\d/.test(text) && /[A-Za-z]/.test(text);

/** Whether groups of digits may be one code that was cut for reading. */
function areGroups(groups: readonly string[]): boolean {
  const lengths = groups.map(({ length }) => length);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total < 4 || total > 8) return false;
  const most = Math.max(...lengths);
  const least = Math.min(...lengths);
  if (most === 1) return true;
  // Two pairs are as likely something else.
  if (groups.length === 2) return total > 4 && most <= 4 && most - least <= 1;
  return most === least;
}

/** A run of digits in groups joined by dashes. */
function fromDashes(groups: readonly string[]): string | undefined {
  if (groups.every(isDigits)) return areGroups(groups) ? groups.join('') : undefined;
  const [first = '', second = ''] = groups;
  if (groups.length !== 2) return undefined;
  // `G-123456`: letters that tell from which sender it is.
  if (/^[A-Z]{1,4}$/.test(first) && /^\d{4,8}$/.test(second)) return second;
  const isCut = first.length === second.length && first.length >= 3 && first.length <= 5;
  return isCut && isMixed(first + second) && !/[a-z]/.test(first + second) ? first + second : undefined;
}

/** What may be a code in a text from which everything else is covered. */
export function candidatesIn(text: string): Candidate[] {
  const found: Candidate[] = [];
  const add = (code: string, from: number, to: number) =>
    found.push({ code, from, to, shape: isDigits(code) ? 'digits' : isMixed(code) ? 'mixed' : 'letters' });
  let digits: { text: string; from: number; to: number }[] = [];
  /** Digits in groups that follow each other at a single blank. */
  const flush = () => {
    const groups = digits.map((group) => group.text);
    const [first, last] = [digits[0], digits.at(-1)];
    const total = groups.join('').length;
    if (first && last && groups.length > 1 && areGroups(groups)) add(groups.join(''), first.from, last.to);
    // Nine digits and more in groups of few are a telephone or an account.
    else if (groups.length === 1 || total < 9 || groups.some(({ length }) => length > 5))
      for (const group of digits)
        if (group.text.length >= 4 && group.text.length <= 8) add(group.text, group.from, group.to);
    digits = [];
  };
  for (const { index, 0: run } of text.matchAll(runs)) {
    if (found.length >= mostCandidates) break;
    const last = digits.at(-1);
    const continues = last !== undefined && text.slice(last.to, index) === ' ';
    if (isDigits(run)) {
      if (!continues) flush();
      digits.push({ text: run, from: index, to: index + run.length });
      continue;
    }
    const groups = run.split('-');
    // A telephone may mix blanks and dashes.
    if (continues && groups.every(isDigits)) {
      digits = [];
      continue;
    }
    flush();
    const code = groups.length > 1 ? fromDashes(groups) : fromLetters(run);
    if (code === undefined) continue;
    const to = index + run.length;
    // Letters before the digits belong to the code's place, but for a word that says what it is: `OTP-123456`.
    add(code, /^(?:otp|pin|code)-/i.test(run) ? to - code.length : index, to);
  }
  flush();
  return found;
}

function fromLetters(run: string): string | undefined {
  if (isMixed(run)) return run.length >= 4 && run.length <= 10 ? run : undefined;
  return /^[A-Z]{4,8}$/.test(run) ? run : undefined;
}
