import { sql } from '#db/drizzle.ts';
import { migrate, openDatabase, type Database } from '#db/client.ts';
import { components, site, type StatementText } from '#db/schema/index.ts';

/** How much there is in a database to be measured against. */
export type World = {
  components: number;
  impacts: number;
  incidents: number;
  updatesEach: number;
  statements: number;
  faqs: number;
};

/** What the targets are about. */
export const fullWorld: World = {
  components: 50,
  impacts: 10_000,
  incidents: 500,
  updatesEach: 20,
  statements: 40,
  faqs: 60,
};

/** The same site on its first day: components, and no history. */
export const newWorld: World = { ...fullWorld, impacts: 0, incidents: 0, statements: 0, faqs: 0 };

/** The incident that is open throughout: the newest of a world that has any. */
export const OPEN_INCIDENT = 'incident-1';

const DAYS = 90;
const GROUPS = 5;

/** Makes an empty database into that world, up to now. The same world at the same time is the same rows. */
export async function makeWorld(
  place: { databaseUrl?: string | undefined; dataDir: string },
  world: World,
  now: Date,
): Promise<void> {
  const store = await openDatabase(place);
  try {
    await migrate(store);
    await store.db.transaction(async (tx) => {
      await speak(tx, now);
      await build(tx, world, now);
      await remember(tx, world, now);
      await tell(tx, world, now);
    });
    await store.db.execute(sql`analyze`);
  } finally {
    await store.close();
  }
}

async function speak(tx: Database, now: Date): Promise<void> {
  await tx.insert(site).values({
    name: 'Harbourline Exchange',
    legalEntity: 'Harbourline Exchange Ltd.',
    contactEmail: 'privacy@harbourline.example',
    pressContact: 'press@harbourline.example',
    timeZone: 'UTC',
    language: 'en',
    languages: ['es'],
    updatedAt: now,
  });
}

async function build(tx: Database, world: World, now: Date): Promise<void> {
  const createdAt = before(now, DAYS + 30);
  const times = { createdAt, updatedAt: createdAt };
  const groups = Array.from({ length: GROUPS }, (_, position) => ({
    id: `group-${position}`,
    isGroup: true,
    name: `Region ${position + 1}`,
    position,
    ...times,
  }));
  const parts = Array.from({ length: world.components }, (_, index) => ({
    id: `component-${index}`,
    groupId: `group-${index % GROUPS}`,
    name: `Component ${index + 1}`,
    position: index,
    ...times,
  }));
  await tx.insert(components).values([...groups, ...parts]);
}

const before = (now: Date, days: number) => new Date(now.getTime() - days * 86_400_000);

/** Components fall and rise again, in turn, over the days that the page shows. */
async function remember(tx: Database, world: World, now: Date): Promise<void> {
  const { impacts, components: parts } = world;
  const rounds = Math.floor(impacts / parts / 2);
  await tx.execute(sql`
    insert into impacts (component_id, status, starts_at)
    select 'component-' || part, case when up then 'operational'
        else (array['degraded_performance', 'partial_outage', 'major_outage'])[1 + (part + round) % 3] end,
      ${now.toISOString()}::timestamptz - interval '1 hour' - (${DAYS}::float / ${Math.max(1, rounds)} * round) * interval '1 day'
        - part * interval '1 minute' + case when up then interval '20 minutes' else interval '0' end
    from generate_series(0, ${parts - 1}::int) as part, generate_series(1, ${rounds}::int) as round,
      (values (false), (true)) as state (up)
    order by 3`);
}

