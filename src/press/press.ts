import type { Database, Store } from '#db/client.ts';
import { EDITIONS_CHANNEL } from '#src/domain/editions.ts';
import { inSnapshot } from '#src/domain/snapshot.ts';
import { errorFields, type Log } from '#src/log.ts';
import type { Messages } from '#src/messages/messages.ts';
import type { Body, FlatHeaders } from './body.ts';
import { openColdPress } from './cold.ts';
import { composeEdition, printDocument } from './compose.ts';
import { findDocument } from './documents.ts';
import { findStandIn, keep, pressPrinted, type Edition } from './edition.ts';
import { asOfBodies } from './as-of.ts';
import type { Rendered } from './render.ts';
import { changedSince, readHeads, sameVersions } from './versions.ts';
import { openWarmer } from './warming.ts';

const POLL_MS = 1000;
/** So long without an answer of the database, and readers are told as of when they read. */
const AWAY_AFTER_MS = 15_000;
/** After so many failed editions in a row a document that cannot be rendered no longer holds back the others. */
const PATIENCE = 2;

/** Public documents as bytes, rendered when they change and served from memory. */
export type Press = {
  /** The bytes at this very path, if they are pressed. Costs nothing. */
  peek(path: string): Body | undefined;
  /**
   * The document's bytes; undefined when there is no document at this path. Rendered at most once however many ask.
   *
   * @throws Busy when too many others are asked for.
   */
  find(path: string): Promise<Body | undefined>;
  /** What stands in for other pages, in that language if there is one; undefined before the first edition. */
  standIn(path: string, language: string | undefined): Body | undefined;
  /** True once a first edition is complete. */
  isReady(): boolean;
  /** While the database is away: when it last answered. */
  asOf(): Date | undefined;
  /** The edition that is served; undefined before the first. */
  edition(): Edition | undefined;
  /** Renders these when nothing else is to be done, one at a time, as if readers had asked for them. */
  warm(paths: readonly string[]): Promise<void>;
  close(): Promise<void>;
};

export type PressOptions = {
  store: Store;
  log: Log;
  messages: Messages;
  /** Reads everything it needs from `db`, which sees one moment. */
  render: (path: string, db: Database) => Promise<Rendered>;
  /** What every document's answer carries. */
  headers?: FlatHeaders;
  now?: () => Date;
  awayAfterMs?: number;
  /** Waited for before each swap, with what has changed, which for the first edition is the site. */
  beforeSwap?: (changed: readonly string[]) => Promise<void>;
  /** Called after each swap with the same; and with nothing when a document has joined the present edition. */
  onSwap?: (edition: Edition, changed: readonly string[]) => void;
  /** Called each time it is certain that the edition says what the database says. */
  onKnown?: (at: Date) => void;
};

/**
 * Renders the hot documents and keeps them current: on a notice, and by a poll each second behind it. A new edition
 * takes the place of the old in one step; when rendering fails, the old one stays.
 */
export async function openPress(options: PressOptions): Promise<Press> {
  const { store, log, messages } = options;
  const now = options.now ?? (() => new Date());
  const headers = options.headers ?? [];
  let edition: Edition | undefined;
  let bodies: ReadonlyMap<string, Body> = new Map();
  let knownAt = { at: now(), tick: performance.now() };
  let asOf: Date | undefined;
  let refreshing: Promise<void> | undefined;
  let again = false;
  let closed = false;
  let failures = 0;
  const cold = openColdPress({
    store,
    now,
    headers,
    render: options.render,
    edition: () => edition,
    refresh: refreshSoon,
    onJoined: (joined) => options.onSwap?.(joined, []),
  });
  const warmer = openWarmer({
    log,
    has: (path) => bodies.has(path),
    find,
    idle: () => refreshing,
    isAway: () => asOf !== undefined,
  });

  async function refresh(): Promise<void> {
    const before = edition;
    if (before) {
      const heads = await readHeads(store.db, before.timeZone, now());
      if (sameVersions(before.heads, heads)) return known();
    }
    const composed = await inSnapshot(store.db, (db) =>
      composeEdition(db, {
        before,
        languages: messages.languages,
        now: now(),
        print: (document, within) => printDocument(document, within, options.render),
        press: (printed) => pressPrinted(printed, headers),
        tolerant: failures >= PATIENCE,
        onFailure: (document, error) =>
          log.error('document_failed', { document: document.path, ...errorFields(error) }),
      }),
    );
    const next = composed.edition;
    for (const pressed of await Promise.all(composed.pressed)) keep(next, pressed);
    const changed = before ? changedSince(before.versions, next.versions) : ['site'];
    await options.beforeSwap?.(changed);
    edition = next;
    cold.forget();
    known();
    options.onSwap?.(next, changed);
    // The database may go: then there is what is held, and nothing else.
    if (before) void warmer.add([...before.bodies.keys()].filter((path) => !next.bodies.has(path)));
  }

  /** The edition says what the database says: from here on without a note. */
  function known(): void {
    failures = 0;
    knownAt = { at: now(), tick: performance.now() };
    asOf = undefined;
    if (edition) bodies = edition.bodies;
    options.onKnown?.(knownAt.at);
  }

  /** One refresh at a time; a notice during it asks for one more. */
  function refreshSoon(): Promise<void> {
    if (closed) return Promise.resolve();
    if (refreshing) {
      again = true;
      return refreshing;
    }
    refreshing = refresh()
      .catch((error: unknown) => {
        failures += 1;
        log.error('press_refresh_failed', { failures, ...errorFields(error) });
      })
      .finally(() => {
        refreshing = undefined;
        if (!again) return;
        again = false;
        void refreshSoon();
      });
    return refreshing;
  }

  function find(path: string): Promise<Body | undefined> {
    const pressed = bodies.get(path);
    if (pressed) return Promise.resolve(pressed);
    const document = findDocument(path, messages.languages);
    if (!document || document.standsIn || edition?.absent.has(path)) return Promise.resolve(undefined);
    return cold.find(document);
  }

  /** Swaps in the same edition with a note in every page, when the database has not answered for long. */
  async function watch(): Promise<void> {
    const silentMs = performance.now() - knownAt.tick;
    if (!edition || asOf || closed || silentMs < (options.awayAfterMs ?? AWAY_AFTER_MS)) return;
    const at = knownAt.at;
    const of = edition;
    asOf = at;
    log.warn('database_away', { asOf: at.toISOString() });
    const noted = await asOfBodies(of, at, messages);
    if (asOf === at && edition === of) bodies = noted;
  }

  await refreshSoon();
  const unlisten = await store.listen(EDITIONS_CHANNEL, () => void refreshSoon());
  const poll = setInterval(() => {
    void refreshSoon();
    void watch();
  }, POLL_MS);
  poll.unref();

  return {
    peek: (path) => bodies.get(path),
    find,
    standIn: (path, language) => edition && findStandIn(edition, path, language),
    isReady: () => edition !== undefined,
    asOf: () => asOf,
    edition: () => edition,
    warm: (paths) => warmer.add(paths),
    async close() {
      closed = true;
      clearInterval(poll);
      warmer.close();
      await unlisten();
      await refreshing;
    },
  };
}
