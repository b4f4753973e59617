#!/usr/bin/env node
import './require-node.mjs';

const { main } = await import('./cli.ts');
process.exitCode = await main(process.argv);
