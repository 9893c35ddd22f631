import { candidatesIn, type Candidate } from './candidates.ts';
import { withoutExclusions } from './exclusions.ts';
import { normalise } from './normalise.ts';
import * as around from './surroundings.ts';
import { codeWords, type Certainty, type CodeWord } from './words.ts';

/** As far as a word for a code is looked for around a number. */
const reach = 120;
const enough = 45;
/** As much of the text around a number says what it is. */
const excerpt = 32;
const joinedScore = 100;

/** A code bound to a web site: the last line `@example.com #123456` (WICG, origin-bound one-time codes). */
const originBound = /^@[a-z0-9][\w.-]{0,252}[ \t]+#([A-Za-z0-9]{4,12})(?![A-Za-z0-9])/imu;

interface Judged {
  score: number;
  certainty: Certainty;
}

/**
 * The verification code in a text: of what may be one, the candidate that a word for a code says most about. Null where
 * there is none, and where the code is one for something else, as a parcel or a discount.
 */
export function verificationCode(original: string): string | null {
  const text = normalise(original);
  const bound = originBound.exec(text)?.[1];
  if (bound !== undefined) return bound;
  const rest = withoutExclusions(text);
  const candidates = candidatesIn(rest);
  if (candidates.length === 0) return null;
  const lower = rest.toLowerCase();
  const words = codeWords(lower);
  if (words.length === 0) return null;
  const vagueIsOther = around.speaksOfPickUp(lower) || around.speaksOfPromotion(lower);
  const mayAsk = !vagueIsOther && around.speaksOfSigningIn(lower);
  const usable = words.filter(({ certainty }) => certainty !== 'verb' || mayAsk);
  let best: { code: string; score: number } | undefined;
  for (const candidate of candidates) {
    const judged = judge(lower, candidate, usable);
    const isOther = judged.certainty === 'other' || (judged.certainty === 'vague' && vagueIsOther);
    if (isOther || judged.score < enough) continue;
    if (!best || judged.score > best.score) best = { code: candidate.code, score: judged.score };
  }
  return best?.code ?? null;
}

/** The word that says most about a candidate, and how much. */
function judge(text: string, candidate: Candidate, words: readonly CodeWord[]): Judged {
  const before = text.slice(Math.max(0, candidate.from - excerpt), candidate.from);
  const after = text.slice(candidate.to, candidate.to + excerpt);
  const nothing: Judged = { score: 0, certainty: 'other' };
  if (around.hasUnit(after)) return nothing;
  let isNoCode: boolean | undefined;
  let best = nothing;
  for (const word of words) {
    const isBefore = word.to <= candidate.from;
    const gap = isBefore ? text.slice(word.to, candidate.from) : text.slice(candidate.to, word.from);
    if (gap.length > reach || (!isBefore && word.from < candidate.to)) continue;
    const isNext = isBefore && around.isJoined(gap);
    if (!isNext) {
      isNoCode ??= around.hasUnitSign(after) || around.isLabelled(before);
      if (isNoCode) continue;
    }
    if (word.certainty !== 'other' && around.isVoid(text.slice(word.to, word.to + excerpt))) continue;
    const isClose = isBefore ? isNext || around.isJoinedAtEnd(gap) : around.leadsToWord(gap);
    const score = isBefore
      ? scoreAfterWord(gap, isNext, word.certainty, before, after)
      : scoreBeforeWord(gap, word.certainty);
    const fitted = fit(score, candidate, isNext || isClose);
    if (fitted > best.score) best = { score: fitted, certainty: word.certainty };
  }
  return best;
}

/** The word, then the number. */
function scoreAfterWord(
  gap: string,
  isNext: boolean,
  certainty: Certainty,
  before: string,
  after: string,
): number {
  if (isNext) return (gap.includes('\n\n\n') ? 60 : joinedScore) - gap.length * 0.2 - penalty[certainty];
  if (certainty === 'verb') return 0;
  if (around.hasSentenceEnd(gap)) return around.isAlone(before, after) ? 60 - gap.length * 0.1 : 0;
  const joinedAtEnd = around.isJoinedAtEnd(gap);
  if (around.hasComma(gap) && !joinedAtEnd && !around.isAlone(before, after)) return 0;
  return 75 + (joinedAtEnd ? 12 : 0) - gap.length * 0.2 - penalty[certainty];
}

/** The number, then the word. */
function scoreBeforeWord(gap: string, certainty: Certainty): number {
  if (around.hasSentenceEnd(gap)) return 0;
  const leads = around.leadsToWord(gap);
  if (certainty === 'verb') return /^[\s"”」』\])】]{0,3}(?:を|을|를)\s?$/u.test(gap) ? 70 : 0;
  if (around.hasComma(gap) && !leads) return 0;
  return (leads ? 85 : 62) - gap.length * 0.3 - penalty[certainty];
}

const penalty: Record<Certainty, number> = { sure: 0, other: 0, vague: 4, verb: 15 };

/** Letters are a code only where the word for one stands right beside them. */
function fit(score: number, { shape, code }: Candidate, isClose: boolean): number {
  if (shape === 'digits') return score;
  if (shape === 'mixed') return isClose ? score - 1 : 0;
  return isClose && !notCodes.has(code) ? score - 45 : 0;
}

/** Words in capitals that stand after a word for a code. */
const notCodes = new Set(
  'ABOVE ACME BANK BELOW CODE CODES DONT ENTER EVER EXPIRED EXPIRES FROM HAS HELP INVALID NEVER ONLY PHONE SECRET SENT STOP THIS USING VALID WILL WITH YOUR'.split(
    ' ',
  ),
);
