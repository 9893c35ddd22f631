export { isRegion, parsePhoneNumber } from './parse.ts';
export type { Home, PhoneNumber } from './parse.ts';
