import type { Request, RequestHandler, Response } from 'express';

/** Longer than the store's heart ever rests, and short enough for an answer within two seconds. */
const patienceMs = 1700;
/** How often requests that wait for longer, such as polls, are looked after. */
const lookMs = 250;

/**
 * Refuses requests that have waited for long while nothing was heard of the store (contract: reliability floor). A store that
 * has stopped without hanging up is noticed by its driver only after several seconds.
 */
export function endSilence(
  silence: () => number,
  refuse: (request: Request, response: Response) => void,
): RequestHandler {
  return (request, response, next) => {
    const look = () => {
      if (response.headersSent) return;
      if (silence() < patienceMs) {
        timer = setTimeout(look, lookMs);
        return;
      }
      // Where this process itself was held up, what has been heard meanwhile is read after the timers.
      setImmediate(() => {
        if (response.headersSent) return;
        if (silence() >= patienceMs) refuse(request, response);
        else timer = setTimeout(look, lookMs);
      });
    };
    let timer = setTimeout(look, patienceMs);
    response.once('close', () => clearTimeout(timer));
    next();
  };
}
