import { createHmac } from 'node:crypto';

/** A webhook as Resend signs it: HMAC-SHA-256 over `id.timestamp.body` under the key after `whsec_`. */
export function signedResendEvent({
  secret,
  id = `msg_${crypto.randomUUID()}`,
  at,
  event,
}: {
  secret: string;
  id?: string;
  at: Date;
  /** Text is sent as it is; anything else as JSON. */
  event: unknown;
}): { rawBody: string; headers: Headers } {
  const rawBody = typeof event === 'string' ? event : JSON.stringify(event);
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${rawBody}`).digest('base64');
  return {
    rawBody,
    headers: new Headers({ 'svix-id': id, 'svix-timestamp': timestamp, 'svix-signature': `v1,${signature}` }),
  };
}
