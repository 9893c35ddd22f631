// The package brings no types; an app that imports this lib would not see a declaration that is only lying here.
// eslint-disable-next-line @typescript-eslint/triple-slash-reference
/// <reference path="./smpp-package.d.ts" />
/** For centres of tests and development; sessions of our own read units by themselves. */
export { default as smpp } from 'smpp';
export type { Pdu, Session as PackageSession } from 'smpp';
export { messageOf } from './message.ts';
export type { IncomingMessage, Place } from './message.ts';
export type { Delivered, Submitted } from './pdu.ts';
export { isMessage, receiptOf } from './receipt.ts';
export type { Receipt } from './receipt.ts';
export { segmentsOf } from './segments.ts';
export type { Segments } from './segments.ts';
export { BindError, bindSession, SessionEnded, statusName } from './session.ts';
export type { Answer, BindOptions, Session } from './session.ts';
export { decodeText } from './text.ts';
