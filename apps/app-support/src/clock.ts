import { isOrdinary } from '@portico/service';

/** Times as document 004 writes them: `YYYY-MM-DD HH:mm:ss` in the configured zone (contract: app-support, times). */
export interface Clock {
  format(time: Date): string;
  /** The time that a person in the zone wrote; undefined where it is malformed or such a moment never was. */
  parse(text: string): Date | undefined;
}

const written = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('sv-SE', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** @param timeZone such as `Asia/Shanghai` */
export function createClock(timeZone: string): Clock {
  // The Swedish notation is the documented one.
  const formatter = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const format = (time: Date) => formatter.format(time);
  /** What the zone's clocks show at a moment, read as if they showed UTC. */
  const shown = (moment: number) => Date.parse(`${format(new Date(moment)).replace(' ', 'T')}Z`);
  return {
    format,
    parse(text) {
      if (!written.test(text)) return undefined;
      const wanted = Date.parse(`${text.replace(' ', 'T')}Z`);
      if (Number.isNaN(wanted) || !isOrdinary(new Date(wanted))) return undefined;
      // The offset at a moment nearby, then at the moment itself: they differ where clocks are put forward or back.
      let moment = wanted;
      for (let round = 0; round < 2; round += 1) moment += wanted - shown(moment);
      const time = new Date(moment);
      return format(time) === text ? time : undefined;
    },
  };
}
