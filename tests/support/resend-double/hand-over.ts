import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerHtml, answerJson, answerTruncated, refuse } from './answers.ts';
import type { ResendFault } from './faults.ts';
import { faultInMessage, type ReceivedMessage } from './rules.ts';
import type { LedgerEntry, ReceivedRequest, State } from './types.ts';

const BATCH_MAX = 100;

/** One POST, read and let through by the rate and the key. */
export type HandOver = { path: string; body: string; request: IncomingMessage; entry: ReceivedRequest };

/** Accepts every message of a request or none, and answers, with the fault whose turn it is. */
export async function take(state: State, handOver: HandOver, response: ServerResponse): Promise<void> {
  const fault = state.faults.take();
  if (fault !== undefined && failsBefore(fault, response)) return;

  const key = handOver.entry.idempotencyKey;
  if (key === undefined) return violation(state, response, 'A hand-over has no Idempotency-Key.');
  if (key.length < 1 || key.length > 256) return refuse(response, 400, 'invalid_idempotency_key');
  const use = state.keys.use(key, handOver.body);
  if (use.state === 'running') return refuse(response, 409, 'concurrent_idempotent_requests');
  if (use.state === 'other body') return refuse(response, 409, 'invalid_idempotent_request');
  if (use.state === 'replay') return deliverAnswer(fault, use.answer, response);

  const messages = messagesIn(handOver);
  if (typeof messages === 'string') {
    use.release();
    return violation(state, response, messages);
  }
  handOver.entry.messages = messages.length;
  const index = messages.findIndex((message) => state.faults.refused.has(message.to[0]));
  if (index !== -1) {
    use.release();
    const naming = state.faults.namesRefused ? { errors: [{ index }] } : {};
    return refuse(response, 422, 'validation_error', naming);
  }
  const ids = messages.map((message, position) => ({ id: accept(state, message, key, position) }));
  const result = handOver.path === '/emails' ? ids[0] : { data: ids };
  if (state.faults.delayMs > 0) await sleep(state.faults.delayMs);
  use.settle(result);
  return deliverAnswer(fault, result, response);
}

/** True when it has answered, or cut the line, and nothing is accepted. */
function failsBefore(fault: ResendFault, response: ServerResponse): boolean {
  if (typeof fault === 'object') answerJson(response, fault.status, fault.body, fault.headers);
  else if (fault === 'drop before accepting') response.destroy();
  else if (fault === '500 before accepting') refuse(response, 500, 'internal_server_error');
  else if (fault === 'html before accepting') answerHtml(response, 502);
  else if (fault === 'rate limit') refuse(response, 429, 'rate_limit_exceeded', {}, { 'retry-after': '1' });
  else return false;
  return true;
}

function deliverAnswer(fault: ResendFault | undefined, result: unknown, response: ServerResponse): void {
  if (fault === 'drop after accepting') response.destroy();
  else if (fault === '500 after accepting') refuse(response, 500, 'internal_server_error');
  else if (fault === 'html after accepting') answerHtml(response, 200);
  else if (fault === 'truncated after accepting') answerTruncated(response, result);
  else if (fault !== 'silence') answerJson(response, 200, result);
}

/** The messages, or what is wrong with them. */
function messagesIn({ path, body, request }: HandOver): ReceivedMessage[] | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return 'The body is not JSON.';
  }
  const batch = path === '/emails/batch';
  const validation = request.headers['x-batch-validation'];
  if (batch && validation !== 'strict') return 'A batch must ask for strict validation.';
  if (batch !== Array.isArray(parsed)) return 'The body does not fit the call.';
  const messages = batch ? (parsed as unknown[]) : [parsed];
  if (messages.length < 1 || messages.length > BATCH_MAX) return `A batch has 1 to ${BATCH_MAX} messages.`;
  const fault = messages.map(faultInMessage).find((found) => found !== undefined);
  if (fault !== undefined) return fault;
  const received = messages as ReceivedMessage[];
  const recipients = new Set(
    received.map((message) => message.to[0].replace(/[A-Z]/g, (letter) => letter.toLowerCase())),
  );
  return recipients.size === received.length ? received : 'Two messages of a batch have the same recipient.';
}

function accept(state: State, message: ReceivedMessage, idempotencyKey: string, position: number): string {
  const entry: LedgerEntry = {
    providerId: randomUUID(),
    to: message.to[0],
    subject: message.subject,
    tags: Object.fromEntries(message.tags.map(({ name, value }) => [name, value])),
    idempotencyKey,
    position,
    ...(state.options.keepMessages === false ? {} : { message }),
  };
  state.ledger.push(entry);
  state.byId.set(entry.providerId, entry);
  return entry.providerId;
}

function violation(state: State, response: ServerResponse, what: string): void {
  state.violations.push(what);
  refuse(response, 422, 'validation_error', { message: what });
}
