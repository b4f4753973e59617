import type { Database } from '#db/client.ts';

/** By a name of its own: the process and the build have a copy of this module each. */
const LOADED = Symbol.for('forthright.loaded');
const LOADED_MAX = 5000;

type Snapshot = Database & { [LOADED]?: Map<string, unknown> };

/**
 * What `work` reads is of one moment, however long it takes and whatever is committed meanwhile: so what many documents
 * are made of is loaded `once`. It writes nothing.
 */
export function inSnapshot<T>(db: Database, work: (db: Database) => Promise<T>): Promise<T> {
  const marked = (tx: Snapshot) => {
    tx[LOADED] = new Map();
    return work(tx);
  };
  return db.transaction(marked, { isolationLevel: 'repeatable read', accessMode: 'read only' });
}

/** A part of a snapshot that may fail without spoiling the rest. */
export function inSavepoint<T>(db: Snapshot, work: (db: Database) => Promise<T>): Promise<T> {
  return db.transaction((tx: Snapshot) => {
    const loaded = db[LOADED];
    if (loaded) tx[LOADED] = loaded;
    return work(tx);
  });
}

/** In a snapshot loaded the first time that it is asked for; everywhere else each time. Whoever gets it changes nothing in it. */
export async function once<T>(db: Snapshot, key: string, load: () => Promise<T>): Promise<T> {
  const loaded = db[LOADED];
  if (!loaded) return load();
  if (loaded.has(key)) return loaded.get(key) as T;
  const found = await load();
  keep(loaded, key, found);
  return found;
}

/** The same for things by their ids: those that are missing are loaded together. */
export async function onceEach<T>(
  db: Snapshot,
  noun: string,
  ids: readonly string[],
  load: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): Promise<ReadonlyMap<string, T>> {
  const loaded = db[LOADED];
  if (!loaded) return load(ids);
  const keyOf = (id: string) => `${noun}:${id}`;
  const known = new Map(
    ids.flatMap((id) => (loaded.has(keyOf(id)) ? [[id, loaded.get(keyOf(id)) as T]] : [])),
  );
  const missing = ids.filter((id) => !known.has(id));
  const found = missing.length > 0 ? await load(missing) : new Map<string, T>();
  for (const id of missing) {
    const one = found.get(id);
    if (one === undefined) continue;
    known.set(id, one);
    keep(loaded, keyOf(id), one);
  }
  return known;
}

/** An export of many thousand documents is one snapshot as well. */
function keep(loaded: Map<string, unknown>, key: string, value: unknown): void {
  if (loaded.size >= LOADED_MAX) loaded.clear();
  loaded.set(key, value);
}
