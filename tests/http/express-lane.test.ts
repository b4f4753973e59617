import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePlainGet } from '#src/http/plain-get.ts';
import { listen, type Answering, type WebServer } from '#src/http/web-server.ts';
import { makeBody, sendBody, type Body } from '#src/press/body.ts';
import { freePort } from '#tests/support/free-port.ts';

const large = Buffer.alloc(3_000_000, 'abc');
let bodies: Map<string, Body>;
/** Both answer the same; one of them from memory on the socket itself. */
let express: WebServer;
let plain: WebServer;

beforeAll(async () => {
  const shared = ['Cache-Control', 'public, max-age=5'];
  bodies = new Map([
    [
      '/',
      await makeBody('text/html; charset=utf-8', Buffer.from('<p>Everything works.</p>'.repeat(50)), shared),
    ],
    ['/large', await makeBody('image/png', large, shared)],
  ]);
  const answer: Answering['answer'] = (request, response) => {
    const body = bodies.get(request.url ?? '');
    if (body && (request.method === 'GET' || request.method === 'HEAD'))
      return sendBody(request, response, body);
    request.resume().on('end', () => response.writeHead(404, { 'Content-Length': 2 }).end('no'));
  };
  const at = async (inMemory: Answering['inMemory']) =>
    listen({ port: await freePort(), host: '127.0.0.1', sharePort: false }, { inMemory, answer });
  express = await at((url) => bodies.get(url));
  plain = await at(() => undefined);
});
afterAll(() => Promise.all([express.close(), plain.close()]));

const portOf = (server: WebServer) => Number(new URL(server.url).port);

/** Sends these pieces one after the other and reads until the server has ended the connection. */
function talk(server: WebServer, pieces: readonly string[], pauseMs = 15): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ port: portOf(server), host: '127.0.0.1', noDelay: true });
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    socket.on('error', reject).on('close', () => resolve(answer));
    socket.on('connect', async () => {
      for (const piece of pieces) {
        socket.write(piece, 'latin1');
        await new Promise((after) => setTimeout(after, pauseMs));
      }
      socket.end();
    });
  });
}

/** In one order, without the time of day. */
const comparable = (answer: string) =>
  answer
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .map((each) => {
      const [head = '', ...rest] = each.split('\r\n\r\n');
      const [status = '', ...fields] = head.split('\r\n');
      const kept = fields.filter((field) => !field.startsWith('Date: ')).sort();
      return [status, ...kept, rest.join('\r\n\r\n')].join('\n');
    })
    .join('\n--\n');

const get = (fields = '', path = '/') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`;
const etag = () => /ETag: ("[^"]+")/.exec(bodies.get('/')?.answers.gzip.head.toString() ?? '')?.[1] ?? '';

describe('a connection whose requests are answered from memory', () => {
  test.each<[string, () => string[]]>([
    ['one request', () => [get()]],
    ['three requests', () => [get(), get('Accept-Encoding: br\r\n'), get('accept-encoding: gzip;q=0\r\n')]],
    ['what the reader has already', () => [get(`Accept-Encoding: gzip\r\nIf-None-Match: ${etag()}\r\n`)]],
    ['two requests in one piece', () => [get() + get('Accept-Encoding: gzip\r\n')]],
    ['a request in two pieces', () => ['GET / HTTP/1.1\r\nHo', 'st: localhost\r\n\r\n']],
    ['a request whose end comes late', () => [get().slice(0, -1), '\n']],
    ['a request, and the half of another', () => [get() + 'GET / HT', 'TP/1.1\r\nHost: localhost\r\n\r\n']],
    ['HEAD', () => [get().replace('GET', 'HEAD')]],
    [
      'a form between two documents',
      () => [get(), 'POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na=b', get()],
    ],
    [
      'a body behind a GET, which looks like a request',
      () => [get(`Content-Length: ${get().length}\r\n`, '/none') + get(), get()],
    ],
    ['a chunked body behind a GET', () => [get('Transfer-Encoding: chunked\r\n') + '0\r\n\r\n']],
    ['a connection that is to be closed', () => [get('Connection: close\r\n'), get()]],
    ['HTTP/1.0', () => [get().replace('1.1', '1.0')]],
    ['what is not in memory', () => [get('', '/none'), get()]],
    ['a query', () => [get('', '/?x=1')]],
    ['no host', () => ['GET / HTTP/1.1\r\nAccept: */*\r\n\r\n']],
    ['two hosts', () => [get('Host: elsewhere\r\n')]],
    ['a folded field', () => [get('X-Long: one\r\n two\r\n')]],
    ['a bare line feed', () => [get('X-One: a\nX-Two: b\r\n')]],
    ['a NUL', () => [get('X-One: a\0b\r\n')]],
    ['a field without a name', () => [get(': nothing\r\n')]],
    ['a space before the colon', () => [get('Accept-Encoding : gzip\r\n')]],
    ['a header of 12 kB', () => [get(`Cookie: ${'x'.repeat(12_000)}\r\n`)]],
    ['something else altogether', () => ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03']],
  ])('gets the same answers as from the HTTP server: %s', async (_name, pieces) => {
    const [fast, slow] = await Promise.all([talk(express, pieces()), talk(plain, pieces())]);
    expect(comparable(fast)).toBe(comparable(slow));
  });

  test('is not sent more while it does not read', async () => {
    const port = await freePort();
    let asked = 0;
    const inMemory = (url: string) => ((asked += 1), bodies.get(url));
    const answer: Answering['answer'] = (_request, response) => void response.end();
    const server = await listen({ port, host: '127.0.0.1', sharePort: false }, { inMemory, answer });
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => {});
    socket.pause();
    for (let time = 0; time < 100; time += 1) {
      socket.write(get('', '/large'));
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(20);
    socket.destroy();
    await server.close();
  });

  test('is complete, however large the answer', async () => {
    const answer = await talk(express, [get('', '/large'), get()], 300);
    expect(answer.length).toBeGreaterThan(large.length);
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4).startsWith(large.toString('latin1'))).toBe(true);
    expect(answer).toContain('Everything works.');
  });

  test('ends with the server', async () => {
    const port = await freePort();
    const server = await listen(
      { port, host: '127.0.0.1', sharePort: false },
      { inMemory: (url) => bodies.get(url), answer: (_request, response) => void response.end() },
    );
    const socket = connect({ port, host: '127.0.0.1' });
    const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    socket.write(get());
    await new Promise((resolve) => socket.once('data', resolve));
    const startedAt = performance.now();
    await server.close();
    await ended;
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });
});

test('only a whole, ordinary request is read', () => {
  expect(parsePlainGet(Buffer.from(get('Accept-Encoding: br\r\nIf-None-Match: "a"\r\n')))).toEqual({
    url: '/',
    acceptEncoding: 'br',
    ifNoneMatch: '"a"',
  });
  const whole = get('Accept: */*\r\nUser-Agent: a\r\n');
  for (let length = 0; length < whole.length; length += 1)
    expect(parsePlainGet(Buffer.from(whole.slice(0, length)))).toBeUndefined();
  expect(parsePlainGet(Buffer.from(`${whole}G`))).toBeUndefined();
});
