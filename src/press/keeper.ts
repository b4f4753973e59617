import { errorFields, type Log } from '#src/log.ts';
import type { Body } from './body.ts';
import type { Edition } from './edition.ts';
import { removeEdition, removeLeftovers, writeEdition, writeKnownAt, type KeptEntry } from './disk.ts';

const SOON_MS = 500;
const COLD_MS = 15_000;
const KNOWN_MS = 60_000;
const RETRY_MS = 30_000;
/** What changes without a word being withdrawn. */
const WITHOUT_TEXTS = new Set(['today', 'components']);
const ASSET_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Keeps the last edition on disk, a little behind the one that is served; but never one that may say what has been
 * withdrawn.
 */
export type Keeper = {
  /** Before a new edition is served: when texts have changed, the one on disk is removed. */
  change(changed: readonly string[]): Promise<void>;
  /** A new edition is served, or a document has joined the present one. */
  keep(edition: Edition, isNew: boolean): void;
  /** The edition still says what the database says. */
  known(at: Date): void;
  /** Could the edition that is served not be written? */
  isFailing(): boolean;
  /** Writes what is not written yet. */
  close(): Promise<void>;
};

export type KeeperOptions = {
  folder: string;
  log: Log;
  /** The build's files, by path: pages of this edition need these and no others. */
  assets?: ReadonlyMap<string, Body>;
};

export function openKeeper({ folder, log, assets = new Map() }: KeeperOptions): Keeper {
  const files = assetEntries(assets);
  let waiting: Edition | undefined;
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Infinity;
  let writing: Promise<void> | undefined;
  let knownAt: Date | undefined;
  let knownWrittenAt = -Infinity;
  let outdated = new AbortController();
  let removed = false;
  let failing = false;

  function schedule(ms: number): void {
    const at = performance.now() + ms;
    if (at >= dueAt) return;
    dueAt = at;
    clearTimeout(timer);
    timer = setTimeout(() => void write(), ms);
    timer.unref();
  }

  /** One at a time; what comes meanwhile is written after it. */
  async function write(): Promise<void> {
    clearTimeout(timer);
    dueAt = Infinity;
    if (writing) {
      await writing;
      return schedule(SOON_MS);
    }
    writing = writeNow().finally(() => (writing = undefined));
    await writing;
  }

  async function writeNow(): Promise<void> {
    const edition = waiting;
    const { signal } = outdated;
    waiting = undefined;
    try {
      if (edition) {
        await writeEdition(folder, keptOf(edition, files), signal);
        removed = false;
        failing = false;
      }
      if (knownAt) await writeKnownAt(folder, knownAt);
      knownWrittenAt = performance.now();
    } catch (error) {
      if (signal.aborted) return;
      log.error('edition_not_kept', errorFields(error));
      if (!edition) return;
      failing = true;
      waiting ??= edition;
      schedule(RETRY_MS);
      await remove();
    }
  }

  /** Whoever starts without the database would be shown it. */
  async function remove(): Promise<void> {
    try {
      await removeEdition(folder);
      removed = true;
    } catch (error) {
      failing = true;
      log.error('edition_not_removed', errorFields(error));
    }
  }

  void removeLeftovers(folder);
  return {
    async change(changed) {
      if (!changed.some((name) => !WITHOUT_TEXTS.has(name))) return;
      outdated.abort();
      outdated = new AbortController();
      waiting = undefined;
      await writing;
      await remove();
    },
    keep(edition, isNew) {
      waiting = edition;
      schedule(removed ? 0 : isNew ? SOON_MS : COLD_MS);
    },
    known(at) {
      knownAt = at;
      if (performance.now() - knownWrittenAt > KNOWN_MS && !writing) schedule(SOON_MS);
    },
    isFailing: () => failing,
    async close() {
      await writing;
      if (waiting || knownAt) await write();
      clearTimeout(timer);
    },
  };
}

function keptOf({ language, documents }: Edition, files: readonly KeptEntry[]) {
  const pages = [...documents.values()].map(({ document, type, headers, bytes }) => ({
    path: document.path,
    type,
    headers,
    bytes,
    asset: false,
  }));
  return { language, entries: [...pages, ...files] };
}

function assetEntries(assets: ReadonlyMap<string, Body>): KeptEntry[] {
  let bytes = 0;
  return [...assets].flatMap(([path, body]) => {
    bytes += body.identity.byteLength;
    if (bytes > ASSET_BYTES_MAX) return [];
    return [{ path, type: body.type, headers: {}, bytes: body.identity, asset: true }];
  });
}
