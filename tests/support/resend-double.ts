import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerJson, refuse } from './resend-double/answers.ts';
import { createFaults } from './resend-double/faults.ts';
import { take } from './resend-double/hand-over.ts';
import { createKeys } from './resend-double/keys.ts';
import { createRate } from './resend-double/rate.ts';
import type { ReceivedRequest, ResendDouble, ResendDoubleOptions, State } from './resend-double/types.ts';

export type { LedgerEntry, ResendDouble, ResendDoubleOptions } from './resend-double/types.ts';

const BODY_BYTES_MAX = 40_000_000;

/**
 * Resend on the loopback: `POST /emails`, `POST /emails/batch` and `GET /emails/:id` as its documentation has them, but
 * it takes only what this product may send: known fields, and one recipient.
 */
export async function startResendDouble(options: ResendDoubleOptions = {}): Promise<ResendDouble> {
  const faults = createFaults(options);
  const keys = createKeys(options.keyLifetimeMs === undefined ? {} : { lifetimeMs: options.keyLifetimeMs });
  const rate = createRate(options.requestsPerSecond === undefined ? 10 : options.requestsPerSecond);
  const state: State = {
    options,
    faults,
    keys,
    rate,
    ledger: [],
    requests: [],
    violations: [],
    byId: new Map(),
  };
  const server = createServer((request, response) => {
    answer(state, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { ledger, requests, violations } = state;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ledger,
    requests,
    violations,
    faults,
    expireKeys: () => keys.expire(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? '';
  const path = request.url ?? '';
  const body = await bodyOf(request);
  const key = request.headers['idempotency-key'];
  const entry: ReceivedRequest = {
    at: performance.now(),
    method,
    path,
    messages: 0,
    status: 0,
    idempotencyKey: typeof key === 'string' ? key : undefined,
  };
  state.requests.push(entry);
  response.once('finish', () => (entry.status = response.statusCode));

  const verdict = state.rate.check();
  for (const [name, value] of Object.entries(verdict.headers)) response.setHeader(name, value);
  if (!verdict.allowed) return refuse(response, 429, 'rate_limit_exceeded');
  const given = request.headers.authorization;
  if (!given?.startsWith('Bearer ')) return refuse(response, 401, 'missing_api_key');
  if (state.options.apiKey !== undefined && given !== `Bearer ${state.options.apiKey}`) {
    return refuse(response, 403, 'invalid_api_key');
  }

  if (path !== '/emails' && path !== '/emails/batch') return find(state, method, path, response);
  if (method !== 'POST') return refuse(response, 405, 'method_not_allowed');
  await take(state, { path, body, request, entry }, response);
}

function find(state: State, method: string, path: string, response: ServerResponse): void {
  const id = /^\/emails\/([^/]+)$/.exec(path)?.[1];
  const entry = id === undefined ? undefined : state.byId.get(id);
  if (!entry) return refuse(response, 404, 'not_found');
  if (method !== 'GET') return refuse(response, 405, 'method_not_allowed');
  const { providerId, to, subject, tags } = entry;
  const listed = Object.entries(tags).map(([name, value]) => ({ name, value }));
  answerJson(response, 200, {
    object: 'email',
    id: providerId,
    to: [to],
    cc: [],
    bcc: [],
    subject,
    tags: listed,
    last_event: 'delivered',
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new Error('The body is larger than this provider takes.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
