import { and, count, inArray, isNotNull, lte, max } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { letters } from '#db/schema/index.ts';

/** Letters that should have left and have not, with the last reason a provider or the program gave. */
export type HeldLetters = { count: number; reason: string | null };

/** For the desk and for `doctor`: zero when all is well. */
export async function countHeldLetters(db: Database, now: Date): Promise<HeldLetters> {
  const [row] = await db
    .select({ count: count(), reason: max(letters.reason) })
    .from(letters)
    .where(
      and(
        inArray(letters.state, ['pending', 'sending']),
        isNotNull(letters.reason),
        lte(letters.createdAt, now),
      ),
    );
  return row ?? { count: 0, reason: null };
}
