import { fsyncSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { StoreError } from '#db/store-error.ts';

type EngineOptions = Parameters<NodeFS['init']>[1];
type OpenFile = { nfd: number };
type NodeFiles = {
  stream_ops: { fsync?: (file: OpenFile) => number };
  tryFSOperation<T>(operation: () => T): T;
};

/** PGlite's files on disk, whose fsync reaches the disk: as shipped it has none, and PostgreSQL believes that it has. */
class SyncedFiles extends NodeFS {
  readonly syncCount = { value: 0 };
  readonly #onAbort: () => void;

  constructor(folder: string, onAbort: () => void) {
    super(folder);
    this.#onAbort = onAbort;
  }

  override async init(pg: PGlite, options: EngineOptions) {
    const { emscriptenOpts } = await super.init(pg, options);
    emscriptenOpts.onAbort = this.#onAbort;
    // Before the engine starts, so that what it recovers after a kill is synced as well.
    emscriptenOpts.preRun = [
      ...(emscriptenOpts.preRun ?? []),
      (engine) => {
        const files = engine.NODEFS as unknown as NodeFiles;
        files.stream_ops.fsync = (file) => {
          // An error has to become the engine's own, or it goes on as if nothing had happened.
          files.tryFSOperation(() => fsyncSync(file.nfd));
          this.syncCount.value += 1;
          return 0;
        };
      },
    ];
    return { emscriptenOpts };
  }
}

type Fate = { lastWords: string; stopped?: StoreError };

/** PGlite whose acknowledged commits are on the disk, and which answers nothing any more once the disk has failed it. */
export class DurablePGlite extends PGlite {
  readonly #files: SyncedFiles;
  readonly #fate: Fate;

  private constructor(folder: string) {
    const fate: Fate = { lastWords: '' };
    const files = new SyncedFiles(folder, () => {
      fate.stopped ??= stopped(folder, fate.lastWords);
    });
    super({
      fs: files,
      startParams: [
        ...PGlite.defaultStartParams.filter((param) => param !== '-F'),
        ...['-c', 'fsync=on', '-c', 'synchronous_commit=on', '-c', 'full_page_writes=on'],
        // Its fdatasync, which PostgreSQL would choose, returns without doing anything.
        ...['-c', 'wal_sync_method=fsync'],
        // Else an engine that fails to start keeps the process alive for ten seconds, to report on its progress.
        ...['-c', 'log_startup_progress_interval=0'],
      ],
      onStderr(line) {
        fate.lastWords = /(?:PANIC|FATAL): +(.*)/.exec(line)?.[1] ?? fate.lastWords;
        return false;
      },
    });
    this.#files = files;
    this.#fate = fate;
  }

  /** @throws StoreError `not_durable`; an Error with the engine's own words when it does not start. */
  static async open(folder: string): Promise<DurablePGlite> {
    const pg = new DurablePGlite(folder);
    try {
      await pg.waitReady;
    } catch (error) {
      throw pg.#fate.lastWords ? new Error(pg.#fate.lastWords) : error;
    }
    try {
      await pg.#assertDurable();
    } catch (error) {
      await pg.close();
      throw error;
    }
    return pg;
  }

  /** How often the engine has synced a file or folder. */
  get syncCount(): number {
    return this.#files.syncCount.value;
  }

  /** After a PANIC the engine's memory means nothing; asked again, it would also never return. */
  override execProtocolRawSync(message: Uint8Array): Uint8Array {
    this.#assertAlive();
    const answer = super.execProtocolRawSync(message);
    this.#assertAlive();
    return answer;
  }

  /** @throws StoreError when commits do not reach the disk: the hook no longer fits this PGlite. */
  async #assertDurable(): Promise<void> {
    const before = this.syncCount;
    const { rows } = await this.query<{ settings: string }>(
      `select concat_ws(' ', current_setting('fsync'), current_setting('wal_sync_method'),
         current_setting('synchronous_commit'), current_setting('full_page_writes')) as settings`,
    );
    await this.query('checkpoint');
    if (rows[0]?.settings === 'on fsync on on' && this.syncCount > before) return;
    throw new StoreError(
      'not_durable',
      `The embedded database does not write its commits through to the disk (${rows[0]?.settings}, ${this.syncCount - before} syncs). ` +
        'Install exactly the packages of package-lock.json with npm ci, or set DATABASE_URL.',
    );
  }

  #assertAlive(): void {
    if (this.#fate.stopped) throw this.#fate.stopped;
  }
}

function stopped(folder: string, lastWords: string): StoreError {
  return new StoreError(
    'stopped',
    `The embedded database in ${folder} has stopped: ${lastWords || 'its engine gave up'}. What was confirmed before is safe. ` +
      'See that the disk has space and works, then start Forthright again.',
  );
}
