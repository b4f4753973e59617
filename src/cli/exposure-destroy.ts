import type { Command } from 'commander';
import { operator } from '#src/domain/actors.ts';
import { deleteDestroyedRows, destroyExposures } from '#src/domain/exposures/destruction.ts';
import { findIncidentBySlug } from '#src/domain/incidents/queries.ts';
import { CommandRefused, type CommandContext } from './context.ts';

export function registerDestroy(exposures: Command, open: () => Promise<CommandContext>): void {
  exposures
    .command('destroy')
    .description('the end of an incident’s data: destroys its key and its rows; the figures stay')
    .requiredOption('--incident <slug>', 'whose addresses are destroyed')
    .option('--yes', 'really: it cannot be undone')
    .action(async ({ incident: slug, yes }: { incident: string; yes?: true }) => {
      const { store, keys, now, out, err } = await open();
      const incident = await findIncidentBySlug(store.db, slug);
      if (!incident) throw new CommandRefused(`There is no incident "${slug}". Check the spelling.`);
      if (!yes) {
        throw new CommandRefused(
          `This destroys every address of "${slug}" for good: afterwards nobody can be told whether theirs was among them. Nothing was destroyed. To go on: forthright exposures destroy --incident ${slug} --yes`,
        );
      }
      const { lists } = await destroyExposures(
        store.db,
        keys,
        operator,
        { incidentId: incident.id, slug },
        now(),
      );
      out(`The key is destroyed. From now on everybody who asks is told that the addresses are.`);
      err('Deleting the rows. If this is interrupted, the worker goes on with it.');
      while ((await deleteDestroyedRows(store.db, keys, now())) > 0);
      out(
        `Deleted: the rows of ${lists} ${lists === 1 ? 'version' : 'versions'} of the list of "${slug}". The figures stay.`,
      );
      out('Backups of the key folder still hold the key: destroy those too.');
    });
}
