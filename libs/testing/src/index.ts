export { startApp } from './app-process.ts';
export type { AppProcess } from './app-process.ts';
export { call } from './http.ts';
export type { Answer, Call } from './http.ts';
export { testStores } from './stores.ts';
export type { TestStores } from './stores.ts';
