import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operator } from '#src/domain/actors.ts';
import { applyExposureList, closeExposureList } from '#src/domain/exposures/commands.ts';
import { findWatchedImport, listWatchedImports } from '#src/domain/exposures/import/watching/queries.ts';
import { listExposureLists } from '#src/domain/exposures/queries.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { newId } from '#src/text/ids.ts';
import { setUpStaff, signedInCustomer } from '#tests/support/people.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';

let site: TestSite;
let editor: string;
let approver: string;
let viewer: string;

beforeAll(async () => {
  site = await startSite({ variables: { WORKER: 'off' } });
  viewer = await cookieOf('viewer');
  editor = await cookieOf('editor');
  approver = await cookieOf('approver');
});
afterAll(() => site.close());

async function cookieOf(role: 'viewer' | 'editor' | 'approver', address = `${role}@harbourline.example`) {
  const { db, keys, now } = site.app;
  const { sessionToken } = await setUpStaff(db, keys, { role, address }, now());
  return `forthright-staff=${sessionToken}`;
}

async function publicIncident(title: string): Promise<{ id: string; slug: string }> {
  const { db, now } = site.app;
  const incident = await openIncident(db, operator, { title, nature: 'data', impact: 'major' }, now());
  const update = {
    incidentId: incident.id,
    status: 'investigating',
    body: 'We are looking into it.',
  } as const;
  await postIncidentUpdate(db, operator, update, now());
  return incident;
}

type Form = Record<string, string>;
type File = { field: string; name: string; content: string };

/** The form of the upload, in the order in which a page sends it. Ends with the answer: by then everything has arrived. */
function send(cookie: string, fields: Form, files: readonly File[]): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  for (const { field, name, content } of files) form.append(field, new Blob([content]), name);
  return fetch(`${site.url}/admin/exposures/upload`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Sec-Fetch-Site': 'same-origin', Cookie: cookie },
    body: form,
  });
}

/** The same, and where it was led to once its work is done. */
async function upload(cookie: string, fields: Form, files: readonly File[]) {
  const answer = await send(cookie, fields, files);
  const location = answer.headers.get('location') ?? '';
  if (location.startsWith(IMPORTS)) await ended(location);
  return answer;
}

const IMPORTS = '/admin/exposures/imports/';

/** Waits until an import's page says how it ended, and gives that page. */
async function ended(location: string, cookie = editor): Promise<string> {
  let page = '';
  await expect
    .poll(async () => (page = await (await get(location, cookie)).text()), { timeout: 20_000 })
    .not.toContain('data-watch');
  return page;
}

const stateOf = async (location: string) =>
  (await findWatchedImport(site.app.db, location.slice(IMPORTS.length), site.app.now()))?.state;

const fieldsFor = (slug: string): Form => ({
  incident: slug,
  newTitle: '',
  seal: 'until',
  sealUntil: soon(),
});
const soon = () => new Date(site.app.now().getTime() + 30 * 86_400_000).toISOString().slice(0, 10);
const nothing: File = { field: 'delivery', name: '', content: '' };
const mailing = (content: string, name = 'leak.csv'): File => ({ field: 'mailing', name, content });

const get = (path: string, cookie: string) =>
  fetch(`${site.url}${path}`, { redirect: 'manual', headers: { Cookie: cookie } });

function act(path: string, action: string, cookie: string, fields: Form): Promise<Response> {
  return fetch(`${site.url}${path}?_action=exposures.${action}`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'Sec-Fetch-Site': 'same-origin',
      Cookie: cookie,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(fields),
  });
}

const listsOf = async (incidentId: string) => listExposureLists(site.app.db, incidentId);

