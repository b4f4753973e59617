import { setTimeout as delay } from 'node:timers/promises';
import type { StaffMember } from '../../../actors.ts';
import { DomainError } from '../../../errors.ts';
import type { Reject } from '../reading/reading.ts';
import { ImportCancelled } from '../request.ts';
import { addRow, endRow } from './row.ts';
import { watch, type Place, type WantedImport } from './watch.ts';

/** Each has two threads. */
const RUNNING_MAX = 4;
/** Of so many imports this process still knows the refused lines. */
const REJECTS_OF_MAX = 20;
const CLOSE_MS = 10_000;
const CANCEL_WAIT_MS = 5000;

const CANCELLED = 'Nothing was imported, and nothing of it is left.';
const STOPPED =
  'Forthright was stopped while it worked on this. Nothing was imported; start the import again, and choose the files again.';

export type RunningImport = {
  id: string;
  /** Everything has arrived, or it is over before: from here on it needs nobody who sends. Never rejects. */
  received: Promise<void>;
  /** Its row says how. Never rejects. */
  ended: Promise<void>;
};

/** The imports of this process that somebody watches on a page. They end with the process, and leave nothing then. */
export type Imports = {
  /** @throws DomainError `conflict` when as many as may are under way here; `unavailable` while the process ends. */
  begin(staff: StaffMember, wanted: WantedImport): Promise<RunningImport>;
  /** Ends one that runs here, and waits for that some seconds at most. Who may is asked by `cancelImport`. */
  cancel(id: string): Promise<void>;
  /** The first 200 refused lines, masked; undefined when this process does not know them. They are stored nowhere. */
  rejectsOf(id: string): readonly Reject[] | undefined;
  /** Gives up those under way, cleanly. */
  close(): Promise<void>;
};

export function openImports(place: Place): Imports {
  const running = new Map<string, { controller: AbortController; ended: Promise<void> }>();
  const rejects = new Map<string, readonly Reject[]>();
  let beginning = 0;
  let closing = false;

  function keepRejects(id: string, refused: readonly Reject[]): void {
    rejects.set(id, refused);
    for (const oldest of rejects.keys()) if (rejects.size > REJECTS_OF_MAX) rejects.delete(oldest);
  }

  function assertRoom(): void {
    if (closing) throw new DomainError('unavailable', 'Forthright is stopping. Try again in a minute.');
    if (running.size + beginning < RUNNING_MAX) return;
    throw new DomainError(
      'conflict',
      `${RUNNING_MAX} imports are under way already. Wait until one has ended, or cancel one, and send the form again.`,
    );
  }

  return {
    async begin(staff, wanted) {
      assertRoom();
      beginning += 1;
      let id: string;
      try {
        id = await addRow(place.store.db, staff, wanted, place.now());
      } finally {
        beginning -= 1;
      }
      const controller = new AbortController();
      if (closing) controller.abort(new ImportCancelled(STOPPED));
      const { received, result } = watch(place, staff, { id, wanted, controller });
      const end = async () => {
        const { ending, rejects: refused } = await result;
        if (refused) keepRejects(id, refused);
        const ended =
          closing && ending.state === 'cancelled' ? { ...ending, state: 'failed' as const } : ending;
        await endRow(place, id, ended);
        place.log.info('import_ended', { importId: id, state: ended.state });
        running.delete(id);
      };
      const ended = end();
      running.set(id, { controller, ended });
      return { id, received, ended };
    },
    async cancel(id) {
      const found = running.get(id);
      if (!found) return;
      found.controller.abort(new ImportCancelled(CANCELLED));
      await Promise.race([found.ended, delay(CANCEL_WAIT_MS, undefined, { ref: false })]);
    },
    rejectsOf: (id) => rejects.get(id),
    async close() {
      closing = true;
      for (const { controller } of running.values()) controller.abort(new ImportCancelled(STOPPED));
      const all = Promise.all([...running.values()].map(({ ended }) => ended));
      await Promise.race([all, delay(CLOSE_MS, undefined, { ref: false })]);
    },
  };
}
