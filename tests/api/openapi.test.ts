import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { openApi, paths } from '#src/feeds/forthright-v1/openapi.ts';

const document = openApi('Harbourline', 'https://status.example') as Record<string, Record<string, unknown>>;

describe('the description of our own API', () => {
  test('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document));
    expect([valid, errors ?? []]).toEqual([true, []]);
    expect(validator.version).toBe('3.1');
  });

  test('describes every route that there is, and no other', () => {
    const folder = fileURLToPath(new URL('../../src/pages/api/forthright/v1/', import.meta.url));
    const routes = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.json\.ts$/.test(file) && file !== 'openapi.json.ts')
      .map((file) => `/${file.replace(/\.ts$/, '').replace('[slug]', '{slug}')}`);
    expect(paths.map(({ path }) => path).toSorted()).toEqual(routes.toSorted());
    expect(Object.keys(document['paths'] ?? {}).toSorted()).toEqual(routes.toSorted());
  });

  test('its schemas refuse what they do not name', () => {
    const { schemas } = document['components'] as {
      schemas: Record<string, { additionalProperties: unknown }>;
    };
    for (const schema of Object.values(schemas)) expect(schema.additionalProperties).toBe(false);
  });
});
