import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadDemonstration, type DemonstrationPeople } from '#db/demo/load.ts';
import { openApp, type App } from '#src/app.ts';
import { listBroadcasts } from '#src/domain/broadcasts/queries.ts';
import { answerExposure } from '#src/domain/exposures/answers.ts';
import { findListFacts } from '#src/domain/exposures/queries.ts';
import { findPublishedIncident } from '#src/domain/incidents/queries.ts';
import { openLog } from '#src/log.ts';
import { readSettings, localFallbacks } from '#src/settings.ts';
import { mailbox } from '#tests/support/story.ts';

const folder = mkdtempSync(join(tmpdir(), 'forthright-demo-'));
const settings = readSettings({
  ...localFallbacks,
  DATA_DIR: join(folder, 'data'),
  KEYS_DIR: join(folder, 'keys'),
});
const said: string[] = [];
let people: DemonstrationPeople;
let app: App;
beforeAll(async () => {
  people = await loadDemonstration(settings, (line) => said.push(line));
  app = await openApp(settings, { log: openLog('silent') });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

const incident = async () => {
  const found = await findPublishedIncident(app.db, 'visible-recipients');
  if (!found) throw new Error('There is no incident.');
  return found;
};

describe('the demonstration', () => {
  test('says what it loads', () => {
    expect(said.join('\n')).toMatch(/20 leaked messages.*19,\d{3} addresses.*17,\d{3} of them/);
  });

  test('has a list in force of everybody exposed, about 15 % with a name', async () => {
    const facts = await findListFacts(app.db, (await incident()).id);
    expect(facts).toMatchObject({ version: 1, state: 'closed' });
    expect(facts?.exposedAddresses).toBeGreaterThan(17_000);
  });

  test.each([
    ['exposed', 'exposed'],
    ['notExposed', 'not_exposed'],
  ] as const)('answers its %s customer so', async (who, verdict) => {
    const address = { id: 'one', address: mailbox(people[who]), provenAt: new Date() };
    const customer = { id: 'somebody', addresses: [address] };
    const answer = await answerExposure(app.db, app.keys, customer, address, await incident());
    expect(answer.verdict).toBe(verdict);
  });

  test('has two broadcasts released, a duty and an update, and nothing sent before the worker runs', async () => {
    const broadcasts = await listBroadcasts(app.db);
    expect(broadcasts.map(({ purpose, state }) => `${purpose} ${state}`).sort()).toEqual([
      'duty approved',
      'update approved',
    ]);
  });

  test('has staff with a second factor, by name, role and secret', () => {
    expect(people.staff.map(({ role }) => role)).toEqual(['owner', 'approver']);
    for (const { totpSecret } of people.staff) expect(totpSecret).toMatch(/^[A-Z2-7]{32}$/);
  });
});
