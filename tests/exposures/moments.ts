export const now = new Date('2026-11-01T06:00:00.000Z');
export const until = new Date('2027-01-30T06:00:00.000Z');
