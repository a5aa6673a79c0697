'use strict';
// Runs the stsw command line and reads what it says: a helper for scripts, not a second library. See index.d.ts.

const path = require('node:path');
const { spawn } = require('node:child_process');
const { command, NoJava } = require('./lib/java.js');

class StswError extends Error {
  constructor(message, exitCode, report) {
    super(message);
    this.name = 'StswError';
    this.exitCode = exitCode;
    this.report = report;
  }
}

// answer: a member of what the command printed that says that it did its job, whatever its exit code.
function lines(words, signal, answer) {
  return new Promise((resolve, reject) => {
    let run;
    try {
      run = command(words, { terminal: false });
    } catch (error) {
      reject(error instanceof NoJava ? new StswError(error.message, 2) : error);
      return;
    }
    const child = spawn(run.file, run.args, { env: run.env, stdio: ['ignore', 'pipe', 'pipe'], signal, windowsHide: true });
    const out = [];
    const err = [];
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code, killed) => {
      const reports = Buffer.concat(out).toString('utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
      const answered = answer !== undefined && reports.length > 0 && answer in reports[reports.length - 1];
      if (code === 0 || answered) {
        resolve(reports);
        return;
      }
      const said = Buffer.concat(err).toString('utf8').trim().replace(/^stsw: /, '');
      const message = said || (killed ? `ended by ${killed}` : `ended with exit code ${code}`);
      reject(new StswError(message, code === null ? 2 : code, reports[reports.length - 1]));
    });
  });
}

const last = (reports) => reports[reports.length - 1];

// Else a file whose name begins with a dash would be an option, and a bare dash standard input.
const file = (name) => (String(name).startsWith('-') ? `.${path.sep}${name}` : String(name));

async function inspect(name, { signal } = {}) {
  return last(await lines(['inspect', '--json', file(name)], signal));
}

async function verify(name, { structureOnly = false, signal } = {}) {
  const options = structureOnly ? ['--structure-only'] : [];
  return last(await lines(['verify', '--json', ...options, file(name)], signal));
}

async function stats(name, { histogram, signal } = {}) {
  const options = histogram === undefined ? [] : [`--histogram=${histogram}`];
  return last(await lines(['stats', '--json', ...options, file(name)], signal));
}

async function diff(a, b, { rtol = 0, atol = 0, structureOnly = false, signal } = {}) {
  const options = structureOnly ? ['--structure-only'] : [];
  const words = ['diff', '--json', `--rtol=${rtol}`, `--atol=${atol}`, ...options, file(a), file(b)];
  return last(await lines(words, signal, 'equal'));
}

async function convert(source, target, { crc32, dtype, key, maxShardSize, dryRun, options = [], signal } = {}) {
  const words = ['convert', '--json'];
  if (crc32) words.push('--crc32');
  if (dtype !== undefined) words.push(`--dtype=${dtype}`);
  if (key !== undefined) words.push(`--key=${key}`);
  if (maxShardSize !== undefined) words.push(`--max-shard-size=${maxShardSize}`);
  if (dryRun) words.push('--dry-run');
  return last(await lines([...words, ...options, file(source), file(target)], signal));
}

async function selftest({ folder, signal } = {}) {
  return lines(['selftest', '--json', ...(folder === undefined ? [] : [`--folder=${folder}`])], signal);
}

module.exports = { inspect, verify, stats, diff, convert, selftest, StswError };
