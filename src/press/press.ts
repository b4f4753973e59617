import type { Store } from '#db/client.ts';
import { EDITIONS_CHANNEL, listVersions } from '#src/domain/editions.ts';
import { makeBody, type Body } from './body.ts';
import { errorFields, type Log } from '#src/log.ts';
import { findDocument, hotPaths, type Document } from './documents.ts';
import type { Rendered } from './render.ts';

const POLL_MS = 1000;
const DOCUMENTS_MAX = 5000;
const SETTLE_TRIES_MAX = 5;

/** What readers get at one time: every document in it was rendered from the same versions. */
type Edition = { versions: ReadonlyMap<string, number>; documents: Map<string, Body> };

/** Public documents as bytes, rendered when they change and served from memory. */
export type Press = {
  /** The document's bytes; undefined when there is no document at this path. Rendered at most once however many ask. */
  find(document: Document): Promise<Body | undefined>;
  /** True once a first edition is complete. */
  isReady(): boolean;
  close(): Promise<void>;
};

export type PressOptions = {
  store: Store;
  log: Log;
  render: (path: string) => Promise<Rendered>;
};

/**
 * Renders the hot documents and keeps them current: on a notice, and by a poll each second behind it. A new edition
 * takes the place of the old in one step; when rendering fails, the old one stays.
 */
export async function openPress({ store, log, render }: PressOptions): Promise<Press> {
  let edition: Edition = { versions: new Map(), documents: new Map() };
  let ready = false;
  let closed = false;
  let refreshing: Promise<void> | undefined;
  let again = false;
  const underway = new Map<string, Promise<Body | undefined>>();

  async function press(path: string): Promise<Body | undefined> {
    const rendered = await render(path);
    if (rendered.status === 404) return undefined;
    if (rendered.status !== 200) throw new Error(`Rendering a document ended with status ${rendered.status}`);
    return makeBody(rendered.type, rendered.bytes);
  }

  async function refresh(): Promise<void> {
    let versions = await listVersions(store.db);
    for (let tries = 0; tries < SETTLE_TRIES_MAX; tries += 1) {
      if (ready && sameVersions(versions, edition.versions)) return;
      const next = await nextEdition(versions);
      const after = await listVersions(store.db);
      // Something changed while we rendered: documents of two versions must not share an edition.
      if (sameVersions(after, versions) || tries === SETTLE_TRIES_MAX - 1) {
        underway.clear();
        edition = next;
        ready = true;
        return;
      }
      versions = after;
    }
  }

  async function nextEdition(versions: ReadonlyMap<string, number>): Promise<Edition> {
    const documents = new Map<string, Body>();
    const isCurrent = (path: string) =>
      ready &&
      findDocument(path)?.dependsOn.every((name) => versions.get(name) === edition.versions.get(name));
    for (const [path, body] of edition.documents) if (isCurrent(path)) documents.set(path, body);
    for (const path of hotPaths) {
      if (documents.has(path)) continue;
      const body = await press(path);
      if (body) documents.set(path, body);
    }
    return { versions, documents };
  }

  /** One refresh at a time; a notice during it asks for one more. */
  function refreshSoon(): Promise<void> {
    if (refreshing) {
      again = true;
      return refreshing;
    }
    refreshing = refresh()
      .catch((error: unknown) => log.error('press_refresh_failed', errorFields(error)))
      .finally(() => {
        refreshing = undefined;
        if (again && !closed) {
          again = false;
          void refreshSoon();
        }
      });
    return refreshing;
  }

  async function pressOnDemand(path: string): Promise<Body | undefined> {
    const asked = edition;
    const body = await press(path);
    if (body && asked === edition) {
      if (asked.documents.size >= DOCUMENTS_MAX) dropOldestCold(asked.documents);
      asked.documents.set(path, body);
    }
    return body;
  }

  await refreshSoon();
  const unlisten = await store.listen(EDITIONS_CHANNEL, () => void refreshSoon());
  const poll = setInterval(() => void refreshSoon(), POLL_MS);
  poll.unref();

  return {
    async find(document) {
      const pressed = edition.documents.get(document.path);
      if (pressed) return pressed;
      let rendering = underway.get(document.path);
      if (!rendering) {
        rendering = pressOnDemand(document.path).finally(() => underway.delete(document.path));
        underway.set(document.path, rendering);
      }
      return rendering;
    },
    isReady: () => ready,
    async close() {
      closed = true;
      clearInterval(poll);
      await unlisten();
      await refreshing;
    },
  };
}

function sameVersions(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  if (a.size !== b.size) return false;
  for (const [name, version] of a) if (b.get(name) !== version) return false;
  return true;
}

function dropOldestCold(documents: Map<string, Body>): void {
  for (const path of documents.keys()) {
    if (hotPaths.includes(path)) continue;
    documents.delete(path);
    return;
  }
}