describe('An upload', () => {
  test('leads to its import’s page, which says what it came to and leads to the list', async () => {
    const { id, slug } = await publicIncident('A first leak');
    const answer = await upload(editor, fieldsFor(slug), [
      { field: 'delivery', name: 'd.csv', content: 'address,delivered\nbo@example.com,bounced\n' },
      mailing('address\nada.lovelace@example.com\nbo@example.com\n'),
    ]);
    expect(answer.status).toBe(303);
    const [list] = await listsOf(id);
    expect(answer.headers.get('location')).toBe(`/admin/exposures/imports/${list?.id}`);
    const result = await ended(answer.headers.get('location') ?? '', viewer);
    expect(result).toContain('Imported as version 1, a draft that answers nobody yet.');
    expect(result).toContain(`href="/admin/exposures/${list?.id}"`);
    expect(result).not.toContain('lovelace');
    expect(list).toMatchObject({ state: 'draft', report: { exposedAddresses: 2, bounced: 1, sealed: 2 } });
    const page = await (await get(`/admin/exposures/${list?.id}`, editor)).text();
    expect(page).toContain('exposed and containing a name (50%)');
    expect(page).not.toContain('lovelace');
    expect(await (await get('/admin/exposures', viewer)).text()).toContain('A first leak');
  });

  test('of the same files again says so and changes nothing', async () => {
    const { id, slug } = await publicIncident('A second leak');
    const file = mailing('address\na@example.com\n');
    await upload(editor, fieldsFor(slug), [nothing, file]);
    const again = await upload(editor, fieldsFor(slug), [nothing, file]);
    expect(await ended(again.headers.get('location') ?? '')).toContain('already imported, as version 1');
    expect(await listsOf(id)).toHaveLength(1);
  });

  test('with refused lines shows them by number, reason and masked, on its import’s page alone', async () => {
    const { id, slug } = await publicIncident('A third leak');
    const answer = await upload(editor, fieldsFor(slug), [
      nothing,
      mailing('address\na@example.com\nsecret.person@@example.com\n'),
    ]);
    const location = answer.headers.get('location') ?? '';
    expect((await get(location, editor)).headers.get('cache-control')).toContain('no-store');
    const page = await ended(location);
    expect(page).toContain('it has more than one @');
    expect(page).toContain('s***@example.com');
    expect(page).not.toContain('secret.person');
    const [list] = await listsOf(id);
    expect(await (await get(`/admin/exposures/${list?.id}`, editor)).text()).not.toContain('s***');
  });

  test('that is only to be checked is counted and stored nowhere', async () => {
    const { id, slug } = await publicIncident('A fourth leak');
    const answer = await upload(editor, { ...fieldsFor(slug), dryRun: 'on' }, [
      nothing,
      mailing('address\na@example.com\n'),
    ]);
    expect(await ended(answer.headers.get('location') ?? '')).toContain('nothing was stored');
    expect(await listsOf(id)).toEqual([]);
  });

  test('can open a new incident, which stays unpublished', async () => {
    const fields = { ...fieldsFor('+'), newTitle: 'A leak found today' };
    const answer = await upload(editor, fields, [nothing, mailing('address\na@example.com\n')]);
    expect(answer.status).toBe(303);
    const [, listId = ''] =
      /href="(\/admin\/exposures\/[a-z0-9]{12})"/.exec(await ended(answer.headers.get('location') ?? '')) ??
      [];
    expect(await (await get(listId, editor)).text()).toContain('Not public yet');
    const again = await upload(editor, fields, [nothing, mailing('address\nb@example.com\n')]);
    expect(again.status).toBe(422);
    expect(await again.text()).toContain('an incident of this title already');
  });

  test.each([
    ['no file', {}, [nothing], 'No file was chosen'],
    [
      'no title',
      { incident: '+' },
      [nothing, mailing('address\na@example.com\n')],
      'Give the new incident a title',
    ],
    ['no incident', { incident: '' }, [nothing, mailing('address\na@example.com\n')], 'Choose an incident'],
    ['no day', { sealUntil: '' }, [nothing, mailing('address\na@example.com\n')], 'Give a day'],
    [
      'a day of the past',
      { sealUntil: '2001-01-01' },
      [nothing, mailing('address\na@example.com\n')],
      'in the future',
    ],
  ])(
    'with %s comes back with the form, what was typed, and what is wrong',
    async (name, over, files, problem) => {
      const { id, slug } = await publicIncident(`A leak with ${name}`);
      const answer = await upload(editor, { ...fieldsFor(slug), ...over }, files);
      expect(answer.status).toBe(422);
      const page = await answer.text();
      expect(page).toContain(problem);
      expect(page).toContain('enctype="multipart/form-data"');
      expect(await listsOf(id)).toEqual([]);
    },
  );

  test('with a bad file is refused on its import’s page, also when it is large', async () => {
    const { id, slug } = await publicIncident('A large leak');
    const large = `name\n${'x'.repeat(79)}\n`.repeat(100_000);
    const answer = await upload(editor, fieldsFor(slug), [nothing, mailing(large)]);
    expect(answer.status).toBe(303);
    const page = await ended(answer.headers.get('location') ?? '');
    expect(page).toContain('leak.csv, line 1');
    expect(page).toContain('no column');
    expect(page).toContain('href="/admin/exposures/new"');
    expect(await listsOf(id)).toEqual([]);
  });

  test('is for editors, of this site, and never for nobody', async () => {
    const { id, slug } = await publicIncident('A leak for nobody');
    const file = mailing('address\na@example.com\n');
    const refused = await upload(viewer, fieldsFor(slug), [nothing, file]);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('the role editor');
    expect((await upload('', fieldsFor(slug), [nothing, file])).status).not.toBe(303);
    const foreign = await fetch(`${site.url}/admin/exposures/upload`, {
      method: 'POST',
      headers: { 'Sec-Fetch-Site': 'cross-site', Cookie: editor },
      body: new FormData(),
    });
    expect(foreign.status).toBe(403);
    expect(await listsOf(id)).toEqual([]);
    expect((await get('/admin/exposures/upload', editor)).headers.get('location')).toBe(
      '/admin/exposures/new',
    );
  });

  test('of several files names each with its size, and hides an address in a name', async () => {
    const { slug } = await publicIncident('A leak of files');
    const answer = await upload(editor, fieldsFor(slug), [
      nothing,
      mailing('address\na@example.com\n', 'one.csv'),
      mailing('address\nb@example.com\n', 'bo@example.com.csv'),
    ]);
    const id = (answer.headers.get('location') ?? '').slice(IMPORTS.length);
    const watched = await findWatchedImport(site.app.db, id, site.app.now());
    expect(watched?.files).toEqual([
      { name: 'one.csv', bytes: 22 },
      { name: '(address)', bytes: 22 },
    ]);
    expect(await (await get('/admin/exposures', viewer)).text()).toContain(`${IMPORTS}${id}`);
  });
});

