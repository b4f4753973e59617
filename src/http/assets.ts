import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { makeBody, type Body, type FlatHeaders } from '#src/press/body.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Every file of the build's client folder, by its URL path. Read once: a path that is not here is not a file. */
export async function loadAssets(folder: string, shared: FlatHeaders): Promise<ReadonlyMap<string, Body>> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const entries = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => {
        const path = join(file.parentPath, file.name);
        const url = `/${relative(folder, path).split(sep).join('/')}`;
        const type = TYPES[extname(file.name)] ?? 'application/octet-stream';
        // Names under /_astro/ carry a hash of their content.
        const cacheControl = url.startsWith('/_astro/')
          ? 'public, max-age=31536000, immutable'
          : 'public, max-age=300';
        const headers = [...shared, 'Cache-Control', cacheControl];
        return [url, await makeBody(type, await readFile(path), headers)] as const;
      }),
  );
  return new Map(entries);
}
