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

/** How a group is first shown. */
export const groupDisplays = ['expanded', 'collapsed', 'collapsed_unless_wrong'] as const;
export type GroupDisplay = (typeof groupDisplays)[number];

/** Decided on the server: without a script a group is open or not from the start. */
export function isOpen(display: GroupDisplay, status: ComponentStatus): boolean {
  return display === 'expanded' || (display === 'collapsed_unless_wrong' && status !== 'operational');
}

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

const BY_IMPACT: Readonly<Record<OpenImpact, ServiceState>> = {
  none: { indicator: 'none', description: 'All Systems Operational' },
  minor: { indicator: 'minor', description: 'Minor Service Outage' },
  major: { indicator: 'major', description: 'Partial System Outage' },
  critical: { indicator: 'critical', description: 'Major System Outage' },
  maintenance: { indicator: 'maintenance', description: 'Service Under Maintenance' },
};

/** What is open, by its impact: of incidents, and of maintenance in progress. */
export type OpenImpact = Impact | 'maintenance';

/** The worst of the components and of what is open: what the page says and what every client reads. */
export function rollUp(
  statuses: readonly ComponentStatus[],
  openImpacts: readonly OpenImpact[],
): ServiceState {
  return openImpacts
    .map((impact) => BY_IMPACT[impact])
    .reduce((worst, state) => (rank(state) > rank(worst) ? state : worst), componentsState(statuses));
}

/** The same of open incidents as they are. Data incidents do not enter. */
export function serviceState(
  statuses: readonly ComponentStatus[],
  open: readonly OpenTrouble[],
  maintenancesInProgress = 0,
): ServiceState {
  return rollUp(statuses, [
    ...open.filter(({ nature }) => nature === 'service').map(({ impact }) => impact),
    ...(maintenancesInProgress > 0 ? (['maintenance'] as const) : []),
  ]);
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
      return BY_IMPACT.maintenance;
    case 'operational':
      return BY_IMPACT.none;
  }
}

/** An outage stands above degraded service of the same indicator. */
function rank({ indicator, description }: ServiceState): number {
  return INDICATORS.indexOf(indicator) * 2 + (description.endsWith('Outage') ? 1 : 0);
}

export type HeadlineTone = ServiceState['indicator'] | 'data';

/** The message that says a line of the headline, with its count. */
export type HeadlineLine = {
  key: `headline.${'data' | 'unfelt' | 'all_operational' | 'operational' | 'no_outage' | 'nothing' | (typeof HEADLINES)[ServiceState['description']]}`;
  count: number;
  tone: HeadlineTone;
};

/** Read from top to bottom; the first line is what matters most. */
export type Headline = readonly HeadlineLine[];

const HEADLINES = {
  'All Systems Operational': 'all_operational',
  'Partially Degraded Service': 'partly_degraded',
  'Degraded System Service': 'degraded',
  'Minor Service Outage': 'minor_outage',
  'Partial System Outage': 'partial_outage',
  'Major System Outage': 'major_outage',
  'Service Under Maintenance': 'maintenance',
} as const satisfies Record<ServiceState['description'], string>;

/**
 * What the page says at its top. A data incident stands above the state of the systems, which it does not change: a leak
 * never reads as an outage, and "all systems operational" is said only while nothing at all is open.
 */
export function headline(
  statuses: readonly ComponentStatus[],
  open: readonly OpenTrouble[],
  maintenancesInProgress = 0,
): Headline {
  const leaks = open.filter(({ nature }) => nature === 'data').length;
  const unfelt = open.length - leaks;
  const service = serviceState(statuses, open, maintenancesInProgress);
  const lines: HeadlineLine[] = [];
  if (leaks > 0) lines.push({ key: 'headline.data', count: leaks, tone: 'data' });
  if (unfelt > 0 && service.indicator === 'none') {
    lines.push({ key: 'headline.unfelt', count: unfelt, tone: 'none' });
  }
  lines.push({ key: serviceKey(service, statuses.length, open.length), count: 0, tone: service.indicator });
  return lines;
}

function serviceKey(service: ServiceState, components: number, open: number): HeadlineLine['key'] {
  if (service.indicator !== 'none') return `headline.${HEADLINES[service.description]}`;
  if (components === 0) return open > 0 ? 'headline.no_outage' : 'headline.nothing';
  return open > 0 ? 'headline.operational' : 'headline.all_operational';
}
