// The package brings no types; an app that imports this lib would not see a declaration that is only lying here.
// eslint-disable-next-line @typescript-eslint/triple-slash-reference
/// <reference path="./smpp-package.d.ts" />
export { default as smpp } from 'smpp';
export type { Pdu, Session } from 'smpp';
export { BindError, bindSession, statusName } from './bind.ts';
export type { BindOptions } from './bind.ts';
export { segmentsOf } from './segments.ts';
export type { Segments } from './segments.ts';
