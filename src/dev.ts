import type { IncomingMessage } from 'node:http';
import { openApp } from './app.ts';
import { splitLanguage } from './http/language.ts';
import { pathOf, queryOf } from './http/requests.ts';
import { localFallbacks, readSettings } from './settings.ts';
import { greet } from './start.ts';
import { startWorker } from './worker.ts';

export type DevApp = { localsFor(request: IncomingMessage): App.Locals; close(): Promise<void> };

/** The app for `npm run dev`: everything as in production but the press and our own server in front. */
export async function openDevApp(): Promise<DevApp> {
  const { PORT = '4321' } = process.env;
  const app = await openApp(
    readSettings(process.env, { ...localFallbacks, PUBLIC_URL: `http://localhost:${PORT}` }),
  );
  await greet({ app, url: undefined });
  const worker = startWorker(app);
  return {
    localsFor(request) {
      const { path, language } = splitLanguage(pathOf(request), app.messages.languages);
      if (language) request.url = path + queryOf(request);
      return {
        app,
        pressed: false,
        clientAddress: request.socket.remoteAddress ?? '',
        requestId: 'dev',
        spoken: language,
        prefix: '',
        t: app.messages.in('en'),
      };
    },
    async close() {
      await worker.stop();
      await app.close();
    },
  };
}
