import { loadConfig, text } from '@portico/config';
import { measureSmsPhone } from './requests.ts';

/** Prints the rows of sms-phone as one line of JSON for `npm run bench`. */
const { PATH: searchPath } = loadConfig('bench', { PATH: text() });
const { getPhone, getSmsCode, balance, held } = await measureSmsPhone(searchPath);
const rows = [
  {
    id: 'sms-phone get_phone',
    what: 'get_phone/s through the gateway (the public original: 110 to 185)',
    figure: getPhone.perSecond,
    unit: '/s',
    goal: { at: 'least', value: 1850 },
    details: { ...getPhone, ...held },
  },
  {
    id: 'sms-phone overspend',
    what: 'users below zero, and holds without a lease, after all of it',
    figure: held.overspent + Math.abs(held.frozen - held.leases),
    unit: '',
    goal: { at: 'most', value: 0 },
    details: held,
  },
  {
    id: 'sms-phone balance',
    what: 'balance/s through the gateway (the public original: 600 to 1,400)',
    figure: balance.perSecond,
    unit: '/s',
    goal: { at: 'least', value: 7000 },
    details: balance,
  },
  {
    id: 'sms-phone get_sms_code',
    what: "get_sms_code/s through the gateway, against the bare driver's read",
    figure: getSmsCode.perSecond / getSmsCode.driver,
    unit: 'times',
    goal: { at: 'least', value: 0.5 },
    details: getSmsCode,
  },
];
console.log(JSON.stringify(rows));
