/** A channel is an identifier in LISTEN and text in pg_notify: as plain a name means the same in both. */
export function channelName(channel: string): string {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(channel)) throw new Error(`${channel} is not a plain channel name.`);
  return channel;
}
