import { Resend } from 'resend';

export type ResendEvent = {
  /** `svix-id`: the same for every repeat of one event. Remember it, and a replay is harmless. */
  id: string;
  kind: 'delivered' | 'bounced' | 'complained' | 'failed' | 'suppressed' | 'other';
  /** Resend's id of the message; absent where the event is about something else. */
  providerId?: string;
  /** Only of a bounce: the mailbox does not exist or never accepts. */
  permanent?: boolean;
  at: Date;
  /** The tags that the message was sent with. */
  tags: Readonly<Record<string, string>>;
};

export type ReadResendEvent = { ok: true; event: ResendEvent } | { ok: false; reason: string };

const WINDOW_SECONDS = 300;
const TAGS_MAX = 50;

/** https://resend.com/docs/webhooks/emails: what is not named here is recorded as `other` and acted on by nobody. */
const KINDS = new Map<unknown, ResendEvent['kind']>([
  ['email.delivered', 'delivered'],
  ['email.bounced', 'bounced'],
  ['email.complained', 'complained'],
  ['email.failed', 'failed'],
  ['email.suppressed', 'suppressed'],
]);

/**
 * Verifies a webhook over its raw body and says what happened to which message. Refuses what is older or newer than five
 * minutes. Never throws, whatever is sent; no address is carried on. Events come in any order.
 */
export function readResendEvent(
  { rawBody, headers, secret }: { rawBody: string; headers: Pick<Headers, 'get'>; secret: string },
  now: Date,
): ReadResendEvent {
  const id = headers.get('svix-id') ?? '';
  const timestamp = headers.get('svix-timestamp') ?? '';
  const signature = headers.get('svix-signature') ?? '';
  if (!/^[\x21-\x7e]{1,256}$/.test(id))
    return { ok: false, reason: 'The svix-id header is missing or malformed.' };
  if (!/^\d{1,12}$/.test(timestamp)) {
    return { ok: false, reason: 'The svix-timestamp header is missing or malformed.' };
  }
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > WINDOW_SECONDS) {
    return { ok: false, reason: 'The event is more than five minutes away from this clock.' };
  }
  const payload = verified(rawBody, { id, timestamp, signature }, secret);
  if (payload === undefined)
    return { ok: false, reason: 'The signature does not fit: it is not from Resend, or the secret differs.' };
  if (!isRecord(payload)) return { ok: false, reason: 'The event is not a JSON object.' };
  return { ok: true, event: eventFrom(payload, id, new Date(Number(timestamp) * 1000)) };
}

/** The SDK throws for every refusal, for a malformed secret and for a body that is not JSON. */
function verified(
  payload: string,
  headers: { id: string; timestamp: string; signature: string },
  webhookSecret: string,
): unknown {
  try {
    // The SDK asks for a key before it gives the verifier, which does not use it.
    return new Resend('re_none', { baseUrl: '' }).webhooks.verify({ payload, headers, webhookSecret });
  } catch {
    return undefined;
  }
}

function eventFrom(payload: Record<string, unknown>, id: string, sentAt: Date): ResendEvent {
  const about = isRecord(payload['data']) ? payload['data'] : {};
  const kind = KINDS.get(payload['type']) ?? 'other';
  const providerId = about['email_id'];
  const at = new Date(typeof payload['created_at'] === 'string' ? payload['created_at'] : Number.NaN);
  return {
    id,
    kind,
    ...(typeof providerId === 'string' && /^[\x21-\x7e]{1,256}$/.test(providerId) ? { providerId } : {}),
    ...(kind === 'bounced' ? { permanent: isPermanent(about['bounce']) } : {}),
    at: Number.isNaN(at.getTime()) ? sentAt : at,
    tags: tagsFrom(about['tags']),
  };
}

/** `Permanent`, `Transient` or `Undetermined`: only the first is certain enough to stop writing to somebody. */
function isPermanent(bounce: unknown): boolean {
  return isRecord(bounce) && bounce['type'] === 'Permanent';
}

/** An object in today's events, a list of `{name, value}` in older ones. */
function tagsFrom(tags: unknown): Record<string, string> {
  const pairs = Array.isArray(tags)
    ? tags.filter(isRecord).map(({ name, value }) => [name, value] as const)
    : Object.entries(isRecord(tags) ? tags : {});
  return Object.fromEntries(pairs.slice(0, TAGS_MAX).filter(isTag));
}

function isTag(pair: readonly [unknown, unknown]): pair is [string, string] {
  return pair.every((part) => typeof part === 'string' && /^[A-Za-z0-9_-]{1,256}$/.test(part));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
