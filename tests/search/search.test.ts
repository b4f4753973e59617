import { describe, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import {
  faqs,
  incidents,
  incidentUpdates,
  maintenances,
  noticeRevisions,
  notices,
  statementRevisions,
  translations,
} from '#db/schema/index.ts';
import { draftFaq, publishFaq } from '#src/domain/faqs/commands.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { search } from '#src/domain/search/queries.ts';
import { publishStatement } from '#src/domain/statements/commands.ts';
import { approvedStatement, desk, later, now, publicIncident, publicUrl } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

const store = await testStore();
const mailFrom = 'Status <status@status.example>';

const ask = (db: Database, question: string, { language = 'en', page = 1 } = {}) =>
  search(db, { question, language, page });
const pathsOf = async (db: Database, question: string, language = 'en') =>
  (await ask(db, question, { language })).found.map(({ path }) => path);
const read = (pieces: readonly { text: string; found: boolean }[]) =>
  pieces.map(({ text, found }) => (found ? `[${text}]` : text)).join('');

/** A public incident with one update. */
async function incident(db: Database, slug: string, title: string, body: string, at = now) {
  await db.insert(incidents).values({
    id: slug,
    slug,
    title,
    nature: 'service',
    impact: 'minor',
    startedAt: at,
    publishedAt: at,
    createdAt: at,
    updatedAt: at,
  });
  await update(db, slug, body, at);
}

const update = (db: Database, incidentId: string, body: string, at = now) =>
  db.insert(incidentUpdates).values({
    id: `${incidentId}-${body.length}-${at.getTime()}`,
    incidentId,
    status: 'investigating',
    body,
    displayAt: at,
    createdAt: at,
  });

async function question(
  db: Database,
  id: string,
  asked: string,
  answer: string,
  state: 'draft' | 'published' = 'published',
) {
  const times = { reviewedAt: now, createdAt: now, updatedAt: now };
  await db
    .insert(faqs)
    .values({ id, category: 'General', question: asked, answer, state, position: 0, ...times });
}

describe('a search', () => {
  test('finds what is public, of every kind, with the path of its page', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const statement = await approvedStatement(db, people);
      const done = { statementId: statement.id, publicUrl, mailFrom };
      await publishStatement(db, people.approver, done, now);
      await incident(db, 'slow', 'Addresses load slowly', 'We are looking.');
      await question(db, 'q1', 'Was my address shown?', 'Sign in.');
      const times = { createdAt: now, updatedAt: now, publishedAt: now };
      await db.insert(notices).values({
        id: 'n1',
        slug: 'news',
        title: 'A new address',
        body: 'None.',
        effectiveAt: now,
        authorId: people.editor.id,
        writerIds: [],
        ...times,
      });
      await db.insert(noticeRevisions).values({
        id: 'n1',
        noticeId: 'n1',
        number: 1,
        kind: 'published',
        title: 'A new address',
        body: 'None.',
        effectiveAt: now,
        reason: '',
        writerIds: [],
        publisherId: people.approver.id,
        publishedAt: now,
      });
      await db.insert(maintenances).values({
        id: 'm1',
        slug: 'work',
        title: 'Work on the list of addresses',
        description: 'Slow.',
        state: 'scheduled',
        scheduledFor: now,
        scheduledUntil: later(60),
        reminderMinutes: [],
        ...times,
      });
      expect((await pathsOf(db, 'addresses')).sort()).toEqual([
        '/faqs#faq-q1',
        `/incidents/${statement.incident.slug}`,
        '/incidents/slow',
        '/maintenance/work',
        '/notices/news',
        `/statements/${statement.slug}`,
      ]);
    }));

  test('finds no draft: neither an incident with its updates and questions, nor a statement, nor a question', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await openIncident(
        db,
        people.editor,
        { title: 'Quagga', nature: 'service', impact: 'minor' },
        now,
      );
      await update(db, id, 'A quagga escaped.');
      const faq = { category: 'General', question: 'Quagga?', answer: 'Quagga.', incidentId: id };
      const { id: faqId } = await draftFaq(db, people.editor, faq, now);
      await publishFaq(db, people.approver, { faqId }, now);
      await question(db, 'q2', 'Quagga?', 'No.', 'draft');
      await approvedStatement(db, people);
      expect(await pathsOf(db, 'customers')).toEqual([]);
      const { found, count } = await ask(db, 'quagga');
      expect([found, count]).toEqual([[], 0]);
      await postIncidentUpdate(
        db,
        people.editor,
        { incidentId: id, status: 'investigating', body: 'Now it is public.' },
        now,
      );
      expect(await pathsOf(db, 'quagga')).toHaveLength(2);
    }));

  test('finds what a statement says now: not what it said before, and nothing once it is withdrawn', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const statement = await approvedStatement(db, people);
      const done = { statementId: statement.id, publicUrl, mailFrom };
      await publishStatement(db, people.approver, done, now);
      expect(await pathsOf(db, 'sorry')).toHaveLength(1);
      const [first] = await db.select().from(statementRevisions);
      if (!first) throw new Error('no revision');
      const { searchVector: _, ...published } = first;
      const revise = (number: number, kind: 'corrected' | 'withdrawn', summary: string) =>
        db.insert(statementRevisions).values({
          ...published,
          id: `revision-${number}`,
          number,
          kind,
          text: { ...published.text, summary },
          publishedAt: later(number),
        });
      await revise(2, 'corrected', 'It was a giraffe.');
      expect(await pathsOf(db, 'sorry')).toEqual([]);
      expect(await pathsOf(db, 'giraffe')).toHaveLength(1);
      await revise(3, 'withdrawn', 'It was a giraffe.');
      expect(await pathsOf(db, 'giraffe')).toEqual([]);
    }));

  test('wants every word, wherever in an incident it stands, and none that is excluded', () =>
    inRollback(store, async (db) => {
      await incident(db, 'one', 'Slow trading engine', 'The cache was cold.');
      await update(db, 'one', 'All is well again.');
      await incident(db, 'two', 'Slow mail', 'The cache was full.');
      expect(await pathsOf(db, 'trading cache well')).toEqual(['/incidents/one']);
      expect((await pathsOf(db, 'slow cache')).sort()).toEqual(['/incidents/one', '/incidents/two']);
      expect(await pathsOf(db, 'slow -mail')).toEqual(['/incidents/one']);
      expect(await pathsOf(db, 'cache -well')).toEqual(['/incidents/two']);
      expect((await pathsOf(db, 'trading or mail')).sort()).toEqual(['/incidents/one', '/incidents/two']);
      expect(await pathsOf(db, '"cache was full"')).toEqual(['/incidents/two']);
      expect(await pathsOf(db, '"was cache full"')).toEqual([]);
      expect(await pathsOf(db, 'trading nowhere')).toEqual([]);
    }));

  test('shows the best first: a title counts for more than a text, and of the same the latest', () =>
    inRollback(store, async (db) => {
      await incident(db, 'text', 'Something else', 'The gateway was slow.', later(9));
      await incident(db, 'old', 'Gateway is down', 'We are looking.', later(1));
      await incident(db, 'new', 'Gateway is down', 'We are looking.', later(2));
      expect(await pathsOf(db, 'gateway')).toEqual(['/incidents/new', '/incidents/old', '/incidents/text']);
    }));

  test('knows the endings of words in the language of who asks, and words without their marks in any', () =>
    inRollback(store, async (db) => {
      await question(db, 'en', 'Were addresses shown?', 'Yes.');
      await question(db, 'es', '¿Se mostraron direcciones?', 'Sí, algunas.');
      expect(await pathsOf(db, 'address')).toEqual(['/faqs#faq-en']);
      for (const asked of ['dirección', 'direccion', 'DIRECCIONES'])
        expect([asked, await pathsOf(db, asked, 'es')]).toEqual([asked, ['/faqs#faq-es']]);
      expect(await pathsOf(db, 'direcciones', 'en')).toEqual(['/faqs#faq-es']);
      expect(await pathsOf(db, 'addresses', 'es')).toEqual(['/faqs#faq-en']);
      expect(await pathsOf(db, 'addresses', 'de')).toEqual(['/faqs#faq-en']);
    }));

  test('finds a translation in the language of the page, and shows it there; of older words, none', () =>
    inRollback(store, async (db) => {
      await question(db, 'q1', 'Was my address shown?', 'Sign in.');
      const translation = { translatorId: 'x', writerIds: [], savedAt: now, publishedAt: now };
      const into = (id: string, versionId: string, words: Record<string, string>) =>
        db.insert(translations).values({ id, noun: 'faq', versionId, language: 'es', words, ...translation });
      await into('t1', 'q1:1', { question: '¿Se mostró mi dirección?', answer: 'Inicie la\nsesión.' });
      expect(await pathsOf(db, 'sesion', 'es')).toEqual(['/faqs#faq-q1']);
      expect(await pathsOf(db, 'sesión', 'en')).toEqual([]);
      const [found] = (await ask(db, 'address', { language: 'es' })).found;
      expect([found?.language, read(found?.title ?? [])]).toEqual(['es', '¿Se mostró mi dirección?']);
      await db.update(faqs).set({ version: 2 });
      expect(await pathsOf(db, 'sesión', 'es')).toEqual([]);
      await db.update(translations).set({ versionId: 'q1:2', publishedAt: null });
      expect(await pathsOf(db, 'sesión', 'es')).toEqual([]);
    }));

  test('finds a word by its beginning when it is the last one typed', () =>
    inRollback(store, async (db) => {
      await incident(db, 'one', 'Gateways are late', 'We are looking.');
      expect(await pathsOf(db, 'gatew')).toEqual(['/incidents/one']);
      expect(await pathsOf(db, 'gatew late')).toEqual([]);
      expect(await pathsOf(db, 'late gatew')).toEqual(['/incidents/one']);
    }));

  test('shows what it found, marked, in the words that a reader sees', () =>
    inRollback(store, async (db) => {
      const body = 'Read **addresses** & `<b>address</b>` [here](https://example.com/address?a=1&b=2).';
      await incident(db, 'one', 'Addresses & <i>names</i>', body);
      const [found] = (await ask(db, 'address')).found;
      expect(read(found?.title ?? [])).toBe('[Addresses] & <i>names</i>');
      expect(read(found?.excerpt ?? [])).toBe(
        'Read [addresses] & <b>[address]</b> here (https://example.com/address?a=1&b=2).',
      );
    }));

  test('marks letters that no database of ours may mistake for its own marks', () =>
    inRollback(store, async (db) => {
      await incident(db, 'one', 'The \ue000mail\ue001 is late', 'A \ue001letter\ue000.');
      const [found] = (await ask(db, 'late')).found;
      expect(read(found?.title ?? [])).toBe('The mail is [late]');
    }));

  test('tells words that stand everywhere from words that stand nowhere', () =>
    inRollback(store, async (db) => {
      await incident(db, 'one', 'The mail is late', 'It is.');
      for (const asked of ['the', 'the and of', '...', '-mail', '""', '%_%'])
        expect([asked, await ask(db, asked)]).toMatchObject([asked, { telling: false, count: 0 }]);
      expect(await ask(db, 'giraffe')).toMatchObject({ telling: true, count: 0, pages: 1 });
      expect(await ask(db, '  ')).toMatchObject({ question: '', telling: false, count: 0 });
      expect(await pathsOf(db, 'the mail')).toEqual(['/incidents/one']);
    }));

  test.each([
    'a\0b',
    "'; drop table faqs; --",
    '" & | ! ( ) : * <-> \\',
    "mail:* & !'x",
    '\u202e\u2066liam',
    'بريد إلكتروني',
    '邮件地址',
    'x'.repeat(10_000),
    '"'.repeat(200),
    '-'.repeat(200),
    'or or or or',
    '\ud800',
    '<mark>mail</mark>',
  ])('has an answer to %j', (asked) =>
    inRollback(store, async (db) => {
      await incident(db, 'one', 'The mail is late', 'It is.');
      const { found } = await ask(db, asked);
      expect(found.every(({ path }) => path === '/incidents/one')).toBe(true);
    }),
  );

  test('shows ten on a page, fifty in all, and says that there may be more', () =>
    inRollback(store, async (db) => {
      for (let number = 0; number < 52; number += 1)
        await incident(db, `n${number}`, 'Late again', 'Yes.', later(number));
      const first = await ask(db, 'late');
      expect(first).toMatchObject({ count: 50, more: true, pages: 5 });
      expect(first.found.map(({ path }) => path)).toHaveLength(10);
      expect(first.found[0]?.path).toBe('/incidents/n51');
      expect((await ask(db, 'late', { page: 5 })).found.at(-1)?.path).toBe('/incidents/n2');
      expect((await ask(db, 'late', { page: 6 })).found).toEqual([]);
    }));
});

