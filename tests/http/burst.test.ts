import { Agent, request } from 'node:http';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

const READERS = 1000;

let site: TestSite;
let story: Story;
beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  const statement = `${site.url}/statements/${story.statementSlug}`;
  await vi.waitFor(async () => expect((await fetch(statement)).status).toBe(200), { timeout: 30_000 });
}, 240_000);
afterAll(() => site.close());

const renderings = () => site.logged.filter((line) => line.includes('"document_rendered"')).length;

/** The press has nothing to do: what it is told of last is rendered. */
async function quiet(): Promise<void> {
  for (let before = -1; before !== renderings();) {
    before = renderings();
    await new Promise((resolve) => setTimeout(resolve, 2500));
  }
}

function ask(path: string, agent: Agent): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    request(`${site.url}${path}`, { agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    })
      .on('error', reject)
      .end();
  });
}

test('a thousand readers of a page that nobody has read make it be rendered once', async () => {
  await quiet();
  const before = renderings();
  const path = `/statements/${story.statementSlug}/revisions/1`;
  const agent = new Agent({ maxSockets: READERS });
  const answers = await Promise.all(Array.from({ length: READERS }, () => ask(path, agent)));
  agent.destroy();
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(answers[0]?.text).toContain('Revision 1');
  expect(renderings() - before).toBe(1);
}, 120_000);
