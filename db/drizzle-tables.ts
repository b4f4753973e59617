/** What tables are declared with, through one door as well (see drizzle.ts). */
export * from 'drizzle-orm/pg-core';
