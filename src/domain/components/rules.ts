export const componentStatuses = [
  'operational',
  'under_maintenance',
  'degraded_performance',
  'partial_outage',
  'major_outage',
] as const;

/** In the order above each is worse than the one before. */
export type ComponentStatus = (typeof componentStatuses)[number];

export const componentStatusWords: Readonly<Record<ComponentStatus, string>> = {
  operational: 'Operational',
  under_maintenance: 'Under maintenance',
  degraded_performance: 'Degraded performance',
  partial_outage: 'Partial outage',
  major_outage: 'Major outage',
};

/** Of nothing: operational. */
export function worstStatus(statuses: readonly ComponentStatus[]): ComponentStatus {
  const worst = Math.max(0, ...statuses.map((status) => componentStatuses.indexOf(status)));
  return componentStatuses[worst] as ComponentStatus;
}

export type Impact = 'none' | 'minor' | 'major' | 'critical';

/** What the headline needs to know of an open incident. */
export type OpenTrouble = { nature: 'service' | 'data'; impact: Impact };

/** The roll-up that Statuspage clients read (its `indicator` and `description`): the service, never a leak. */
export type ServiceState = {
  indicator: 'none' | 'minor' | 'major' | 'critical' | 'maintenance';
  description:
    | 'All Systems Operational'
    | 'Partially Degraded Service'
    | 'Degraded System Service'
    | 'Minor Service Outage'
    | 'Partial System Outage'
    | 'Major System Outage'
    | 'Service Under Maintenance';
};

const INDICATORS = ['none', 'maintenance', 'minor', 'major', 'critical'] as const;

const BY_IMPACT: Readonly<Record<Impact, ServiceState>> = {
  none: { indicator: 'none', description: 'All Systems Operational' },
  minor: { indicator: 'minor', description: 'Minor Service Outage' },
  major: { indicator: 'major', description: 'Partial System Outage' },
  critical: { indicator: 'critical', description: 'Major System Outage' },
};

/** The worse of the components and of the open service incidents' impact. Data incidents do not enter. */
export function serviceState(
  statuses: readonly ComponentStatus[],
  open: readonly OpenTrouble[],
): ServiceState {
  const states = [
    componentsState(statuses),
    ...open.filter(({ nature }) => nature === 'service').map(({ impact }) => BY_IMPACT[impact]),
  ];
  return states.reduce((worst, state) => (rank(state) > rank(worst) ? state : worst));
}

function componentsState(statuses: readonly ComponentStatus[]): ServiceState {
  const every = (status: ComponentStatus) => statuses.every((each) => each === status);
  switch (worstStatus(statuses)) {
    case 'major_outage':
      return every('major_outage') ? BY_IMPACT.critical : BY_IMPACT.major;
    case 'partial_outage':
      return every('partial_outage') ? BY_IMPACT.major : BY_IMPACT.minor;
    case 'degraded_performance':
      return every('degraded_performance')
        ? { indicator: 'minor', description: 'Degraded System Service' }
        : { indicator: 'minor', description: 'Partially Degraded Service' };
    case 'under_maintenance':
      return { indicator: 'maintenance', description: 'Service Under Maintenance' };
    case 'operational':
      return BY_IMPACT.none;
  }
}

/** An outage stands above degraded service of the same indicator. */
function rank({ indicator, description }: ServiceState): number {
  return INDICATORS.indexOf(indicator) * 2 + (description.endsWith('Outage') ? 1 : 0);
}

export type HeadlineTone = ServiceState['indicator'] | 'data';

/** Read from top to bottom; the first line is what matters most. */
export type Headline = readonly { text: string; tone: HeadlineTone }[];

/**
 * What the page says at its top. A data incident stands above the state of the systems, which it does not change: a leak
 * never reads as an outage, and "all systems operational" is said only while nothing at all is open.
 */
export function headline(statuses: readonly ComponentStatus[], open: readonly OpenTrouble[]): Headline {
  const leaks = open.filter(({ nature }) => nature === 'data').length;
  const service = serviceState(statuses, open);
  const lines: { text: string; tone: HeadlineTone }[] = [];
  if (leaks > 0) lines.push({ text: counted(leaks, 'data incident'), tone: 'data' });
  const unfelt = open.length - leaks;
  if (unfelt > 0 && service.indicator === 'none') {
    lines.push({
      text: counted(unfelt, 'incident without impact', 'incidents without impact'),
      tone: 'none',
    });
  }
  lines.push({ text: serviceText(service, statuses.length, open.length), tone: service.indicator });
  return lines;
}

function serviceText(service: ServiceState, components: number, open: number): string {
  if (service.indicator !== 'none') return sentenceCase(service.description);
  if (components === 0) return open > 0 ? 'No outage reported' : 'Nothing to report';
  return open > 0 ? 'Systems operational' : 'All systems operational';
}

function counted(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? `Open ${one}` : `${count} open ${many}`;
}

function sentenceCase(title: string): string {
  return title.charAt(0) + title.slice(1).toLowerCase();
}
