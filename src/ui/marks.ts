import { componentStatusWords } from '#src/domain/components/rules.ts';
import { incidentStatusWords, natureWords } from '#src/domain/incidents/rules.ts';

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

type Mark = { word: string; shape: Shape; tone: Tone };

const mark = (word: string, shape: Shape, tone: Tone): Mark => ({ word, shape, tone });

/** How each status of the product is said, drawn and coloured: the one place for all three. */
export const marks = {
  // components
  operational: mark(componentStatusWords.operational, 'check', 'ok'),
  degraded_performance: mark(componentStatusWords.degraded_performance, 'lowered', 'degraded'),
  partial_outage: mark(componentStatusWords.partial_outage, 'warning', 'partial'),
  major_outage: mark(componentStatusWords.major_outage, 'cross', 'major'),
  under_maintenance: mark(componentStatusWords.under_maintenance, 'clock', 'maintenance'),
  // incidents: their nature, impact and status
  data: mark(natureWords.data, 'alert', 'data'),
  service: mark(natureWords.service, 'warning', 'partial'),
  none: mark('No impact', 'ring', 'muted'),
  minor: mark('Minor impact', 'lowered', 'degraded'),
  major: mark('Major impact', 'warning', 'partial'),
  critical: mark('Critical impact', 'cross', 'major'),
  investigating: mark(incidentStatusWords.investigating, 'pending', 'muted'),
  identified: mark(incidentStatusWords.identified, 'target', 'muted'),
  monitoring: mark(incidentStatusWords.monitoring, 'half', 'muted'),
  contained: mark(incidentStatusWords.contained, 'half', 'muted'),
  resolved: mark(incidentStatusWords.resolved, 'check', 'ok'),
  closed: mark(incidentStatusWords.closed, 'check', 'ok'),
  postmortem: mark(incidentStatusWords.postmortem, 'page', 'muted'),
  // what was written
  draft: mark('Draft', 'pen', 'muted'),
  in_review: mark('In review', 'pending', 'accent'),
  under_review: mark('Under review', 'pending', 'muted'),
  approved: mark('Approved', 'target', 'accent'),
  scheduled: mark('Scheduled', 'clock', 'accent'),
  published: mark('Published', 'check', 'ok'),
  corrected: mark('Corrected', 'page', 'accent'),
  withdrawn: mark('Withdrawn', 'cross', 'major'),
  // exposure: lists and answers
  loading: mark('Loading', 'pending', 'muted'),
  applied: mark('Applied', 'half', 'accent'),
  superseded: mark('Superseded', 'ring', 'muted'),
  exposed: mark('Exposed', 'alert', 'data'),
  not_exposed: mark('Not exposed', 'check', 'ok'),
  queued_not_sent: mark('Stopped before sending', 'stopped', 'ok'),
  not_known_yet: mark('Not known yet', 'pending', 'muted'),
  unavailable: mark('No answer right now', 'warning', 'partial'),
  // broadcasts and deliveries
  freezing: mark('Preparing', 'pending', 'accent'),
  sending: mark('Sending', 'send', 'accent'),
  halted: mark('Stopped', 'stopped', 'partial'),
  done: mark('Done', 'check', 'ok'),
  aborted: mark('Aborted', 'cross', 'major'),
  // the gate
  pass: mark('Passed', 'check', 'ok'),
  warn: mark('Warning', 'warning', 'degraded'),
  block: mark('Blocked', 'cross', 'major'),
  // callouts
  info: mark('Note', 'info', 'accent'),
  success: mark('Done', 'check', 'ok'),
  warning: mark('Take note', 'warning', 'degraded'),
  danger: mark('Problem', 'cross', 'major'),
} as const satisfies Record<string, Mark>;

export type MarkName = keyof typeof marks;
