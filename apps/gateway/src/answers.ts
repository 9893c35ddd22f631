import type { ServerResponse } from 'node:http';
import { stateOf } from './state.ts';

/** Answers with a JSON body of the gateway's own. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: object,
  more: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  const { headers } = stateOf(response);
  const answer = [...headers, 'Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'no-store'];
  for (const [name, value] of Object.entries(more)) answer.push(name, value);
  answer.push('Content-Length', String(Buffer.byteLength(text)));
  response.writeHead(status, answer).end(text);
}

/** For answers that a library writes: name, value, name, value. */
export function setHeaders(response: ServerResponse, headers: readonly string[]): void {
  for (let index = 0; index < headers.length; index += 2)
    response.appendHeader(headers[index] as string, headers[index + 1] as string);
}
