import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { senderGate } from '#db/schema/index.ts';
import { cookieName } from '#src/http/cookies.ts';
import { setUpStaff } from '#tests/support/people.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';

type Who = 'anonymous' | 'viewer' | 'editor' | 'approver' | 'owner';

let site: TestSite;
const cookies: Record<string, string> = { anonymous: '' };

beforeAll(async () => {
  site = await startSite({ variables: { WORKER: 'off' } });
  const { db, keys, now } = site.app;
  for (const role of ['viewer', 'editor', 'approver', 'owner'] as const) {
    const person = { role, name: `An ${role}`, address: `${role}@harbourline.example` };
    const { sessionToken } = await setUpStaff(db, keys, person, now());
    cookies[role] = `${cookieName('staff', site.settings.publicUrl)}=${sessionToken}`;
  }
});
afterAll(() => site.close());

function post(who: Who, path: string, action: string, fields: Record<string, string>): Promise<Response> {
  return fetch(`${site.url}${path}?_action=${action}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Sec-Fetch-Site': 'same-origin', Cookie: cookies[who] ?? '' },
    body: new URLSearchParams(fields),
  });
}

const read = async (path: string, who: Who = 'anonymous') =>
  (await fetch(`${site.url}${path}`, { headers: { Cookie: cookies[who] ?? '' }, redirect: 'manual' })).text();

const idIn = (response: Response) => /[a-z0-9]{12}/.exec(response.headers.get('location') ?? '')?.[0] ?? '';

/** The public page as it is once the press has heard of the last change. */
const eventually = (path: string) => expect.poll(() => read(path), { timeout: 5000 });

const text = {
  title: 'Why log-in was slow',
  summary: 'Log-ins were slow for an hour.',
  whatHappened: 'A database was **full**.',
  whatInformation: 'None.',
  whatWeAreDoing: '- More room.',
  whatYouCanDo: '1. Try again.',
  forMoreInformation: 'Here.',
  occurredAt: '2026-03-28T02:30',
  nextUpdateAt: '2099-01-01T00:00',
  authorName: 'Ines Okafor',
  authorTitle: 'Chief Operating Officer',
};

async function openedIncident(title = 'Log-in is slow'): Promise<string> {
  const opened = await post('editor', '/admin/incidents/new', 'incidents.open', {
    title,
    nature: 'service',
    impact: 'minor',
    startedAt: '',
  });
  expect(opened.status).toBe(303);
  return idIn(opened);
}

async function publicIncident(): Promise<string> {
  const incidentId = await openedIncident();
  const update = { incidentId, status: 'investigating', body: 'We look into it.', impact: 'minor' };
  expect(
    (await post('editor', `/admin/incidents/${incidentId}`, 'incidents.postUpdate', update)).status,
  ).toBe(303);
  return incidentId;
}

async function draftedStatement(incidentId: string): Promise<string> {
  const begun = { incidentId, kind: 'first_account', title: text.title };
  return idIn(await post('editor', '/admin/statements/new', 'statements.draft', begun));
}

/** From a draft to the public page, by two people. */
async function carriedThrough(
  statementId: string,
  version: number,
  changes: Partial<typeof text> & { changeSummary?: string },
) {
  const here = `/admin/statements/${statementId}`;
  const save = { statementId, version: String(version), ...text, ...changes, then: 'preview' };
  const saved = await post('editor', `${here}/edit`, 'statements.save', save);
  expect(saved.headers.get('location')).toBe(`${here}/preview?done=saved`);
  const draft = { statementId, version: String(version + 1) };
  expect((await post('editor', here, 'statements.submit', draft)).status).toBe(303);
  expect((await post('editor', here, 'statements.approve', draft)).status).toBe(403);
  expect((await post('approver', here, 'statements.approve', draft)).status).toBe(303);
  const publish = { statementId, draftBroadcasts: 'on' };
  expect((await post('approver', `${here}/publish`, 'statements.publish', publish)).status).toBe(303);
}

const slugOf = async (statementId: string) =>
  /href="\/statements\/([a-z0-9-]+)"/.exec(await read(`/admin/statements/${statementId}`, 'viewer'))?.[1] ??
  '';

describe('an incident', () => {
  test('is seen by the team only, until its first update makes it public at once', async () => {
    const incidentId = await openedIncident('The market feed stands still');
    expect(await read('/')).not.toContain('The market feed stands still');
    const here = `/admin/incidents/${incidentId}`;
    expect(await read(here, 'viewer')).toContain('Only the team sees this incident.');
    const update = { incidentId, status: 'identified', body: 'It is the *feed*.', impact: 'major' };
    const posted = await post('editor', here, 'incidents.postUpdate', update);
    expect(posted.headers.get('location')).toBe(`${here}?done=posted`);
    await eventually('/').toContain('It is the <em>feed</em>.');
    expect(await read('/')).toContain('Partial system outage');
    expect(await read('/feed.atom')).toContain('The market feed stands still');
  });

  test('that cannot be opened says why beside the field, and keeps what was typed', async () => {
    const refused = await post('editor', '/admin/incidents/new', 'incidents.open', {
      title: '',
      nature: 'data',
      impact: 'major',
      startedAt: 'yesterday',
    });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toMatch(/Give it a title\.[\s\S]*value="yesterday"/);
  });
});

describe('a statement', () => {
  test('goes from a draft to the page, the text and the feed, by two people', async () => {
    const incidentId = await publicIncident();
    const statementId = await draftedStatement(incidentId);
    await carriedThrough(statementId, 1, {});
    const slug = await slugOf(statementId);
    await eventually(`/statements/${slug}`).toContain('A database was <strong>full</strong>.');
    const canonical = await read(`/statements/${slug}.txt`);
    expect(canonical).toMatch(/^Id: [a-z0-9]{12}\nVersion: 1\n/);
    expect(await read(`/statements/${slug}`)).toContain(createHash('sha256').update(canonical).digest('hex'));
    expect(await read('/feed.atom')).toContain(text.title);
    expect(await read(`/admin/statements/${statementId}`, 'viewer')).toContain('Published');
  });

  test('corrected or withdrawn, says so on its page; every revision keeps its own address', async () => {
    const statementId = await draftedStatement(await publicIncident());
    const here = `/admin/statements/${statementId}`;
    await carriedThrough(statementId, 1, {});
    const slug = await slugOf(statementId);
    await eventually(`/statements/${slug}`).toContain('full');

    expect((await post('editor', here, 'statements.correct', { statementId })).headers.get('location')).toBe(
      `${here}/edit`,
    );
    await carriedThrough(statementId, 3, {
      whatHappened: 'A disk was full.',
      changeSummary: 'It was a disk.',
    });
    await eventually(`/statements/${slug}`).toContain('It was a disk.');
    expect(await read(`/statements/${slug}`)).not.toContain('A database was');
    const first = await read(`/statements/${slug}/revisions/1`);
    expect(first).toContain('A database was');
    expect(first).toContain('This is no longer what we say.');

    const reason = 'It was about another incident altogether.';
    const withdrawn = await post('approver', `${here}/withdraw`, 'statements.withdraw', {
      statementId,
      reason,
    });
    expect(withdrawn.headers.get('location')).toBe(`${here}?done=withdrawn`);
    await eventually(`/statements/${slug}`).toContain('We have withdrawn this statement.');
    const page = await read(`/statements/${slug}`);
    expect(page).toContain(reason);
    expect(page).not.toContain('A disk was');
    expect(await read(`/statements/${slug}/revisions/2`)).toContain('This statement has been withdrawn.');
    expect(await read(`/statements/${slug}.txt`)).toContain(`Reason: ${reason}\n`);

    const chain = await Promise.all(
      [1, 2, 3].map((number) => read(`/statements/${slug}/revisions/${number}.txt`)),
    );
    const hashes = chain.map((bytes) => createHash('sha256').update(bytes).digest('hex'));
    expect(chain.map((bytes) => /^Previous-Hash: (.*)$/m.exec(bytes)?.[1])).toEqual([
      'none',
      hashes[0],
      hashes[1],
    ]);
  });

  test('saved by two people at once, keeps the second one’s words on the screen and says what to do', async () => {
    const statementId = await draftedStatement(await publicIncident());
    const path = `/admin/statements/${statementId}/edit`;
    const save = (who: Who, summary: string) =>
      post(who, path, 'statements.save', { statementId, version: '1', ...text, summary, then: 'stay' });
    expect((await save('editor', 'The first one.')).headers.get('location')).toBe(`${path}?done=saved`);
    const refused = await save('approver', 'The second one.');
    expect(refused.status).toBe(409);
    const page = await refused.text();
    expect(page).toContain('Somebody saved this draft while you were writing');
    expect(page).toContain('The second one.');
    expect(await read(path, 'editor')).toContain('The first one.');
  });

  test('with a time that no clock shows, is not saved, and the field says so', async () => {
    const statementId = await draftedStatement(await publicIncident());
    const fields = { statementId, version: '1', ...text, occurredAt: '2026-02-30T10:00', then: 'stay' };
    const refused = await post('editor', `/admin/statements/${statementId}/edit`, 'statements.save', fields);
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('This is no time that clocks in UTC show.');
  });

  test('can be saved with gaps; its preview shows the page, the mail, the plain text and what is missing', async () => {
    const statementId = await draftedStatement(await publicIncident());
    const fields = { statementId, version: '1', ...text, whatYouCanDo: '', then: 'preview' };
    await post('editor', `/admin/statements/${statementId}/edit`, 'statements.save', fields);
    const preview = await read(`/admin/statements/${statementId}/preview`, 'viewer');
    expect(preview).toContain('Still missing: “What you can do”.');
    expect(preview).toContain('A database was <strong>full</strong>.');
    expect(preview).toContain('A database was **full**.');
    expect(preview).toContain('You asked Status to send you statements.');
    const mail = await fetch(`${site.url}/admin/statements/${statementId}/mail`, {
      headers: { Cookie: cookies['viewer'] ?? '' },
    });
    expect(mail.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await mail.text()).toContain('A database was <strong>full</strong>.');
  });
});

describe('the desk’s forms', () => {
  const nothing = 'abcdefghijkl';
  const draft = { statementId: nothing, version: '1' };
  test.each<[string, Record<string, string>, Who]>([
    ['incidents.open', { title: 'x', nature: 'data', impact: 'none' }, 'editor'],
    ['incidents.edit', { incidentId: nothing, title: 'x', nature: 'data', impact: 'none' }, 'editor'],
    ['incidents.postUpdate', { incidentId: nothing, status: 'identified', body: 'x' }, 'editor'],
    ['components.add', { name: 'x' }, 'editor'],
    ['components.addGroup', { name: 'x' }, 'editor'],
    ['components.edit', { componentId: nothing, name: 'x' }, 'editor'],
    ['components.move', { componentId: nothing, direction: 'up' }, 'editor'],
    ['components.retire', { componentId: nothing }, 'editor'],
    ['components.restore', { componentId: nothing }, 'editor'],
    ['components.setStatus', { componentId: nothing, status: 'operational' }, 'editor'],
    ['statements.draft', { incidentId: nothing, kind: 'apology', title: 'x' }, 'editor'],
    ['statements.save', { ...draft, title: 'x' }, 'editor'],
    ['statements.submit', draft, 'editor'],
    ['statements.correct', { statementId: nothing }, 'editor'],
    ['statements.override', { ...draft, check: 'action', reason: 'A sentence that is kept.' }, 'approver'],
    ['statements.approve', draft, 'approver'],
    ['statements.publish', { statementId: nothing }, 'approver'],
    ['statements.withdraw', { statementId: nothing, reason: 'A sentence that is kept.' }, 'approver'],
    ['notices.draft', { title: 'x', body: 'x', effectiveAt: '2026-01-01T00:00' }, 'editor'],
    ['notices.edit', { noticeId: nothing, title: 'x', body: 'x', effectiveAt: '2026-01-01T00:00' }, 'editor'],
    ['notices.publish', { noticeId: nothing }, 'approver'],
    ['notices.withdraw', { noticeId: nothing, reason: 'A sentence that is kept.' }, 'approver'],
    ['notices.redact', { noticeId: nothing, number: '1', reason: 'A sentence that is kept.' }, 'owner'],
    ['faqs.draft', { question: 'x', answer: 'x', category: 'x' }, 'editor'],
    ['faqs.edit', { faqId: nothing, question: 'x', answer: 'x', category: 'x', position: '1' }, 'editor'],
    ['faqs.publish', { faqId: nothing }, 'approver'],
    ['faqs.unpublish', { faqId: nothing, reason: 'A sentence that is kept.' }, 'approver'],
    ['exposures.cancelImport', { importId: nothing }, 'editor'],
    ['supportQuestions.answer', { code: 'AAAA-AAAA' }, 'editor'],
    ['site.edit', { name: 'x', timeZone: 'UTC', language: 'en' }, 'owner'],
  ])('%s is refused to everybody below the role it needs', async (action, fields, needed) => {
    const ranks: Who[] = ['viewer', 'editor', 'approver', 'owner'];
    for (const who of ranks.slice(0, ranks.indexOf(needed))) {
      expect([who, (await post(who, '/admin', action, fields)).status]).toEqual([who, 403]);
    }
    expect((await post('anonymous', '/subscribe', action, fields)).status).toBe(401);
    const allowed = (await post(needed, '/admin', action, fields)).status;
    expect([200, 404]).toContain(allowed);
  });

  test('say only what their own vocabulary has, whatever stands in the address', async () => {
    for (const done of ['%3Cscript%3E', 'toString', '__proto__', 'nothing']) {
      const page = await read(`/admin/site?done=${done}`, 'owner');
      expect(page).not.toContain('callout');
      expect(page).not.toContain('<script>');
    }
    expect(await read('/admin/site?done=saved', 'owner')).toContain('Saved, and public.');
  });
});

describe('notices and questions', () => {
  test('a notice is published by somebody who has not written on it', async () => {
    const fields = { title: 'New prices', body: 'They **rise**.', effectiveAt: '2099-12-24T12:00' };
    const noticeId = idIn(await post('approver', '/admin/notices/new', 'notices.draft', fields));
    const here = `/admin/notices/${noticeId}`;
    const publish = { noticeId, draftBroadcast: 'on' };
    expect((await post('approver', here, 'notices.publish', publish)).status).toBe(403);
    expect((await post('owner', here, 'notices.publish', publish)).status).toBe(303);
    await eventually('/notices/new-prices').toContain('They <strong>rise</strong>.');
    expect(await read('/')).toContain('New prices');
  });

  test('a question is public once it is published, under its category', async () => {
    const fields = { question: 'Is my money safe?', answer: 'Yes.', category: 'About you', incidentId: '' };
    const faqId = idIn(await post('editor', '/admin/faqs/new', 'faqs.draft', fields));
    expect(await read('/faqs')).not.toContain('Is my money safe?');
    expect((await post('approver', `/admin/faqs/${faqId}`, 'faqs.publish', { faqId })).status).toBe(303);
    await eventually('/faqs').toContain('Is my money safe?');
    expect(await read('/faqs')).toContain('id="general-about-you"');
  });

  test('a component’s status is on the page as soon as it is set', async () => {
    await post('editor', '/admin/components', 'components.add', {
      name: 'Deposits',
      description: '',
      groupId: '',
    });
    const componentId =
      /\/admin\/components\/([a-z0-9]{12})"[^>]*>\s*Deposits/.exec(
        await read('/admin/components', 'viewer'),
      )?.[1] ?? '';
    const set = { componentId, status: 'major_outage' };
    expect((await post('editor', '/admin/components', 'components.setStatus', set)).status).toBe(303);
    await eventually('/').toMatch(/Deposits[\s\S]*Major outage/);
  });
});

test('the desk says why nothing is sent and what to do, for as long as it is so', async () => {
  const { db } = site.app;
  const reason = 'The API key is not valid.';
  const stop = { stopped: true, reason };
  await db
    .insert(senderGate)
    .values({ id: 1, ...stop })
    .onConflictDoUpdate({ target: senderGate.id, set: stop });
  const stopped = await read('/admin', 'viewer');
  expect(stopped).toContain('Sending is stopped');
  expect(stopped).toContain(reason);
  await db.update(senderGate).set({ stopped: false, reason: null });
  expect(await read('/admin', 'viewer')).not.toContain('Sending is stopped');
});

test('a megabyte of text is refused with a sentence, and kept in the form', async () => {
  const answer = `${'All of it. '.repeat(100_000)}The end.`;
  const fields = { category: 'A', incidentId: '', question: 'How much?', answer };
  const refused = await post('editor', '/admin/faqs/new', 'faqs.draft', fields);
  const page = await refused.text();
  expect([refused.status, page.includes('Use 10,000 characters at most.')]).toEqual([400, true]);
  expect(page.includes('All of it. The end.</textarea>')).toBe(true);
  expect(page.length).toBeGreaterThan(answer.length);
  expect(await read('/admin/faqs', 'editor')).not.toContain('How much?');
});