/** A form that is sent as slowly as the test says. `importId` is chosen before, as a script does. */
function slowUpload(slug: string, cookie = editor, url = site.url) {
  const importId = newId();
  const boundary = 'x-boundary';
  const part = (name: string, value: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const fields = Object.entries({ ...fieldsFor(slug), importId }).map(([name, value]) => part(name, value));
  const file = `--${boundary}\r\nContent-Disposition: form-data; name="mailing"; filename="leak.csv"\r\nContent-Type: text/csv\r\n\r\naddress\n`;
  const sending = request(`${url}/admin/exposures/upload`, {
    method: 'POST',
    headers: {
      'Content-Type': `multipart/form-data; boundary=${boundary}`,
      'Transfer-Encoding': 'chunked',
      'Sec-Fetch-Site': 'same-origin',
      Cookie: cookie,
    },
  });
  sending.on('error', () => {});
  const answered = new Promise<{ status: number | undefined; location: string }>((resolve) =>
    sending.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode, location: response.headers.location ?? '' });
    }),
  );
  sending.write(fields.join('') + file);
  return {
    location: `${IMPORTS}${importId}`,
    answered,
    lines(count: number) {
      const line = (_: unknown, index: number) => `person${index}@example.com\n`;
      sending.write(Array.from({ length: count }, line).join(''));
    },
    end: () => sending.end(`\r\n--${boundary}--\r\n`),
    leave: () => sending.destroy(),
  };
}

