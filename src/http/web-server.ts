import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Body } from '#src/press/body.ts';
import { openExpressLane } from './express-lane.ts';

export type Answering = {
  /** What stands ready at this very address, for everybody. */
  inMemory(url: string): Body | undefined;
  answer(request: IncomingMessage, response: ServerResponse): void;
};

export type WebServer = {
  url: string;
  /** From here on requests are answered by this. */
  become(answering: Answering): void;
  /** Takes no more requests, and lets those under way come to their end for five seconds. */
  close(): Promise<void>;
};

/** @throws Error with code EADDRINUSE or EACCES when it cannot listen. */
export async function listen(
  { port, host, sharePort }: { port: number; host: string; sharePort: boolean },
  answering: Answering,
): Promise<WebServer> {
  let current = answering;
  const server = createServer((request, response) => current.answer(request, response));
  server.requestTimeout = 0; // An upload takes as long as it takes; idle connections end by the other time-outs.
  server.headersTimeout = 20_000;
  server.keepAliveTimeout = 10_000;
  const lane = openExpressLane(server, (url) => current.inMemory(url));
  await opened(server, { port, host, ...(sharePort && { reusePort: true }) });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    become(next) {
      current = next;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      lane.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 5000).unref();
      await closed;
    },
  };
}

function opened(server: Server, where: { port: number; host: string; reusePort?: boolean }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
