/** An answer as a test reads it. */
export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface Call {
  method?: string;
  /** Sent as JSON, unless it is a string, which is sent as it is. */
  body?: unknown;
  headers?: Record<string, string>;
}

/**
 * One HTTP exchange. Like the clients of all four documents it says `Content-Type: application/json` also where it
 * sends no body. A body that is not JSON is answered as text.
 */
export async function call<Body = Record<string, unknown>>(
  url: string,
  options: Call = {},
): Promise<Answer<Body>> {
  const { body } = options;
  const response = await fetch(url, {
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { 'Content-Type': 'application/json', ...options.headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson && text !== '' ? JSON.parse(text) : text) as Body,
  };
}
