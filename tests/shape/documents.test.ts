import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');

describe('the documentation is true', () => {
  test('.env.example names every setting, and no other', () => {
    const documented = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1]);
    const known = [...read('src/settings.ts').matchAll(/^ {2}([A-Z_]+): /gm)].map((match) => match[1]);
    expect(known.length).toBeGreaterThan(10);
    expect([...new Set(documented)].sort()).toEqual([...new Set(known)].sort());
  });

  test('every path in the README exists', () => {
    const paths = [
      ...read('README.md').matchAll(/`((?:src|db|tests|docs|bench|public|\.ci)\/[A-Za-z0-9_./-]*)`/g),
    ].map((match) => match[1] as string);
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('every folder of the source is on the README’s map', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `\`src/${entry.name}/\``);
    expect(folders.filter((folder) => !read('README.md').includes(folder))).toEqual([]);
  });

  test('every picture and page the README links to exists', () => {
    const links = [...read('README.md').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(
      (match) => match[1] as string,
    );
    expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('every script the README and the contributing guide name is in package.json', () => {
    const scripts = Object.keys(
      (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts,
    );
    const named = [...`${read('README.md')}${read('CONTRIBUTING.md')}`.matchAll(/npm run ([a-z]+)/g)].map(
      (match) => match[1] as string,
    );
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });

  test('every direct dependency has its reason in the decision record', () => {
    const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
    const names = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.keys(manifest[kind] ?? {}),
    );
    const record = readdirSync(join(root, 'docs/decisions')).find((file) => file.includes('dependencies'));
    const text = read(`docs/decisions/${record}`);
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  test('versions are exact', () => {
    const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
    const versions = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.values(manifest[kind] ?? {}),
    );
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});
