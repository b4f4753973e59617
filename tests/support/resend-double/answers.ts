import type { ServerResponse } from 'node:http';

/** https://resend.com/docs/api-reference/errors */
const MESSAGES: Readonly<Record<string, string>> = {
  rate_limit_exceeded:
    'Too many requests. Please limit the number of requests per second. Or contact support.',
  missing_api_key: 'Missing API key in the authorization header.',
  invalid_api_key: 'API key is invalid.',
  method_not_allowed: 'Method is not allowed for the requested path.',
  not_found: 'The requested endpoint does not exist.',
  invalid_idempotency_key: 'The key must be between 1-256 chars.',
  concurrent_idempotent_requests: 'Same idempotency key used while original request is still in progress.',
  invalid_idempotent_request: 'Same idempotency key used with a different request payload.',
  validation_error: 'Invalid `to` field. The email address needs to follow the `email@example.com` format.',
  internal_server_error: 'An unexpected error occurred.',
};

export function refuse(
  response: ServerResponse,
  status: number,
  name: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): void {
  answerJson(
    response,
    status,
    { statusCode: status, name, message: MESSAGES[name] ?? name, ...more },
    headers,
  );
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** What a proxy in front of the provider says in its place. */
export function answerHtml(response: ServerResponse, status: number): void {
  response
    .writeHead(status, { 'content-type': 'text/html' })
    .end('<!doctype html><title>Bad gateway</title>');
}

/** Promises more than it sends, and hangs up. */
export function answerTruncated(response: ServerResponse, body: unknown): void {
  const whole = JSON.stringify(body);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
  response.write(whole.slice(0, Math.ceil(whole.length / 2)), () => response.destroy());
}
