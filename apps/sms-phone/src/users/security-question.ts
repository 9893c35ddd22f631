/** A question and its answer, from what stands in one parameter. */
export interface SecurityQuestion {
  question: string;
  answer: string;
}

/**
 * Splits at the last question mark, of either kind (contract: register): `测试问题? 测试答案`. Undefined where a side is
 * missing.
 */
export function splitQuestion(text: string): SecurityQuestion | undefined {
  const mark = Math.max(text.lastIndexOf('?'), text.lastIndexOf('？'));
  if (mark < 1) return undefined;
  const question = text.slice(0, mark + 1).trim();
  const answer = text.slice(mark + 1).trim();
  return question.length > 1 && answer !== '' ? { question, answer } : undefined;
}

/** Answers are typed by people: neither case nor spaces around make another. */
export const normalizeAnswer = (answer: string): string => answer.trim().normalize('NFKC').toLowerCase();
