import { AsyncLocalStorage } from 'node:async_hooks';

export type TransactionGuard = {
  /** @param failed whether a statement of the transaction has failed, so that it can only be rolled back. */
  run<T>(work: () => Promise<T>, failed: () => boolean | Promise<boolean>): Promise<T>;
  assertOutside(): void;
};

/** A fault in our code, found before it could do harm. */
export class TransactionMisused extends Error {
  override readonly name = 'TransactionMisused';
}

/**
 * Refuses a query on the outer `db` from code that is inside a transaction of the same store: on the embedded database
 * it would wait for ever, on PostgreSQL it would silently not be part of the transaction. Refuses to commit one that has
 * swallowed an error, which stores nothing: what may fail goes into `tx.transaction`, a savepoint.
 */
export function transactionGuard(): TransactionGuard {
  const current = new AsyncLocalStorage<{ open: boolean }>();
  return {
    async run(work, failed) {
      const transaction = { open: true };
      try {
        const result = await current.run(transaction, work);
        // COMMIT would roll it back and not say so.
        if (await failed())
          throw new TransactionMisused('The error of a statement was swallowed in a transaction.');
        return result;
      } finally {
        // What the work has started and left behind may use the database again.
        transaction.open = false;
      }
    },
    assertOutside() {
      if (current.getStore()?.open) {
        throw new TransactionMisused(
          '`db` was used inside one of its transactions. Pass `tx` on and use that.',
        );
      }
    },
  };
}
