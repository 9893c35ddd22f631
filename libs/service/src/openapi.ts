import { catalogue } from '@portico/envelope';
import { z } from 'zod';
import type { Route } from './route.ts';

export interface OpenApiInfo {
  title: string;
  version: string;
  description: string;
  /** Security schemes by name, for the names that `Access.security` uses. */
  securitySchemes?: Record<string, object>;
  /** Schema of a failure's body. */
  failure: z.ZodType;
}

type JsonSchema = Record<string, unknown>;

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    target: 'draft-2020-12',
  });
  return rest;
}

/** The OpenAPI 3.1 document of a set of routes, from the schemas that validate them. */
export function openApiOf(info: OpenApiInfo, routes: readonly Route[]): object {
  const failure = jsonSchema(info.failure, 'output');
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}').replace(/\{\*(\w+)\}|\*(\w+)/g, '{$1$2}');
    const item = (paths[path] ??= {});
    item[route.method.toLowerCase()] = operation(route, failure, false);
    if (route.unsafeGet) item['post'] = operation(route, failure, true);
  }
  return {
    openapi: '3.1.0',
    info: { title: info.title, version: info.version, description: info.description },
    paths,
    components: { securitySchemes: info.securitySchemes ?? {} },
  };
}

function operation(route: Route, failure: JsonSchema, twin: boolean): object {
  const success = route.status ?? 200;
  const body = twin ? route.query : route.body;
  return {
    summary: twin ? `${route.summary} (JSON body instead of a query)` : route.summary,
    tags: [route.tag],
    parameters: [...parameters(route.params, 'path'), ...(twin ? [] : parameters(route.query, 'query'))],
    ...(body && {
      requestBody: {
        required: !twin,
        content: { [mediaType(route)]: { schema: jsonSchema(body, 'input') } },
      },
    }),
    responses: {
      [success]: {
        description: 'Success',
        ...(success !== 204 && {
          content: { 'application/json': { schema: jsonSchema(route.output, 'output') } },
        }),
      },
      default: {
        description: ['Failure.', ...route.errors.map((code) => catalogue[code].en)].join(' '),
        content: { 'application/json': { schema: failure } },
      },
    },
    security: route.access.security.map((name) => ({ [name]: [] })),
  };
}

function mediaType(route: Route): string {
  if (route.bodyType === 'form') return 'application/x-www-form-urlencoded';
  return route.bodyType === 'raw' ? 'application/octet-stream' : 'application/json';
}

function parameters(schema: z.ZodType | undefined, location: 'path' | 'query'): object[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: location,
    required: location === 'path' || required.includes(name),
    schema: property,
  }));
}