describe('An upload under way', () => {
  const pageOf = async (location: string, cookie = editor) => (await get(location, cookie)).text();

  async function underWay(title: string) {
    const { id, slug } = await publicIncident(title);
    const sending = slowUpload(slug);
    sending.lines(3000);
    await expect.poll(() => pageOf(sending.location), { timeout: 10_000 }).toContain('3,000 rows');
    return { ...sending, incidentId: id, slug };
  }

  test('shows its phase, rows and file on a page that renews itself, or stands still when asked', async () => {
    const one = await underWay('A leak that is watched');
    const answer = await get(one.location, viewer);
    expect(answer.headers.get('refresh')).toBe(`2; url=${one.location}`);
    const page = await answer.text();
    expect(page).toContain('Reading the files');
    expect(page).toContain('leak.csv');
    expect(page).toMatch(/<progress[^>]+aria-label/);
    expect(page).not.toContain('Cancel the import');
    expect(page).not.toContain('person1');
    expect((await get(`${one.location}?refresh=off`, editor)).headers.get('refresh')).toBeNull();
    expect((await get(`${one.location}?live`, editor)).headers.get('refresh')).toBeNull();
    expect(await pageOf('/admin/exposures')).toContain('Receiving');
    one.leave();
    await ended(one.location);
  });

  test('is cancelled by leaving in the middle: nothing is left of it', async () => {
    const one = await underWay('A leak cancelled');
    one.leave();
    expect(await ended(one.location)).toContain('before everything had arrived');
    expect(await stateOf(one.location)).toBe('cancelled');
    expect(await listsOf(one.incidentId)).toEqual([]);
    // The same person can go on at once.
    const answer = await upload(editor, fieldsFor(one.slug), [nothing, mailing('address\na@example.com\n')]);
    expect(await ended(answer.headers.get('location') ?? '')).toContain('Imported as version 1');
  });

  test('once received goes on without whoever sent it', async () => {
    const one = await underWay('A leak that goes on');
    for (let sent = 0; sent < 20; sent += 1) one.lines(3000);
    one.end();
    expect(await one.answered).toEqual({ status: 303, location: one.location });
    // Nobody asks for the page, and nobody holds a connection.
    one.leave();
    await expect.poll(() => stateOf(one.location), { timeout: 20_000 }).toBe('done');
    expect(await listsOf(one.incidentId)).toHaveLength(1);
  });

  test('is cancelled by a button, for its starter and for an approver, and for nobody else', async () => {
    const other = await cookieOf('editor', 'other@harbourline.example');
    const one = await underWay('A leak with a button');
    const importId = one.location.slice(IMPORTS.length);
    expect(await pageOf(one.location, other)).not.toContain('Cancel the import');
    for (const cookie of [other, viewer]) {
      expect((await act(one.location, 'cancelImport', cookie, { importId })).status).toBe(403);
    }
    expect((await act(one.location, 'cancelImport', '', { importId })).status).not.toBe(303);
    expect(await stateOf(one.location)).toBe('receiving');
    expect(await pageOf(one.location, approver)).toContain('Cancel the import');
    expect(await pageOf(one.location)).toContain('Cancel the import');
    const cancelled = await act(one.location, 'cancelImport', editor, { importId });
    expect([cancelled.status, cancelled.headers.get('location')]).toEqual([303, one.location]);
    expect(await pageOf(one.location)).toContain('Cancelled by ');
    expect(await listsOf(one.incidentId)).toEqual([]);
    one.end();
    expect(await one.answered).toEqual({ status: 303, location: one.location });
  });

  test('is one of several at once, each with its own page', async () => {
    const [one, two] = [await underWay('A leak beside'), await underWay('Another leak beside')];
    two.lines(10);
    two.end();
    await ended(two.location);
    expect([await stateOf(one.location), await stateOf(two.location)]).toEqual(['receiving', 'done']);
    one.end();
    await ended(one.location);
    expect(await stateOf(one.location)).toBe('done');
    expect((await listWatchedImports(site.app.db, site.app.now())).length).toBeGreaterThan(2);
  });

  test('that does not exist is a 404, and a form for it is refused', async () => {
    expect((await get(`${IMPORTS}abcdefghijkl`, viewer)).status).toBe(404);
    const refused = await act(`${IMPORTS}abcdefghijkl`, 'cancelImport', editor, { importId: 'abcdefghijkl' });
    expect(refused.status).toBe(404);
  });
});

