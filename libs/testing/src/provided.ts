import 'vitest';

/** What the global set-up hands to the test files. */
declare module 'vitest' {
  export interface ProvidedContext {
    mongodbUri: string;
    redisUrl: string;
    /** Search path of programs, for the processes that tests start. */
    searchPath: string;
  }
}
