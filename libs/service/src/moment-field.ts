import { z } from 'zod';

/** Years that every store, zone and notation can express, a day within their bounds. */
const first = Date.parse('0001-01-02T00:00:00Z');
const last = Date.parse('9999-12-30T00:00:00Z');

/** Whether a moment can be computed with: shown in any zone, a year added, written with four digits. */
export const isOrdinary = (time: Date): boolean => time.getTime() >= first && time.getTime() <= last;

/** A moment in ISO 8601 with its zone. @param error wording of every refusal */
export const momentField = (error?: string) =>
  z.iso
    .datetime({ offset: true, ...(error !== undefined && { error }) })
    .transform((text) => new Date(text))
    .refine(isOrdinary, error ?? 'must be a time between the years 1 and 9999');
