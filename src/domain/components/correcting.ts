import { and, asc, eq, gte, lte } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { components, impacts } from '#db/schema/index.ts';
import { assertRole, type Actor } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import { lockComponents, outdateDays } from './commands.ts';
import type { CorrectRecord } from './input.ts';
import { findStatusAt, getComponent } from './queries.ts';

/** More is no mistake in a record but another record. */
const CHANGES_MAX = 500;

/**
 * Says what a component's status really was in a span that is over. Nothing is taken out of the log: at the instant of every
 * row in the span, and where it begins, a later row says what was the case; where the span ends, one says again what was
 * said before. The finished days in it are counted again.
 *
 * @throws DomainError `invalid` for a group, for a span that is empty or not over, or when the record says so already;
 *   `not_found`; `forbidden` below editor.
 */
export async function correctRecord(
  db: Database,
  actor: Actor,
  { componentId, from, until, status, reason }: CorrectRecord,
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  if (from >= until) throw new DomainError('invalid', 'It ends before it begins. Give a later end.');
  if (until > now) {
    throw new DomainError(
      'invalid',
      'Only what is over can be corrected. Set the status from now on instead.',
    );
  }
  await db.transaction(async (tx) => {
    await lockComponents(tx, [componentId]);
    const { isGroup, name } = await getComponent(tx, componentId);
    if (isGroup) {
      throw new DomainError('invalid', `"${name}" is a group. Correct the components in it.`);
    }
    await refuseUnfitText(tx, [reason], null);
    const before = (await findStatusAt(tx, componentId, from)) ?? 'operational';
    const after = (await findStatusAt(tx, componentId, until)) ?? 'operational';
    const told = await listTold(tx, componentId, from, until);
    const within = told.filter(({ startsAt }) => startsAt < until);
    if ([before, ...within.map((each) => each.status)].every((each) => each === status)) {
      throw new DomainError('invalid', 'That is what the record says already.');
    }
    const times = new Map([from, ...within.map(({ startsAt }) => startsAt)].map((at) => [at.getTime(), at]));
    const rows = [...times.values()].map((startsAt) => ({ status, startsAt }));
    if (within.length === told.length) rows.push({ status: after, startsAt: until });
    await tx.insert(impacts).values(rows.map((row) => ({ ...row, componentId, isCorrection: true })));
    await outdateDays(tx, componentId, from, until);
    await tx.update(components).set({ updatedAt: now }).where(eq(components.id, componentId));
    const span = { from: from.toISOString(), until: until.toISOString() };
    const details = {
      ...span,
      status,
      reason,
      before: [{ status: before, at: span.from }, ...within.map(said)],
    };
    const entry = { subject: `component:${componentId}`, actor, details };
    await appendEvidence(tx, { kind: 'component_record_corrected', ...entry }, now);
    await touch(tx, ['components']);
  });
}

const said = ({ status, startsAt }: { status: string; startsAt: Date }) => ({
  status,
  at: startsAt.toISOString(),
});

/** What the log says from an instant to another, both included, oldest first. */
async function listTold(tx: Database, componentId: string, from: Date, until: Date) {
  const told = await tx
    .select({ status: impacts.status, startsAt: impacts.startsAt })
    .from(impacts)
    .where(
      and(eq(impacts.componentId, componentId), gte(impacts.startsAt, from), lte(impacts.startsAt, until)),
    )
    .orderBy(asc(impacts.startsAt), asc(impacts.id))
    .limit(CHANGES_MAX + 1);
  if (told.length > CHANGES_MAX) {
    throw new DomainError('invalid', 'Too much happened in that time. Correct it in shorter spans.');
  }
  return told;
}
