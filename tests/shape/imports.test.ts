import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every source file of ours with what it imports, resolved to paths from the root or package names. */
const sources = [...filesUnder('src'), ...filesUnder('db')].map((file) => ({
  file,
  imports: importsOf(file),
}));

/** Who may import whom: a layer, and the places and packages it may reach. Types cross like values. */
const layers: readonly { name: string; files: RegExp; may: readonly RegExp[] }[] = [
  {
    name: 'text',
    files: /^src\/text\//,
    may: [/^src\/text\//, /^(tr46|markdown-it|diff|node:crypto|node:url)$/],
  },
  {
    name: 'messages',
    files: /^src\/messages\//,
    may: [/^src\/messages\//, /^(node:|intl-messageformat$)/],
  },
  { name: 'trust', files: /^src\/trust\//, may: [/^src\/trust\//, /^(node:|age-encryption)/] },
  {
    name: 'db',
    files: /^db\/(?!demo\/)/,
    may: [/^db\/(?!demo\/)/, /^src\/text\//, /^(node:|drizzle-orm|pg|@electric-sql\/pglite)/],
  },
  {
    name: 'mail',
    files: /^src\/mail\/(?!compose\/)/,
    may: [/^src\/(mail|text)\//, /^(node:|resend|nodemailer)/],
  },
  { name: 'mail/compose', files: /^src\/mail\/compose\//, may: [/^src\/(mail|text)\//] },
  {
    name: 'domain',
    files: /^src\/domain\//,
    may: [
      /^src\/(domain|trust|text|mail\/compose)\//,
      /^src\/mail\/mailer\.ts$/,
      /^db\/((client|copy|drizzle|drizzle-tables)\.ts|schema\/)/,
      /^(node:|zod|lucia|otpauth|uqr|csv-parse|postal-mime|rrule-temporal|age-encryption)/,
    ],
  },
  {
    name: 'words',
    files: /^src\/words\//,
    may: [/^src\/(words|domain|messages|text)\//, /^db\/schema\//],
  },
  {
    name: 'feeds',
    files: /^src\/feeds\//,
    may: [/^src\/(feeds|domain|messages|text)\//, /^(ical-generator|zod)$/],
  },
  {
    name: 'press',
    files: /^src\/press\//,
    may: [/^src\/(press|domain|messages|text)\//, /^src\/log\.ts$/, /^db\/client\.ts$/, /^node:/],
  },
  {
    name: 'ui',
    files: /^src\/ui\//,
    may: [
      /^src\/(ui|domain|messages|text|styles|words)\//,
      /^src\/http\/language\.ts$/,
      /^db\/schema\//,
      /^astro/,
    ],
  },
  {
    name: 'layouts',
    files: /^src\/layouts\//,
    may: [/^src\/(layouts|ui|domain|http|messages|text|styles)\//, /^astro/],
  },
  {
    name: 'pages, actions, middleware',
    files: /^src\/(pages\/|actions\/|middleware\.ts)/,
    may: [
      /^src\/(pages|actions|http|domain|ui|layouts|cards|feeds|messages|text|styles|words|mail\/compose|mail\/resend-events)\b/,
      /^src\/log\.ts$/,
      /^db\/(schema\/|client\.ts)/,
      /^(node:|astro|zod|@fastify\/busboy)/,
    ],
  },
];

describe('imports point one way', () => {
  test.each(layers)('$name imports only what lies below it', ({ files, may }) => {
    const own = sources.filter(({ file }) => files.test(file));
    expect(own.length).toBeGreaterThan(0);
    const wrong = own.flatMap(({ file, imports }) =>
      imports
        .filter((path) => !may.some((allowed) => allowed.test(path)))
        .map((path) => `${file} -> ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  test('slices point one way: no two nouns of the domain import each other', () => {
    const arrows = new Set(
      sources.flatMap(({ file, imports }) => {
        const from = noun(file);
        return imports.flatMap((path) => {
          const to = noun(path);
          return from && to && from !== to ? [`${from} -> ${to}`] : [];
        });
      }),
    );
    const mutual = [...arrows].filter((arrow) => arrows.has(arrow.split(' -> ').reverse().join(' -> ')));
    expect(mutual).toEqual([]);
  });

  test.each([
    ['lucia', /^src\/domain\/accounts\/sessions\.ts$/],
    ['resend', /^src\/mail\/resend/],
    ['@electric-sql/pglite', /^db\//],
    ['pg', /^db\//],
    ['drizzle-orm', /^db\/(?:drizzle|migrate|(?:embedded|postgres)\/store)/],
  ])('only its one place imports %s', (name, place) => {
    const users = sources.filter(({ imports }) =>
      imports.some((path) => path === name || path.startsWith(`${name}/`)),
    );
    expect(users.length).toBeGreaterThan(0);
    expect(users.map(({ file }) => file).filter((file) => !place.test(file))).toEqual([]);
  });

  test('only settings.ts and the terminal commands that call it read the environment', () => {
    const readers = sources
      .map(({ file }) => file)
      .filter((file) => /process\.env|import\.meta\.env/.test(read(file)))
      .filter(
        (file) => !['src/settings.ts', 'src/dev.ts', 'src/cli/context.ts', 'db/demo/run.ts'].includes(file),
      );
    expect(readers).toEqual([]);
  });

  test('nothing that Astro builds imports app.ts but for its type: it would be constructed twice', () => {
    const importers = sources
      .filter(({ file }) => /^src\/(pages|actions|layouts|ui|middleware)/.test(file))
      .filter(({ file }) => /^import (?!type)[^;]*app\.ts'/m.test(read(file)));
    expect(importers.map(({ file }) => file)).toEqual([]);
  });
});

function noun(path: string): string | undefined {
  return /^src\/domain\/([a-z-]+)\//.exec(path)?.[1];
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|astro|mjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function importsOf(file: string): string[] {
  const found = read(file).matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|(?:^|\n)import\s+'([^']+)'|import\('([^']+)'\)/g,
  );
  return [...found].map((match) => resolve(file, match[1] ?? match[2] ?? match[3] ?? ''));
}

function resolve(file: string, specifier: string): string {
  if (specifier.startsWith('#')) return specifier.slice(1);
  if (specifier.startsWith('.')) return relative(root, join(root, dirname(file), specifier));
  return specifier;
}
