#!/usr/bin/env node
'use strict';

const os = require('node:os');
const { spawn } = require('node:child_process');
const { command, NoJava } = require('../lib/java.js');

function main() {
  let run;
  try {
    run = command(process.argv.slice(2), { terminal: true });
  } catch (error) {
    if (!(error instanceof NoJava)) throw error;
    process.stderr.write(`stsw: ${error.message}\n`);
    process.exitCode = 2;
    return;
  }
  // From Node 22.15 on, this process becomes Java; there is nothing to pass on then.
  if (process.platform !== 'win32' && typeof process.execve === 'function') {
    process.removeAllListeners('warning'); // it is experimental, and says so on standard error
    process.on('warning', () => {});
    process.execve(run.file, [run.file, ...run.args], run.env);
  }
  const child = spawn(run.file, run.args, { env: run.env, stdio: 'inherit', windowsHide: true });
  // A terminal's Ctrl-C reaches the child by itself, but kill(1) reaches only this process.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
    try {
      process.on(signal, () => child.kill(signal));
    } catch {
      // not a signal of this system
    }
  }
  child.on('error', (error) => {
    process.stderr.write(`stsw: cannot start ${run.file}: ${error.message}\n`);
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.exitCode = 128 + os.constants.signals[signal]; // should the next line not end this process
    process.kill(process.pid, signal);
  });
}

main();
