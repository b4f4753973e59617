import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { responseOf, type Body } from '#src/press/body.ts';
import { parsePlainGet } from './plain-get.ts';

/** As long as the HTTP server waits for a first request, and for a next one. */
const FIRST_MS = 20_000;
const NEXT_MS = 10_000;
const CLOSING = Buffer.from(`Connection: keep-alive\r\nKeep-Alive: timeout=${NEXT_MS / 1000}\r\n\r\n`);

export type ExpressLane = {
  /** Ends the connections that it still has: none of them is in the middle of a request. */
  close(): void;
};

/**
 * Answers plain requests for what is in memory on the socket itself, at half of what the HTTP server takes for them. At
 * anything else, a header out of the ordinary or a piece of a request, the connection goes to the HTTP server with what was
 * read, and stays there.
 */
export function openExpressLane(server: Server, inMemory: (url: string) => Body | undefined): ExpressLane {
  const sockets = new Set<Socket>();
  const [speakHttp] = server.listeners('connection');
  server.removeAllListeners('connection');

  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.setTimeout(FIRST_MS);

    function onData(chunk: Buffer): void {
      const request = parsePlainGet(chunk);
      const body = request && inMemory(request.url);
      if (!body) return handOver(chunk);
      socket.setTimeout(NEXT_MS);
      const { head, bytes } = responseOf(body, request);
      socket.cork();
      socket.write(head);
      socket.write(dateLine());
      let flowing = socket.write(CLOSING);
      if (bytes) flowing = socket.write(bytes);
      socket.uncork();
      // Whoever asks without reading the answers is not read either.
      if (!flowing) {
        socket.pause();
        socket.once('drain', () => socket.resume());
      }
    }

    function handOver(chunk: Buffer): void {
      leave();
      socket.setTimeout(0);
      socket.pause();
      socket.unshift(chunk);
      speakHttp?.call(server, socket);
      process.nextTick(() => socket.resume());
    }

    const drop = () => socket.destroy();
    const finish = () => socket.destroySoon();
    const own = { data: onData, end: finish, timeout: drop, error: drop, close: leave };

    function leave(): void {
      sockets.delete(socket);
      for (const [event, listener] of Object.entries(own)) socket.off(event, listener);
    }

    for (const [event, listener] of Object.entries(own)) socket.on(event, listener);
  });

  return {
    close() {
      for (const socket of sockets) socket.destroySoon();
    },
  };
}

let date = { second: 0, line: Buffer.alloc(0) };

function dateLine(): Buffer {
  const second = Math.floor(Date.now() / 1000);
  if (second !== date.second)
    date = { second, line: Buffer.from(`Date: ${new Date(second * 1000).toUTCString()}\r\n`) };
  return date.line;
}
