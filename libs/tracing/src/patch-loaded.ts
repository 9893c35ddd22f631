import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The files that instrumentations patch, as the packages that an app has loaded name them. */
const patched = [/\/mongodb\/lib\/cmap\/connection\.js$/, /\/ioredis\/built\/index\.js$/];

/**
 * Instrumentations patch a module when it is required, and by now the app has loaded its own. They are required once
 * more: that patches the prototypes which the app uses. Done before the app connects to anything.
 */
export function patchLoaded(): void {
  require('node:http');
  for (const file of Object.keys(require.cache))
    if (patched.some((pattern) => pattern.test(file.replaceAll('\\', '/')))) require(file);
}
