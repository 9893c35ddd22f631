/** Words that common passwords of operators are made of. */
const words = new Set([
  ...[
    'password',
    'passwort',
    'passw',
    'pass',
    'admin',
    'administrator',
    'root',
    'operator',
    'portico',
    'secret',
  ],
  ...['changeme', 'changeit', 'change', 'letmein', 'welcome', 'default', 'test', 'testing', 'demo', 'guest'],
  ...[
    'user',
    'login',
    'master',
    'system',
    'super',
    'superuser',
    'superadmin',
    'qwerty',
    'qwertyuiop',
    'qwertz',
  ],
  ...[
    'azerty',
    'asdf',
    'asdfgh',
    'asdfghjkl',
    'zxcvbn',
    'zxcvbnm',
    'iloveyou',
    'monkey',
    'dragon',
    'sunshine',
  ],
  ...[
    'princess',
    'football',
    'baseball',
    'woaini',
    'mima',
    'abc',
    'abcd',
    'abcdef',
    'abcdefgh',
    'qaz',
    'wsx',
  ],
  ...[
    'example',
    'sample',
    'temp',
    'temporary',
    'company',
    'service',
    'support',
    'customer',
    'spring',
    'summer',
  ],
  ...[
    'autumn',
    'winter',
    'my',
    'the',
    'is',
    'and',
    'new',
    'old',
    'qazwsx',
    'qwer',
    'qwert',
    'asd',
    'zxc',
    'a',
  ],
]);

const leet: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** Whether a password is among the first that a stranger would try: common words with digits and signs around them. */
export function isCommonPassword(password: string): boolean {
  const lower = password.normalize('NFKC').toLowerCase();
  const plain = lower.replace(/[013457@$!]/g, (sign) => leet[sign] ?? sign);
  return [lower, plain].some((text) => isMadeOfWords(text.replace(/[^\p{L}]+/gu, '')));
}

/** Nothing but signs and digits, one letter repeated, or words of the list one after the other. */
function isMadeOfWords(letters: string): boolean {
  if (letters === '' || /^(.)\1*$/su.test(letters)) return true;
  const ends = new Set([0]);
  for (let to = 1; to <= letters.length; to += 1)
    for (const from of ends) if (words.has(letters.slice(from, to))) ends.add(to);
  return ends.has(letters.length);
}
