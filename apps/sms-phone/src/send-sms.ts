import { parseArgs } from 'node:util';
import { loadConfig } from '@portico/config';
import { shape } from './config.ts';
import { readAddress } from './simulator/address-file.ts';
import { sendSms } from './simulator/send.ts';

/* Sends a message to a number through the connector: `npm run sms:send -- --to 13800000000 --text 您的验证码是123456`. */
const { values } = parseArgs({
  options: {
    to: { type: 'string' },
    text: { type: 'string' },
    from: { type: 'string', default: '10690000' },
  },
});
const { to, text, from } = values;
if (!to || !text) {
  console.error('usage: npm run sms:send -- --to NUMBER --text TEXT [--from SENDER]');
  process.exit(1);
}
try {
  const { NODE_ENV, DATA_DIR, SMPP_URL } = loadConfig('sms:send', {
    NODE_ENV: shape.NODE_ENV,
    DATA_DIR: shape.DATA_DIR,
    SMPP_URL: shape.SMPP_URL,
  });
  // It invents messages; in production it would do so at the operator's own centre.
  if (NODE_ENV === 'production') throw new Error('sms:send is for development');
  await sendSms(SMPP_URL ?? (await readAddress(DATA_DIR)), { from, to, text });
  console.log(`sent to ${to}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
