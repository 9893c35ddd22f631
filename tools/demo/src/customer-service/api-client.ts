/** What a browser keeps for a page. */
export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export function memoryStorage(): Storage {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

interface RequestOptions {
  method?: string;
  body?: string;
  headers?: Record<string, string>;
}

/**
 * The client class of document 003 (front-end advice, 2), with its types written down and the page's storage and
 * navigation passed in. `Content-Type: application/json` on requests without a body is the document's.
 */
export class ApiClient {
  readonly #localStorage: Storage;
  readonly baseURL: string;
  /** Where the page was sent to sign in again. */
  location = '/';

  constructor(baseURL: string, localStorage: Storage) {
    this.baseURL = baseURL;
    this.#localStorage = localStorage;
  }

  async request<Data>(endpoint: string, options: RequestOptions = {}): Promise<Data> {
    const url = `${this.baseURL}${endpoint}`;
    const token = this.#localStorage.getItem('access_token');
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      ...options.headers,
    };
    if (token) {
      headers['Authorization'] = `Bearer ${token}`;
    }
    const response = await fetch(url, { ...options, headers });
    if (!response.ok) {
      if (response.status === 401) {
        this.#localStorage.removeItem('access_token');
        this.location = '/login';
      }
      const error = (await response.json()) as { detail?: string };
      throw new Error(error.detail || 'Request failed');
    }
    // 204 No Content
    if (response.status === 204) {
      return null as Data;
    }
    return (await response.json()) as Data;
  }

  get<Data>(endpoint: string, params: Record<string, string | number> = {}): Promise<Data> {
    const entries = Object.entries(params).map(([name, value]) => [name, String(value)]);
    const queryString = new URLSearchParams(Object.fromEntries(entries) as Record<string, string>).toString();
    const url = queryString ? `${endpoint}?${queryString}` : endpoint;
    return this.request<Data>(url, { method: 'GET' });
  }

  post<Data>(endpoint: string, data?: object): Promise<Data> {
    return this.#send('POST', endpoint, data);
  }

  put<Data>(endpoint: string, data?: object): Promise<Data> {
    return this.#send('PUT', endpoint, data);
  }

  patch<Data>(endpoint: string, data?: object): Promise<Data> {
    return this.#send('PATCH', endpoint, data);
  }

  delete<Data>(endpoint: string): Promise<Data> {
    return this.request<Data>(endpoint, { method: 'DELETE' });
  }

  #send<Data>(method: string, endpoint: string, data: object | undefined): Promise<Data> {
    // JSON.stringify(undefined) is no body at all, as in the document.
    return this.request<Data>(endpoint, { method, ...(data && { body: JSON.stringify(data) }) });
  }
}
