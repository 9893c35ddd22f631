import { expect, it } from 'vitest';
import { isCommonPassword } from './common-passwords.ts';

it.each([
  ...[
    'password',
    'Password123!',
    'P@ssw0rd',
    'admin',
    'Admin@2026',
    'administrator1',
    'adminadmin',
    'admin-password',
  ],
  ...[
    'changeme',
    'ChangeMe!!',
    '12345678',
    '0000000000',
    'aaaaaaaaaaaa',
    'qwerty123',
    'letmein2026',
    'portico-admin',
  ],
  ...['mypassword123', 'welcome1', '111111', '!@#$%^&*()', 'test1234', 'secret'],
])('finds %s common', (password) => {
  expect(isCommonPassword(password)).toBe(true);
});

it.each([
  ...[
    'D0UTCcdtUakWBCP0JmiE',
    'correct horse battery staple',
    'operators password of Basel',
    '密码管理员的猫叫小白',
  ],
  ...['kV7#pL2q', 'adminQmz81hdkw'],
])('finds %s uncommon', (password) => {
  expect(isCommonPassword(password)).toBe(false);
});
