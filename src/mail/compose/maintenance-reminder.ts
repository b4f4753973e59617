import { letter, type Letter } from './letter.ts';
import { updateFooter, type Update } from './statement-update.ts';
import { tell } from './told.ts';

/** To those who asked to be reminded of planned maintenance. When it is stands in the summary. */
export function composeMaintenanceReminder({ told, ...update }: Update): Letter {
  return letter({
    ...update,
    subject: told.title,
    body: tell(told),
    footer: updateFooter(
      { told, ...update },
      `You asked ${update.siteName} to remind you of planned maintenance.`,
    ),
  });
}
