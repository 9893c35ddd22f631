import { defineRoute, type Route } from '@portico/service';
import type { OwnerAccess } from '../keys/access.ts';
import { ownerParams } from '../leases/leases.schemas.ts';
import { countOf } from '../answers.ts';
import { uploadBody, uploadOutput } from './uploads.schemas.ts';
import type { UploadService } from './uploads.service.ts';

export interface UploadRoutesOptions {
  service: UploadService;
  access: OwnerAccess;
}

const maxBytes = 10 * 1024 * 1024;

export function uploadRoutes({ service, access }: UploadRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/s/v1/:ownerId/upload',
      summary: 'Upload accounts: new ones are made, known ones get new data',
      tag: 'Scripts',
      access: access('upload'),
      params: ownerParams,
      body: uploadBody,
      bodyLimit: maxBytes,
      output: uploadOutput,
      errors: ['invalid_params', 'payload_too_large', 'unauthenticated', 'permission_denied'],
      async handle({ params, body, caller, context }) {
        const result = await service.upload(params.ownerId, body, caller.actor(context));
        const { processedCount, createdCount, updatedCount } = result;
        return {
          message: `Successfully processed ${countOf(processedCount)} (${createdCount} created, ${updatedCount} updated).`,
          data: result,
        };
      },
    }),
  ];
}
