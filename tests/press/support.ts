import type { Dependency } from '#src/domain/editions.ts';
import type { Press } from '#src/press/press.ts';
import type { Rendered } from '#src/press/render.ts';

export type CountingPages = ReturnType<typeof countingPages>;

/** Renders a counter, so that two renderings of one path differ. */
export function countingPages(type = 'text/plain; charset=utf-8') {
  const renderings = new Map<string, number>();
  const held = new Map<string, Promise<void>>();
  let failing = (_path: string) => false;
  const named = new Map<string, readonly Dependency[]>();
  let busyMs = 0;
  return {
    renderings,
    fail: (when: (path: string) => boolean) => (failing = when),
    /** Rendering this path waits for that. */
    hold: (path: string, until: Promise<void>) => held.set(path, until),
    /** This page says itself that it depends on these. */
    name: (path: string, dependsOn: readonly Dependency[]) => named.set(path, dependsOn),
    /** Each rendering takes so long, and lets nobody else run. */
    busy: (ms: number) => (busyMs = ms),
    render: async (path: string): Promise<Rendered> => {
      if (failing(path)) throw new Error('The page cannot be rendered.');
      await new Promise((resolve) => setTimeout(resolve, 1));
      const until = performance.now() + busyMs;
      while (performance.now() < until);
      const number = (renderings.get(path) ?? 0) + 1;
      const exists = !path.includes('nowhere');
      if (exists) renderings.set(path, number);
      await held.get(path);
      const text = type.startsWith('text/html')
        ? `<html><body><main id="content">${path} ${number}</main></body></html>`
        : `${path} ${number}`;
      const dependsOn = named.get(path) ?? [];
      return { status: exists ? 200 : 404, type, headers: {}, bytes: Buffer.from(text), dependsOn };
    },
  };
}

export async function textOf(press: Press, path: string): Promise<string | undefined> {
  const body = await press.find(path);
  return body && Buffer.from(body.identity).toString();
}
