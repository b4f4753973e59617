import { groupDisplays, type GroupDisplay } from '#src/domain/components/rules.ts';

/** A group something may stand in, and how deep it stands itself. */
export type GroupOption = { group: { id: string; name: string }; level: number };

const displayWords: Readonly<Record<GroupDisplay, string>> = {
  collapsed_unless_wrong: 'Closed unless something is wrong',
  collapsed: 'Closed',
  expanded: 'Open',
};

export const displayOptions = [...groupDisplays]
  .reverse()
  .map((display) => ({ value: display, label: displayWords[display] }));
