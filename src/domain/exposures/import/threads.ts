import { setFlagsFromString } from 'node:v8';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { DomainError } from '../../errors.ts';
import { answerOver, type Sent } from './asking.ts';
import type { Ended } from './messages.ts';

/** Of a thread's own objects; what it holds beside them is bounded by what it works on at a time. */
const HEAP_MB = 256;
/** To load its program takes a thread a tenth of a second, which the next import is spared for so long. */
const IDLE_MS = 5_000;

/** A task in a thread. */
export type Begun<Result> = {
  result: Promise<Result>;
  /** When the task is done its thread waits for another one; else it is ended, whatever it was doing. */
  end(): Promise<void>;
};

/** Threads of one program, a task at a time in each. */
export type Threads = {
  begin<Asks, Result>(
    task: object,
    transferred: MessagePort,
    answer: (asked: Asks) => Promise<unknown>,
  ): Begun<Result>;
  close(): Promise<void>;
};

type Idle = { worker: Worker; timer: NodeJS.Timeout };

export function openThreads(program: URL, youngMb: number): Threads {
  const idle: Idle[] = [];

  function start(): Worker {
    const waiting = idle.pop();
    if (waiting) {
      clearTimeout(waiting.timer);
      waiting.worker.ref();
      return waiting.worker;
    }
    // Else what `npm start` sets for the whole process, to keep it small, would stand over the limits of this thread.
    setFlagsFromString('--max-semi-space-size=0');
    const worker = new Worker(program, {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: youngMb },
    });
    // Whoever has a task in it is told, too; nobody, of one that dies at rest.
    worker.on('error', () => {});
    worker.on('exit', () => forget(worker));
    return worker;
  }

  function forget(worker: Worker): void {
    const at = idle.findIndex((resting) => resting.worker === worker);
    if (at !== -1) clearTimeout(idle.splice(at, 1)[0]?.timer);
  }

  function rest(worker: Worker): void {
    worker.unref();
    const timer = setTimeout(() => {
      forget(worker);
      void worker.terminate();
    }, IDLE_MS);
    idle.push({ worker, timer: timer.unref() });
  }

  return {
    begin<Asks, Result>(task: object, transferred: MessagePort, answer: (asked: Asks) => Promise<unknown>) {
      const worker = start();
      const { port1: port, port2 } = new MessageChannel();
      const { promise: result, resolve, reject } = Promise.withResolvers<Result>();
      // Several threads end when one of them fails, and only the first is told.
      result.catch(() => {});
      let done = false;
      answerOver<Asks>(port, answer, reject);
      port.on('message', (message: Ended<Result> | { id: number }) => {
        if ('done' in message) {
          done = true;
          resolve(message.done);
        } else if ('failed' in message) reject(failureOf(message));
      });
      const lost = () => reject(new Error('A thread of an import has ended before its work.'));
      worker.on('error', reject);
      worker.on('exit', lost);
      worker.postMessage({ task, port: port2 } satisfies Sent<object>, [transferred, port2]);
      return {
        result,
        async end() {
          port.close();
          worker.off('error', reject);
          worker.off('exit', lost);
          if (done) rest(worker);
          else await worker.terminate();
        },
      };
    },
    async close() {
      await Promise.all(idle.splice(0).map(({ worker }) => worker.terminate()));
    },
  };
}

function failureOf({ failed, refused }: { failed: string; refused: boolean }): Error {
  return refused ? new DomainError('invalid', `${failed} Nothing was imported.`) : new Error(failed);
}
