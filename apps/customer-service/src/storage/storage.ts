/** An object of the store, by its key. */
export interface StoredObject {
  key: string;
  /** The name under which it is saved. */
  filename: string;
  contentType: string;
}

/** Where a client puts the bytes of a file, and what it has to say there. */
export interface UploadTarget {
  url: string;
  headers: Record<string, string>;
}

/** Keeps the bytes of files; clients put and get them there themselves, by links that expire (contract: files). */
export interface Storage {
  /** @param publicUrl address of the gateway as the client sees it */
  uploadTarget(object: StoredObject & { size: number }, publicUrl: string): Promise<UploadTarget>;
  downloadUrl(object: StoredObject, publicUrl: string): Promise<string>;
  /** Bytes of an object; undefined where there is none. */
  sizeOf(key: string): Promise<number | undefined>;
  remove(key: string): Promise<void>;
}

/** Seconds for which a link is good (document 003, section 5.4). */
export const linkSeconds = 3600;