describe('a very long text', () => {
  test('of nothing but different words can be stored, and is found by its beginning', () =>
    inRollback(store, async (db) => {
      const body = Array.from({ length: 200_000 }, (_, index) => `é${index.toString(36)}`).join(' ');
      await incident(db, 'long', 'Long', `Marmot. ${body}`);
      await question(db, 'long', `Marmot ${body}`, body);
      expect((await pathsOf(db, 'marmot')).sort()).toEqual(['/faqs#faq-long', '/incidents/long']);
    }));
});

describe('a correction of an update', () => {
  test('takes what it said out of the search', () =>
    inRollback(store, async (db) => {
      await incident(db, 'one', 'Mail', 'It was an ibex.');
      expect(await pathsOf(db, 'ibex')).toHaveLength(1);
      await db.update(incidentUpdates).set({ body: 'It was a goat.' });
      expect(await pathsOf(db, 'ibex')).toEqual([]);
      expect(await pathsOf(db, 'goat')).toHaveLength(1);
    }));
});

test('an incident opened by a person is found by the words of its updates', () =>
  inRollback(store, async (db) => {
    const people = await desk(db);
    const { slug } = await publicIncident(db, people);
    expect(await pathsOf(db, 'looking into')).toEqual([`/incidents/${slug}`]);
  }));