describe('A site that is stopped', () => {
  test('gives up the upload under way, cleanly, and is not held up by who sends it', async () => {
    const other = await startSite({ variables: { WORKER: 'off' } });
    const { db, keys, now } = other.app;
    const { sessionToken } = await setUpStaff(
      db,
      keys,
      { role: 'editor', address: 'e@harbourline.example' },
      now(),
    );
    const incident = { title: 'A leak', nature: 'data', impact: 'major' } as const;
    const { slug } = await openIncident(db, operator, incident, now());
    const one = slowUpload(slug, `forthright-staff=${sessionToken}`, other.url);
    one.lines(3000);
    const imports = async () => listWatchedImports(db, now());
    await expect.poll(async () => (await imports())[0]?.figures?.rows, { timeout: 10_000 }).toBe(3000);
    const startedAt = performance.now();
    await other.close();
    expect(performance.now() - startedAt).toBeLessThan(12_000);
    const ended = other.logged.filter((line) => line.includes('import_ended'));
    expect(ended).toHaveLength(1);
    expect(ended[0]).toContain('"state":"failed"');
    expect(other.logged.join('\n')).not.toContain('@');
  }, 40_000);
});

describe('A list’s page', () => {
  test('lets another person put it in force and close it, and nobody who imported it', async () => {
    const { id, slug } = await publicIncident('A leak of two people');
    const csv = mailing('address\nada.lovelace@example.com\n');
    await upload(approver, fieldsFor(slug), [nothing, csv]);
    const [own] = await listsOf(id);
    const here = `/admin/exposures/${own?.id}`;
    expect(await (await get(here, approver)).text()).toContain('Another person puts this list in force');
    const refused = await act(here, 'apply', approver, { listId: own?.id ?? '' });
    expect(await refused.text()).toContain('another person has to put it in force');
    expect((await listsOf(id))[0]).toMatchObject({ state: 'draft' });

    const other = await publicIncident('A leak of one person');
    await upload(editor, fieldsFor(other.slug), [nothing, csv]);
    const [list] = await listsOf(other.id);
    const there = `/admin/exposures/${list?.id}`;
    expect((await act(there, 'apply', editor, { listId: list?.id ?? '' })).status).toBe(403);
    expect(await (await get(there, approver)).text()).toContain('Put this list in force');
    const applied = await act(there, 'apply', approver, { listId: list?.id ?? '' });
    expect([applied.status, applied.headers.get('location')]).toEqual([303, `${there}?done=applied`]);
    const closed = await act(there, 'close', approver, { listId: list?.id ?? '' });
    expect([closed.status, closed.headers.get('location')]).toEqual([303, `${there}?done=closed`]);
    expect((await listsOf(other.id))[0]).toMatchObject({ state: 'closed' });
  });

  test('that does not exist is a 404', async () => {
    expect((await get('/admin/exposures/nothing', viewer)).status).toBe(404);
  });
});

