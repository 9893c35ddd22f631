import { expect, it } from 'vitest';
import { verificationCode } from './verification-code.ts';

it.each([
  ['【淘宝】您的验证码是123456，5分钟内有效。如非本人操作，请忽略本短信。', '123456'],
  ['【京东】验证码：8812，请在10分钟内完成验证，切勿告知他人。', '8812'],
  ['【微信】654321（登录验证码），如非本人操作请忽略。', '654321'],
  ['【支付宝】校验码 778899，您正在支付 2000元，请勿泄露', '778899'],
  ['【招商银行】您尾号1234的账户正在登录，动态密码 990011，客服 95555', '990011'],
  ['尊敬的用户，您于2026年11月21日申请的验证码为 0042', '0042'],
  ['【抖音】验证码 12 34 不要告诉别人', null],
  ['您的订单号 20261121 已发货，客服电话 4008001234', null],
  ['Your verification code is 493817. It expires in 10 minutes.', '493817'],
  ['G-482910 is your Google verification code.', '482910'],
  ['123-456 is your Portico code', '123456'],
  ['Use 77120 as your OTP. Order 998877 is on its way.', '77120'],
  ['PIN: A1B2C3', 'A1B2C3'],
  ['Your code expires in 2000 seconds: 5566', '5566'],
  ['Meet me at 1200 tomorrow', null],
  ['Your password was changed on 2026-11-21', null],
  ['', null],
])('%s → %s', (text, code) => expect(verificationCode(text)).toBe(code));
