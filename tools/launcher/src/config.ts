import { asText } from './configuration/render.ts';
import { allVariables } from './configuration/variables.ts';

/** `npm run config`: every environment variable of every app. */
console.log(asText(await allVariables()));
