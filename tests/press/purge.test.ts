import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLog } from '#src/log.ts';
import { openPurger } from '#src/press/purge.ts';

type Call = { authorization: string | undefined; body: unknown };

let server: Server;
let url: string;
let calls: Call[];
let statuses: number[];
let logged: string[];
beforeEach(async () => {
  calls = [];
  statuses = [];
  logged = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      calls.push({ authorization: request.headers.authorization, body: JSON.parse(text) });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/purge`;
});
afterEach(() => void server.close());

const open = () =>
  openPurger({ url, token: 'hunter2', retryMs: 5, log: openLog('debug', (line) => logged.push(line)) });

describe('the call to the CDN', () => {
  test('names what has changed, with the token as bearer', async () => {
    const purger = open();
    purger.purge(['statements', 'statement:what-happened', 'today']);
    await expect
      .poll(() => calls)
      .toEqual([
        { authorization: 'Bearer hunter2', body: { tags: ['statements', 'statement-what-happened'] } },
      ]);
    await purger.close();
  });

  test('is repeated when it fails, with what has come meanwhile sent after it', async () => {
    statuses = [500, 503];
    const purger = open();
    purger.purge(['incidents']);
    purger.purge(['faqs']);
    await expect
      .poll(() => calls.map(({ body }) => body))
      .toEqual([
        { tags: ['incidents'] },
        { tags: ['incidents'] },
        { tags: ['incidents'] },
        { tags: ['faqs'] },
      ]);
    await purger.close();
  });

  test('is given up in the end, and said without the token or the address', async () => {
    statuses = [401, 401, 401, 401, 401];
    const purger = open();
    purger.purge(['incidents']);
    await expect.poll(() => logged.join('\n')).toContain('cdn_not_purged');
    expect(calls).toHaveLength(5);
    expect(logged.join('\n')).not.toMatch(/hunter2|127\.0\.0\.1/);
    purger.purge(['faqs']);
    await expect.poll(() => calls).toHaveLength(6);
    await purger.close();
  });

  test('is not made for nothing', async () => {
    const purger = open();
    purger.purge([]);
    purger.purge(['today']);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(calls).toEqual([]);
    await purger.close();
  });
});
