// Runs before everything else and on any Node: the rest needs TypeScript as Node 24 runs it.
import module from 'node:module';

const [major] = process.versions.node.split('.').map(Number);

if (major < 24) {
  process.stderr.write(
    `Forthright needs Node 24, and this is Node ${process.versions.node} (${process.execPath}).\n` +
      'npm brings the right one along: run it through npm (npm start, npm run demo, npm run cli -- …) after\n' +
      '"npm ci" without --omit=optional. On a platform other than Linux, install Node 24 yourself.\n',
  );
  process.exit(1);
}

// What was compiled once is read from the system's folder for temporary files: a third less time to start.
module.enableCompileCache();
