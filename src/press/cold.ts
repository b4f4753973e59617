import type { Database, Store } from '#db/client.ts';
import { inSnapshot } from '#src/domain/snapshot.ts';
import type { Body, FlatHeaders } from './body.ts';
import { printDocument } from './compose.ts';
import type { Document } from './documents.ts';
import { keep, keepAbsent, pressPrinted, type Edition } from './edition.ts';
import { lanes } from './lanes.ts';
import type { Rendered } from './render.ts';
import { readHeads, readVersions, sameVersions } from './versions.ts';

const TRIES_MAX = 5;
/** Renderings at once: each holds a connection. */
const AT_ONCE_MAX = 3;
const WAITING_MAX = 200;

export type ColdOptions = {
  store: Store;
  now: () => Date;
  headers: FlatHeaders;
  render: (path: string, db: Database) => Promise<Rendered>;
  edition: () => Edition | undefined;
  /** Brings the edition up to what the database says. */
  refresh: () => Promise<void>;
  /** A document has joined this edition. */
  onJoined: (edition: Edition) => void;
};

/** Documents that are rendered when somebody asks for them: once, however many ask. */
export type ColdPress = {
  /** Undefined when there is no such document. @throws Busy when too many are asked for at once. */
  find(document: Document): Promise<Body | undefined>;
  /** What is underway is of an edition that is no longer served. */
  forget(): void;
};

export function openColdPress(options: ColdOptions): ColdPress {
  const { store, now, headers, render } = options;
  const inLane = lanes(AT_ONCE_MAX, WAITING_MAX);
  const underway = new Map<string, Promise<Body | undefined>>();

  async function press(document: Document): Promise<Body | undefined> {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const asked = options.edition();
      const found = await inLane(() => inSnapshot(store.db, (db) => printFor(db, document, asked)));
      if (found === 'behind') {
        // Rendered now it would be news beside an old front page.
        await options.refresh();
        continue;
      }
      const isServed = asked && options.edition() === asked;
      if (!found.printed) {
        if (isServed) keepAbsent(asked, document.path);
        return undefined;
      }
      const pressed = await pressPrinted(found.printed, headers);
      if (asked && options.edition() === asked) {
        for (const [name, version] of found.versions) asked.versions.set(name, version);
        keep(asked, pressed);
        options.onJoined(asked);
      }
      return pressed.body;
    }
    const printed = await inLane(() => inSnapshot(store.db, (db) => printDocument(document, db, render)));
    return printed && (await pressPrinted(printed, headers)).body;
  }

  async function printFor(db: Database, document: Document, asked: Edition | undefined) {
    const printed = () => printDocument(document, db, render);
    if (!asked) return { printed: await printed(), versions: new Map<string, number>() };
    const heads = await readHeads(db, asked.timeZone, now());
    if (!sameVersions(asked.heads, heads)) return 'behind';
    const found = await printed();
    const versions = await readVersions(db, heads, (found?.document ?? document).dependsOn, asked);
    return { printed: found, versions };
  }

  return {
    find(document) {
      const { path } = document;
      const asking = underway.get(path);
      if (asking) return asking;
      const pressing = press(document).finally(() => {
        if (underway.get(path) === pressing) underway.delete(path);
      });
      underway.set(path, pressing);
      return pressing;
    },
    forget: () => underway.clear(),
  };
}
