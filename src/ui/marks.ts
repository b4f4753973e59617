/** The drawn shapes, on a 16 × 16 field. Silhouettes differ, so that they are told apart without colour. */
const disc = 'M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0Z';
const ring = `${disc}m0 1.9a6.1 6.1 0 1 1 0 12.2A6.1 6.1 0 0 1 8 1.9Z`;
const diamond =
  'M6.8 1a1.7 1.7 0 0 1 2.4 0L15 6.8a1.7 1.7 0 0 1 0 2.4L9.2 15a1.7 1.7 0 0 1-2.4 0L1 9.2a1.7 1.7 0 0 1 0-2.4Z';
const triangle = 'M6.8 1.2a1.4 1.4 0 0 1 2.4 0l6.6 11.7a1.4 1.4 0 0 1-1.2 2.1H1.4a1.4 1.4 0 0 1-1.2-2.1Z';
const lowered = 'M9.2 14.8a1.4 1.4 0 0 1-2.4 0L.2 3.1A1.4 1.4 0 0 1 1.4 1h13.2a1.4 1.4 0 0 1 1.2 2.1Z';
const square =
  'M2.2.5h11.6a1.7 1.7 0 0 1 1.7 1.7v11.6a1.7 1.7 0 0 1-1.7 1.7H2.2a1.7 1.7 0 0 1-1.7-1.7V2.2A1.7 1.7 0 0 1 2.2.5Z';

const shapes = {
  check: `${disc}M3.8 8.9l3.2 3.3 5.4-6L11 5 7 9.6 5 7.7Z`,
  lowered: `${lowered}M4.9 4.3h6.2v1.9H4.9Z`,
  warning: `${triangle}M7.1 5.1h1.8v4.7H7.1ZM7.1 11.2h1.8V13H7.1Z`,
  cross: `${square}M4.5 5.9 5.9 4.5 8 6.6l2.1-2.1 1.4 1.4L9.4 8l2.1 2.1-1.4 1.4L8 9.4l-2.1 2.1-1.4-1.4L6.6 8Z`,
  clock: `${ring}M7.1 3.9h1.8v3.7l2.6 1.5-.9 1.6-3.5-2Z`,
  alert: `${diamond}M7.1 3.7h1.8v5.2H7.1ZM7.1 10.4h1.8v1.8H7.1Z`,
  pending: `${ring}M3.5 7h2v2h-2ZM7 7h2v2H7ZM10.5 7h2v2h-2Z`,
  target: `${ring}M8 4.6a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8Z`,
  half: `${ring}M8 3.6a4.4 4.4 0 0 1 0 8.8Z`,
  page: 'M3 0h10a1.6 1.6 0 0 1 1.6 1.6v12.8A1.6 1.6 0 0 1 13 16H3a1.6 1.6 0 0 1-1.6-1.6V1.6A1.6 1.6 0 0 1 3 0ZM4.4 3.6v1.8h7.2V3.6ZM4.4 7.1v1.8h7.2V7.1ZM4.4 10.6v1.8h4.4v-1.8Z',
  ring,
  pen: 'M11.3.9a1.5 1.5 0 0 1 2.1 0l1.7 1.7a1.5 1.5 0 0 1 0 2.1L5.4 14.4 0 16l1.6-5.4Z',
  stopped: `${disc}M5 4.6v6.8h2.1V4.6ZM8.9 4.6v6.8H11V4.6Z`,
  send: 'M1 .6 16 8 1 15.4V9.9L9 8 1 6.1Z',
  info: `${disc}M7.1 3.6h1.8v1.9H7.1ZM7.1 6.9h1.8v5.6H7.1Z`,
} as const;

export type Shape = keyof typeof shapes;
export type Tone = 'ok' | 'degraded' | 'partial' | 'major' | 'maintenance' | 'data' | 'accent' | 'muted';

export const shapePath = (shape: Shape): string => shapes[shape];

type Mark = { shape: Shape; tone: Tone };

const mark = (shape: Shape, tone: Tone): Mark => ({ shape, tone });

/** How each status of the product is drawn and coloured. Its word is the message `mark.NAME`. */
export const marks = {
  // components
  operational: mark('check', 'ok'),
  degraded_performance: mark('lowered', 'degraded'),
  partial_outage: mark('warning', 'partial'),
  major_outage: mark('cross', 'major'),
  under_maintenance: mark('clock', 'maintenance'),
  // incidents: their nature, impact and status
  data: mark('alert', 'data'),
  service: mark('warning', 'partial'),
  none: mark('ring', 'muted'),
  minor: mark('lowered', 'degraded'),
  major: mark('warning', 'partial'),
  critical: mark('cross', 'major'),
  investigating: mark('pending', 'muted'),
  identified: mark('target', 'muted'),
  monitoring: mark('half', 'muted'),
  contained: mark('half', 'muted'),
  resolved: mark('check', 'ok'),
  closed: mark('check', 'ok'),
  postmortem: mark('page', 'muted'),
  // what was written
  draft: mark('pen', 'muted'),
  in_review: mark('pending', 'accent'),
  under_review: mark('pending', 'muted'),
  approved: mark('target', 'accent'),
  scheduled: mark('clock', 'accent'),
  // maintenances: those in hand have the colour of what they do to components
  in_progress: mark('target', 'maintenance'),
  verifying: mark('half', 'maintenance'),
  completed: mark('check', 'ok'),
  cancelled: mark('stopped', 'muted'),
  published: mark('check', 'ok'),
  corrected: mark('page', 'accent'),
  withdrawn: mark('cross', 'major'),
  // exposure: lists and answers
  loading: mark('pending', 'muted'),
  applied: mark('half', 'accent'),
  superseded: mark('ring', 'muted'),
  exposed: mark('alert', 'data'),
  not_exposed: mark('check', 'ok'),
  queued_not_sent: mark('stopped', 'ok'),
  not_known_yet: mark('pending', 'muted'),
  destroyed: mark('ring', 'muted'),
  withheld: mark('ring', 'muted'),
  unavailable: mark('warning', 'partial'),
  // broadcasts and deliveries
  freezing: mark('pending', 'accent'),
  sending: mark('send', 'accent'),
  halted: mark('stopped', 'partial'),
  done: mark('check', 'ok'),
  aborted: mark('cross', 'major'),
  // the gate
  pass: mark('check', 'ok'),
  warn: mark('warning', 'degraded'),
  block: mark('cross', 'major'),
  // callouts
  info: mark('info', 'accent'),
  success: mark('check', 'ok'),
  warning: mark('warning', 'degraded'),
  danger: mark('cross', 'major'),
} as const satisfies Record<string, Mark>;

export type MarkName = keyof typeof marks;
