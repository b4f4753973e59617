import { parentPort, type MessagePort, type Transferable } from 'node:worker_threads';
import { ScratchFailed } from '#src/trust/scratch-file.ts';
import { UnreadableSource } from '../readers/lines.ts';
import type { Ended } from './messages.ts';

type Asked = { id: number; asked: unknown };
type Answered = { id: number; answer: unknown };

export type Ask<Asks> = <Answer = void>(
  asked: Asks,
  transferred?: readonly Transferable[],
) => Promise<Answer>;

/** Asks over a port, and gets its answers by number: any number of questions may be open. */
export function askOver<Asks>(port: MessagePort): Ask<Asks> {
  const open = new Map<number, (answer: never) => void>();
  let questions = 0;
  port.on('message', ({ id, answer }: Answered) => {
    open.get(id)?.(answer as never);
    open.delete(id);
  });
  return (asked, transferred = []) =>
    new Promise((resolve) => {
      questions += 1;
      open.set(questions, resolve as (answer: never) => void);
      port.postMessage({ id: questions, asked } satisfies Asked, transferred);
    });
}

/** Answers what comes over a port. What cannot be answered is told to `onFailure` and to nobody else. */
export function answerOver<Asks>(
  port: MessagePort,
  answer: (asked: Asks) => unknown,
  onFailure: (error: unknown) => void,
): void {
  port.on('message', (message: Asked | Ended<unknown>) => {
    if (!('id' in message)) return;
    Promise.resolve(message.asked as Asks)
      .then(answer)
      .then((answered) => port.postMessage({ id: message.id, answer: answered } satisfies Answered))
      .catch(onFailure);
  });
}

/** What a thread is sent: a task, and a port of its own for what is said about it. */
export type Sent<Task> = { task: Task; port: MessagePort };

/** The life of a thread: a task after the other, each of which ends with a message over its port. */
export function workFor<Task, Result>(work: (task: Task, port: MessagePort) => Promise<Result>): void {
  parentPort?.on('message', ({ task, port }: Sent<Task>) => {
    work(task, port)
      .then((done): Ended<Result> => ({ done }), failedWith)
      .then((ended) => {
        port.postMessage(ended);
        port.close();
      });
  });
}

function failedWith(error: unknown): Ended<never> {
  const refused =
    error instanceof UnreadableSource || error instanceof RangeError || error instanceof ScratchFailed;
  return { failed: error instanceof Error ? error.message : 'unknown', refused };
}
