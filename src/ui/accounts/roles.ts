import type { ListedStaff } from '#src/domain/accounts/queries.ts';
import type { Role } from '#src/domain/actors.ts';

/** What each role may do, in the words of the desk. */
export const roleWords: Readonly<Record<Role, string>> = {
  viewer: 'Viewer: sees everything, changes nothing',
  editor: 'Editor: writes, and stops broadcasts',
  approver: 'Approver: also approves, publishes and releases',
  owner: 'Owner: also manages the team and the site',
};

export const stateWords: Readonly<Record<ListedStaff['state'], string>> = {
  active: 'Second factor set up',
  invited: 'Has a set-up link',
  locked_out: 'Needs a new set-up link',
  deactivated: 'No longer in the team',
};
