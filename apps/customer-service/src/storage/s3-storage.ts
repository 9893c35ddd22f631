import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NotFound,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { attachment } from './content-disposition.ts';
import { linkSeconds, type Storage } from './storage.ts';

export interface S3StorageOptions {
  bucket: string;
  region: string;
  endpoint?: string | undefined;
  /** The SDK looks for them itself where they are not given. */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
  forcePathStyle: boolean;
}

/** Files in an S3-compatible store: their bytes never come through here. */
export function createS3Storage(options: S3StorageOptions): Storage {
  const { bucket: Bucket, region, endpoint, credentials, forcePathStyle } = options;
  const client = new S3Client({
    region,
    forcePathStyle,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials && { credentials }),
    // Stores other than AWS do not know the SDK's newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const expiresIn = linkSeconds;

  return {
    async uploadTarget({ key: Key, contentType, size }) {
      const command = new PutObjectCommand({ Bucket, Key, ContentType: contentType, ContentLength: size });
      // Signed with the link: other bytes than those that were announced are refused by the store.
      const signableHeaders = new Set(['content-type', 'content-length']);
      const url = await getSignedUrl(client, command, { expiresIn, signableHeaders });
      return { url, headers: { 'Content-Type': contentType } };
    },
    downloadUrl: ({ key: Key, filename, contentType }) =>
      getSignedUrl(
        client,
        new GetObjectCommand({
          Bucket,
          Key,
          ResponseContentType: contentType,
          ResponseContentDisposition: attachment(filename),
        }),
        { expiresIn },
      ),
    async sizeOf(Key) {
      try {
        const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket, Key }));
        return ContentLength;
      } catch (error) {
        if (error instanceof NotFound) return undefined;
        throw error;
      }
    },
    async remove(Key) {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
  };
}
