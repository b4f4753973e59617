import { z } from 'zod';
import * as schemas from './schemas.ts';

type Path = { path: string; name: keyof typeof schemas; summary: string };

/** Every path of our own API, with the schema of its answer. */
export const paths: readonly Path[] = [
  { path: '/site.json', name: 'site', summary: 'Who speaks here' },
  { path: '/status.json', name: 'currentStatus', summary: 'What the page says at its top' },
  { path: '/components.json', name: 'components', summary: 'Components and groups with their last 90 days' },
  {
    path: '/incidents.json',
    name: 'incidents',
    summary: 'Every open incident, and the latest to start: 100 at most',
  },
  { path: '/incidents/{slug}.json', name: 'incidentInFull', summary: 'One incident with its timeline' },
  {
    path: '/maintenances.json',
    name: 'maintenances',
    summary: 'Maintenance under way and to come, and the latest changed: 150 at most',
  },
  { path: '/statements.json', name: 'statements', summary: 'The 100 statements that changed last' },
  {
    path: '/statements/{slug}.json',
    name: 'statementInFull',
    summary: 'One statement with its revisions and hashes',
  },
  { path: '/faqs.json', name: 'faqs', summary: 'Questions and answers' },
  { path: '/notices.json', name: 'notices', summary: 'The 100 notices published last' },
];

const slug = {
  name: 'slug',
  in: 'path',
  required: true,
  schema: { type: 'string', pattern: '^[a-z0-9]+(?:-[a-z0-9]+)*$' },
};

/** OpenAPI 3.1, from the schemas that type the answers. */
export function openApi(siteName: string, publicUrl: string): object {
  const names = [...new Set<keyof typeof schemas>([...paths.map(({ name }) => name), 'refusal'])];
  return {
    openapi: '3.1.1',
    info: {
      title: `${siteName}: what is public, as JSON`,
      version: '1.0.0',
      description:
        'The same as the pages say, for everybody, without a key. Answers to GET and HEAD with an ETag. /api/v2 has what clients of Statuspage read.',
      license: { name: 'The content is the publisher’s', url: publicUrl },
    },
    servers: [{ url: `${publicUrl}/api/forthright/v1` }],
    security: [],
    paths: Object.fromEntries(paths.map((each) => [each.path, pathItem(each)])),
    components: { schemas: Object.fromEntries(names.map((name) => [name, jsonSchema(name)])) },
  };
}

function pathItem({ path, name, summary }: Path): object {
  const get = {
    operationId: name,
    summary,
    responses: {
      200: { description: summary, content: json(name) },
      ...(path.includes('{') && {
        404: { description: 'There is none of this name', content: json('refusal') },
      }),
    },
  };
  return path.includes('{') ? { parameters: [slug], get } : { get };
}

function json(name: keyof typeof schemas): object {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } };
}

function jsonSchema(name: keyof typeof schemas): object {
  const { $schema: _, ...schema } = z.toJSONSchema(schemas[name], { target: 'draft-2020-12' });
  return schema;
}
