import node from '@astrojs/node';
import { defineConfig } from 'astro/config';

/** `astro dev` has no server of ours: this gives its pages the same app that `src/start.ts` gives the built ones. */
const appInDev = {
  name: 'forthright:dev',
  hooks: {
    'astro:server:setup': async ({ server }) => {
      const { openDevApp } = await import('./src/dev.ts');
      const app = await openDevApp();
      server.middlewares.use((request, _response, next) => {
        Reflect.set(request, Symbol.for('astro.locals'), app.localsFor(request));
        next();
      });
      server.httpServer?.once('close', () => app.close());
    },
  },
};

export default defineConfig({
  output: 'server',
  adapter: node({ mode: 'middleware', bodySizeLimit: Number.POSITIVE_INFINITY }),
  // For `npm run dev`; the built site listens where src/settings.ts says.
  server: { port: Number(process.env.PORT) || 4321 },
  integrations: [appInDev],
  // Checked by our own middleware: Astro's refuses one-click unsubscribing and every form behind a TLS proxy.
  security: { checkOrigin: false, actionBodySizeLimit: 2 * 1024 * 1024 },
  session: false,
  build: { inlineStylesheets: 'never' },
  // A script in the page would be refused by the content security policy.
  vite: { build: { assetsInlineLimit: 0 } },
  // Inline elements keep the spaces between them.
  compressHTML: false,
  devToolbar: { enabled: false },
  logger: { entrypoint: './src/http/astro-log.mjs' },
  scopedStyleStrategy: 'where',
  trailingSlash: 'ignore',
});
