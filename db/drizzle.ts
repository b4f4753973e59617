/**
 * Drizzle, through this one door: its package.json lists some thousand entrances, and Node reads the list again for every
 * import by the package's name. From a hundred files that takes a start half a second.
 */
export * from 'drizzle-orm';
