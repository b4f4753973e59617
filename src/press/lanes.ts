/** More is asked for at once than can be done in reasonable time. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

/**
 * Lets so many run at once; the others wait for their turn, first come first, and so many of them.
 *
 * @returns a function that rejects with Busy when too many wait already.
 */
export function lanes(count: number, waitingMax: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else if (waiting.length >= waitingMax) throw new Busy('Too many wait for their turn.');
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