/** Incidents with their timelines, statements in three revisions, questions. */
async function tell(tx: Database, world: World, now: Date): Promise<void> {
  const at = now.toISOString();
  const { incidents, updatesEach, statements, faqs } = world;
  const startedAt = sql`${at}::timestamptz - number * interval '10 hours'`;
  await tx.execute(sql`
    insert into incidents (id, slug, title, nature, impact, started_at, ended_at, published_at, created_at, updated_at)
    select 'incident-' || number, 'incident-' || number, 'Trading ' || (array['engine', 'gateway', 'history', 'mail'])[1 + number % 4] || ' is slow, case ' || number,
      case when number % 25 = 0 then 'data' else 'service' end, (array['minor', 'major', 'critical'])[1 + number % 3],
      ${startedAt}, case when number = 1 then null else ${startedAt} + interval '5 hours' end, ${startedAt}, ${startedAt}, ${startedAt}
    from generate_series(1, ${incidents}::int) as number`);
  await tx.execute(sql`
    insert into incident_updates (id, incident_id, status, body, display_at, created_at)
    select 'update-' || number || '-' || step, 'incident-' || number,
      case when step < ${updatesEach}::int or number = 1 then (array['investigating', 'identified', 'monitoring'])[1 + (step - 1) * 3 / ${updatesEach}::int]
        when number % 25 = 0 then 'closed' else 'resolved' end,
      'Step ' || step || ': we have looked at **part ' || (number * 7 + step * 13) % 50 || '** and found that orders wait for the ' ||
        (array['database', 'network', 'cache', 'certificate', 'disk'])[1 + (number + step) % 5] ||
        '. Deposits and balances are not affected. We will say more within the hour, also when nothing has changed.',
      ${startedAt} + step * interval '10 minutes', ${startedAt} + step * interval '10 minutes'
    from generate_series(1, ${incidents}::int) as number, generate_series(1, ${updatesEach}::int) as step`);
  await tx.execute(sql`
    insert into statements (id, slug, incident_id, kind, language, created_at)
    select 'statement-' || number, 'statement-' || number, 'incident-' || number * 2, 'first_account', 'en', ${startedAt}
    from generate_series(1, ${statements}::int) as number`);
  await tx.execute(sql`
    insert into statement_revisions (id, statement_id, number, kind, text, change_summary, author_id, approver_id, publisher_id, hash, published_at)
    select 'revision-' || number || '-' || edition, 'statement-' || number, edition, case when edition = 1 then 'published' else 'corrected' end,
      ${JSON.stringify(statementText)}::jsonb || jsonb_build_object('title', 'What happened in case ' || number, 'summary', 'The ' || edition || '. account of case ' || number || '.'),
      case when edition = 1 then '' else 'More is known.' end, 'writer', 'approver', 'publisher', md5(number || '-' || edition) || md5('x'), ${startedAt} + edition * interval '1 hour'
    from generate_series(1, ${statements}::int) as number, generate_series(1, 3) as edition`);
  await tx.execute(sql`
    insert into faqs (id, category, question, answer, state, position, reviewed_at, created_at, updated_at)
    select 'faq-' || number, (array['About you', 'What happened', 'Your account'])[1 + number % 3], 'Question ' || number || ': what about the gateway?',
      'Sign in on this site and look at **your answer**. It says what we know about each of your addresses.', 'published', number,
      ${at}::timestamptz, ${at}::timestamptz, ${at}::timestamptz
    from generate_series(1, ${faqs}::int) as number`);
}

const paragraph =
  'On the day it happened, a program that had been written in a hurry sent one message to about a thousand people at a time, and every address stood where all of them could read it. We stopped the messages that had not left.';

const statementText: StatementText = {
  title: '',
  summary: '',
  whatHappened: [paragraph, paragraph, paragraph].join('\n\n'),
  whatInformation: '**Shown:** the address.\n\n**Not shown:** the password, the balance.',
  whatWeAreDoing: '- The program is out of service.\n- Messages have one recipient each.',
  whatYouCanDo: '1. Delete the mail.\n2. Turn on a second factor.',
  forMoreInformation: 'Sign in on this site.',
  occurredAt: { at: '2026-11-01T06:00:00.000Z', precision: 'exact' },
  awareAt: { at: '2026-11-01T07:15:00.000Z', precision: 'estimated' },
  containedAt: null,
  nextUpdateAt: null,
  authorName: 'Ines Okafor',
  authorTitle: 'Chief Operating Officer',
};
