import type { RowList } from '#src/domain/statements/rows.ts';

type Control = {
  field: string;
  label: string;
  type?: 'date' | 'datetime-local' | 'text';
  inputmode?: 'numeric';
  maxlength?: number;
  options?: readonly { value: string; label: string }[];
};

export const rowLegends: Readonly<Record<RowList, string>> = {
  figure: 'Figure',
  action: 'Action',
  step: 'Step',
  authority: 'Authority',
};

/** How each field of a row is asked for. */
export const rowControls: Readonly<Record<RowList, readonly Control[]>> = {
  figure: [
    {
      field: 'Of',
      label: 'Number of',
      options: [
        { value: 'people', label: 'people' },
        { value: 'records', label: 'records' },
      ],
    },
    { field: 'From', label: 'Number', inputmode: 'numeric', maxlength: 20 },
    { field: 'To', label: 'Up to (a range)', inputmode: 'numeric', maxlength: 20 },
    {
      field: 'Precision',
      label: 'It is',
      options: [
        { value: 'exact', label: 'counted' },
        { value: 'estimated', label: 'an estimate' },
      ],
    },
    { field: 'AsOf', label: 'As of', type: 'datetime-local' },
    { field: 'Detail', label: 'Of what', maxlength: 200 },
    { field: 'Supersedes', label: 'In place of which earlier number', maxlength: 200 },
  ],
  action: [
    { field: 'On', label: 'Day', type: 'date' },
    { field: 'Text', label: 'What was or is being done', maxlength: 400 },
  ],
  step: [
    { field: 'What', label: 'What to do', maxlength: 200 },
    { field: 'Why', label: 'Why', maxlength: 400 },
    {
      field: 'Urgency',
      label: 'How urgent',
      options: [
        { value: 'soon', label: 'soon' },
        { value: 'now', label: 'now' },
        { value: 'later', label: 'when they have time' },
      ],
    },
  ],
  authority: [
    { field: 'Name', label: 'Authority', maxlength: 120 },
    { field: 'ToldAt', label: 'Told at', type: 'datetime-local' },
    { field: 'Reference', label: 'Reference', maxlength: 120 },
    {
      field: 'Public',
      label: 'Shown on the page',
      options: [
        { value: 'no', label: 'no, for the team only' },
        { value: 'yes', label: 'yes' },
      ],
    },
  ],
};
