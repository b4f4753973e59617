import type { z } from 'zod';
import { componentStatuses, type ComponentStatus } from '#src/domain/components/rules.ts';
import type { backfillForm, BackfillIncident } from '#src/domain/incidents/input.ts';
import { incidentStatuses } from '#src/domain/incidents/rules.ts';
import { fieldErrors, momentFrom } from './local-times.ts';

type Entered = Pick<z.infer<typeof backfillForm>, 'at' | 'status' | 'body' | 'components'>;

/**
 * The entries of the form that were filled in, in their order.
 *
 * @throws ActionError for the fields of an entry that is only half there, or whose time no clock shows.
 */
export function backfilledUpdates(
  { at, status, body, components }: Entered,
  timeZone: string,
): BackfillIncident['updates'] {
  return body.flatMap((text, place) => {
    const [time, written] = [at[place] ?? '', text.trim()];
    if (written === '' && time === '') return [];
    if (written === '') throw fieldErrors({ [`body-${place}`]: 'Say what was to be told then.' });
    if (time === '') throw fieldErrors({ [`at-${place}`]: 'Say when this was.' });
    const chosen = incidentStatuses.find((each) => each === status[place]);
    if (!chosen) throw fieldErrors({ [`status-${place}`]: 'Choose how it stood then.' });
    return [
      {
        at: momentFrom(`at-${place}`, time, timeZone),
        status: chosen,
        body: written,
        componentStatuses: components.flatMap((choice) => chosenAt(place, choice)),
      },
    ];
  });
}

function chosenAt(place: number, choice: string): { componentId: string; status: ComponentStatus }[] {
  const [of, componentId = '', wanted] = choice.split(':');
  const status = componentStatuses.find((each) => each === wanted);
  return of === String(place) && status ? [{ componentId, status }] : [];
}