describe('A person’s answers', () => {
  async function customerOf(address: string): Promise<string> {
    const { db, keys, now } = site.app;
    const { sessionToken } = await signedInCustomer(db, keys, address, now());
    return `forthright=${sessionToken}`;
  }

  test('are told to them alone, and stay until they have read them', async () => {
    const { id, slug } = await publicIncident('The leak of the answers');
    const csv =
      'address,batch,delivered,Password reset\nmara.lindqvist@example.com,1,yes,3 November\nbo@example.com,1,yes,\nstopped@example.com,2,stopped,\n';
    await upload(editor, fieldsFor(slug), [nothing, mailing(csv)]);
    const [list] = await listsOf(id);
    const { db, now } = site.app;
    await applyExposureList(db, operator, list?.id ?? '', now());
    const mara = await customerOf('Mara.Lindqvist@example.com');
    const zoe = await customerOf('zoe@example.com');
    const eve = await customerOf('stopped@example.com');
    const pageOf = async (cookie: string) => cardOf(await (await get('/my', cookie)).text());

    expect(await pageOf(zoe)).toMatch(/We do not know yet.*To be safe, distrust mail/);
    await closeExposureList(db, operator, list?.id ?? '', now());
    const exposed = await pageOf(mara);
    for (const words of [
      'was shown to other people',
      '1 other address',
      'Password reset',
      '3 November',
      'looks like a name',
    ]) {
      expect(exposed).toContain(words);
    }
    expect(exposed).not.toContain('bo@example.com');
    const notExposed = await pageOf(zoe);
    expect(notExposed).toContain('Your address was not shown');
    expect(notExposed).not.toContain('3 November');
    expect(notExposed).not.toContain('To be safe');
    expect(await pageOf(eve)).toContain('stopped before anything left');

    const response = await get('/my', mara);
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    const html = await response.text();
    const addressId = /name="addressId" value="([^"]+)"/.exec(html)?.[1] ?? '';
    const foreign = await act('/my', 'acknowledge', zoe, { addressId, listId: list?.id ?? '' });
    expect(foreign.status).toBe(404);
    const read = await act('/my', 'acknowledge', mara, { addressId, listId: list?.id ?? '' });
    expect([read.status, read.headers.get('location')]).toEqual([303, '/my?done=read']);
    expect(await (await get('/my', mara)).text()).toContain('You said that you have read this');
    expect(site.logged.join('\n')).not.toMatch(/lindqvist|zoe@|stopped@/i);

    function cardOf(page: string): string {
      const cards = page
        .split('<article')
        .slice(1)
        .filter((card) => card.includes('The leak of the answers'));
      return (cards[0] ?? '').replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
    }
  });

  test('say that they are unavailable when the key is gone, and never that somebody was not exposed', async () => {
    const { id, slug } = await publicIncident('The leak without a key');
    await upload(editor, fieldsFor(slug), [nothing, mailing('address\nada@example.com\n')]);
    const [list] = await listsOf(id);
    const { db, keys, now } = site.app;
    await applyExposureList(db, operator, list?.id ?? '', now());
    await closeExposureList(db, operator, list?.id ?? '', now());
    keys.destroy(`exposure-${id}`, 1);
    for (const address of ['ada@example.com', 'cy@example.com']) {
      const page = await (await get('/my', await customerOf(address))).text();
      const card =
        page
          .split('<article')
          .slice(1)
          .find((part) => part.includes('The leak without a key')) ?? '';
      expect(card).toContain('We cannot answer right now');
      expect(card).toContain('This says nothing about your address');
      expect(card).toContain('To be safe, distrust mail');
    }
    expect(site.logged.some((line) => line.includes('answer_unavailable'))).toBe(true);
  });

  test('are for signed-in people only', async () => {
    const answer = await get('/my', '');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sign-in']);
  });
});
