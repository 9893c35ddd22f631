/** Words that stand by a code, in Chinese and English. */
const words =
  /验证码|校验码|动态码|确认码|激活码|授权码|随机码|检验码|动态密码|密码|口令|code|passcode|password|pin|otp|token/gi;

/** What may be a code: 4 to 8 digits, perhaps in two groups or after letters, or digits and capitals mixed. */
const shapes =
  /(?<![\dA-Za-z]|\d-)(?:[A-Z]{1,3}-)?(\d{3}[- ]\d{3}|\d{4,8}|(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{4,8})(?![\dA-Za-z]|-\d)/g;

/** What a number is that is no code: a time, a price, a phone, a year. */
const units = /^\s*(?:分钟|分|秒|小时|天|元|年|月|日|号|minutes?|mins?|seconds?|hours?|days?|%|\.\d)/i;
const prefixes =
  /(?:尾号|末四位|订单号?|电话|致电|拨打|热线|客服|call|order|ending(?: in)?|[¥￥$])[\s:：为是#]*$/i;

const near = 60;

/**
 * The verification code in a text: of what looks like a code, that which stands nearest to a word for one. Null where
 * there is none.
 */
export function verificationCode(text: string): string | null {
  const places = [...text.matchAll(words)].map(({ index, 0: word }) => ({
    from: index,
    to: index + word.length,
  }));
  let best: { code: string; distance: number } | undefined;
  for (const match of text.matchAll(shapes)) {
    const [whole, code = ''] = match;
    const from = match.index;
    const to = from + whole.length;
    if (units.test(text.slice(to)) || prefixes.test(text.slice(0, from))) continue;
    const distance = Math.min(
      ...places.map((place) => (place.from >= to ? (place.from - to) * 1.5 : Math.max(0, from - place.to))),
    );
    if (distance <= near && (!best || distance < best.distance))
      best = { code: code.replace(/[- ]/g, ''), distance };
  }
  return best?.code ?? null;
}
