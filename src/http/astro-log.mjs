/**
 * Where Astro's own log goes. At build and in dev: to the terminal, as it is. In the running site: errors only, as JSON
 * lines, and without their text, because it repeats paths, and paths can hold tokens. Ours says what failed.
 */
export default function astroLog() {
  const isCommandLine = process.argv[1]?.endsWith('astro.mjs');
  return {
    write({ level, label, message }) {
      if (isCommandLine) {
        const shown = label && label !== 'SKIP_FORMAT' ? `[${label}] ` : '';
        process.stdout.write(`${shown}${message}\n`);
      } else if (level === 'error') {
        process.stdout.write(
          `${JSON.stringify({ at: new Date().toISOString(), level, event: 'astro_error', label: label ?? '' })}\n`,
        );
      }
    },
  };
}
