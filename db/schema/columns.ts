import { customType, timestamp } from '#db/drizzle-tables.ts';

/** Bytes as `Uint8Array` on both engines. */
export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  fromDriver: (value) => new Uint8Array(value),
});

/** An instant. Stored in UTC, read as `Date`. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });
