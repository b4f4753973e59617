import type { Command } from 'commander';
import { splitLanguage } from '#src/http/language.ts';
import { exportSite, NotAnExport } from '#src/press/export.ts';
import { renderPath } from '#src/press/render.ts';
import { forNobody } from '#src/server/site.ts';
import { loadBuild, NoBuild } from '#src/start.ts';
import { CommandRefused, type AppContext } from './context.ts';

export function registerExport(program: Command, open: () => Promise<AppContext>): void {
  program
    .command('export')
    .description(
      'write every public page, feed and file into a folder, as a static site for any host or bucket',
    )
    .argument('<folder>', 'is made, or replaced when it is an earlier export')
    .option('--compressed', 'with .gz and .br beside each file, for servers that send those')
    .action(async (folder: string, options: { compressed?: boolean }) => {
      const { app, out } = await open();
      const { handler, assets } = await loadBuild(app.settings.publicUrl).catch(refuse);
      const { host } = new URL(app.settings.publicUrl);
      const written = await exportSite({
        db: app.db,
        languages: app.messages.languages,
        assets,
        folder,
        compressed: options.compressed ?? false,
        now: app.now(),
        render: (asked, db) => {
          const { path, language } = splitLanguage(asked, app.messages.languages);
          return renderPath(handler, forNobody({ ...app, db }, 'export', language), host, path);
        },
      }).catch(refuse);
      out(
        `${written.documents} documents and ${written.files} files of the build are in ${folder}. ` +
          `Links lead to ${app.settings.publicUrl}.`,
      );
    });
}

function refuse(error: unknown): never {
  if (error instanceof NoBuild || error instanceof NotAnExport) throw new CommandRefused(error.message);
  throw error;
}
