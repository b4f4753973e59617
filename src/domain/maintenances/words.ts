/** From when to when, in the zone of the site. */
export type Period = { from: Date; until: Date; timeZone: string };

/** What a timeline says where nobody wrote anything, as Markdown in the site's language. */
export type MaintenanceWords = {
  started: string;
  verifying: string;
  completed: string;
  edited: string;
  /** Its series no longer comes to that day. */
  dropped: string;
  moved(period: Period): string;
  extended(period: Period): string;
  /** The subject of a reminder. */
  reminder(title: string): string;
  /** When it is, and what is concerned. */
  planned(period: Period, components: readonly string[]): string;
};
