'use strict';
// Finds a Java for the command line, and says how it is started.

const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawnSync } = require('node:child_process');

const SCOPE = '@scope@';
const MAJOR = 25;
const JAR = path.join(__dirname, 'stsw.jar');
const READING = ['inspect', 'verify', '--version'];
// What these compute, the compiler that takes longer makes 5 to 10 times as quick.
const COMPUTING = ['stats', 'diff', 'hash', 'view'];
// Folders of a hub's cache, whose files are called by their hash, so that verify computes it.
const CACHE = ['snapshots', 'blobs'];

// As the launcher of a checkout has them: quiet, small and quick to start.
const FLAGS = [
  '-XX:+IgnoreUnrecognizedVMOptions',
  '-XX:+UseSerialGC',
  '-Xms4m',
  '-XX:+UseCompactObjectHeaders',
  '-XX:TieredStopAtLevel=1',
  '-XX:CompileCommand=quiet',
  '-XX:CompileCommand=exclude,jdk.internal.classfile.impl.StackMapGenerator::processBlock',
  '-XX:-UsePerfData',
  '-Xlog:disable',
  '--enable-native-access=ALL-UNNAMED',
];

/** There is no Java 25 or newer, or STSW_JAVA names none. */
class NoJava extends Error {}

function javaIn(home) {
  return path.join(home, 'bin', process.platform === 'win32' ? 'java.exe' : 'java');
}

function release(home) {
  const found = {};
  let text;
  try {
    text = fs.readFileSync(path.join(home, 'release'), 'utf8');
  } catch {
    return found;
  }
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf('=');
    if (at > 0) found[line.slice(0, at)] = line.slice(at + 1).replace(/^"|"$/g, '');
  }
  return found;
}

// The home, if its java is new enough; its release file says so, else it is asked.
function accepted(home) {
  const java = javaIn(home);
  if (!fs.existsSync(java)) return null;
  let version = release(home).JAVA_VERSION;
  if (!version) {
    const asked = spawnSync(java, ['-XshowSettings:properties', '-version'], { encoding: 'utf8' });
    const line = /java\.specification\.version = (\S+)/.exec(asked.stderr || '');
    version = line ? line[1] : '';
  }
  return Number.parseInt(version, 10) >= MAJOR ? home : null;
}

function homeOf(file) {
  try {
    return path.dirname(path.dirname(fs.realpathSync(file)));
  } catch {
    return null;
  }
}

// musl has no runtime package: one of glibc would not start there.
function platformPackage() {
  if (process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime) return null;
  try {
    return path.dirname(require.resolve(`${SCOPE}/stsw-${process.platform}-${process.arch}/package.json`));
  } catch {
    return null;
  }
}

function onPath() {
  const names = process.platform === 'win32' ? ['java.exe'] : ['java'];
  for (const folder of (process.env.PATH || '').split(path.delimiter)) {
    for (const name of names) {
      const file = path.join(folder, name);
      if (folder && fs.existsSync(file)) return homeOf(file);
    }
  }
  return null;
}

/** STSW_JAVA, the platform's package, JAVA_HOME, PATH: the first that is new enough. */
function findJava() {
  const chosen = process.env.STSW_JAVA;
  if (chosen) {
    const isFolder = fs.existsSync(chosen) && fs.statSync(chosen).isDirectory();
    const home = isFolder ? chosen : homeOf(chosen);
    if (home === null || accepted(home) === null) {
      throw new NoJava(`STSW_JAVA=${chosen} is not a JDK ${MAJOR} or newer`);
    }
    return { home };
  }
  const bundle = platformPackage();
  if (bundle !== null && accepted(path.join(bundle, 'runtime')) !== null) {
    return { home: path.join(bundle, 'runtime'), bundle };
  }
  for (const home of [process.env.JAVA_HOME, onPath()]) {
    if (home && accepted(home) !== null) return { home };
  }
  throw new NoJava(
    `found no Java ${MAJOR} or newer: there is no package ${SCOPE}/stsw-${process.platform}-${process.arch}` +
      ' (was it left out by --omit=optional?); install a JDK (https://adoptium.net), or set STSW_JAVA to its folder',
  );
}

function cacheFolder() {
  const home = os.homedir();
  if (process.platform === 'win32') return process.env.LOCALAPPDATA ? path.join(process.env.LOCALAPPDATA, 'stsw') : null;
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Caches', 'stsw');
  return path.join(process.env.XDG_CACHE_HOME || path.join(home, '.cache'), 'stsw');
}

// One run that remembers its classes. An empty file stands for "tried, and not to be had".
function train(java, file, reading) {
  const fresh = `${file}.${process.pid}.new`;
  const work = reading ? ['dev.stsw.cli.Training', `${fresh}.input`] : ['dev.stsw.cli.Main', 'selftest'];
  spawnSync(java, [...FLAGS, `-XX:AOTCacheOutput=${fresh}`, '-cp', JAR, ...work], { stdio: 'ignore' });
  if (!fs.existsSync(fresh)) fs.writeFileSync(fresh, '');
  fs.renameSync(fresh, file);
}

// The file of loaded classes for this java and this jar: from the platform's package, else made at the first run.
function cache(home, bundle, reading) {
  const name = reading ? 'stsw-read.aot' : 'stsw.aot';
  if (bundle && fs.existsSync(path.join(bundle, name))) return path.join(bundle, name);
  const folder = cacheFolder();
  if (folder === null || !path.isAbsolute(folder)) return null;
  try {
    const { size, mtimeMs } = fs.statSync(JAR);
    const known = release(home);
    const what = [JAR, size, mtimeMs, fs.realpathSync(home), known.JAVA_RUNTIME_VERSION || known.JAVA_VERSION].join('|');
    const key = crypto.createHash('sha256').update(what).digest('hex').slice(0, 16);
    const file = path.join(folder, `${key}-${name}`);
    if (!fs.existsSync(file)) {
      fs.mkdirSync(folder, { recursive: true });
      train(javaIn(home), file, reading);
    }
    return file;
  } catch {
    return null;
  }
}

function terminalOptions() {
  const names = [];
  if (process.stdout.isTTY) names.push('out');
  if (process.stderr.isTTY) names.push('err');
  return names.length === 0 ? [] : [`-Dstsw.terminal=${names.join(',')}`, `-Dstsw.columns=${process.stderr.columns || 0}`];
}

function computes(words) {
  const hashed = words.some((word) => word.startsWith('--sha256') || word.split(/[\\/]/).some((part) => CACHE.includes(part)));
  return COMPUTING.includes(words[0]) || (words[0] === 'verify' && hashed);
}

/** The command that runs stsw with these arguments: its file, arguments and environment. */
function command(words, { terminal }) {
  const { home, bundle } = findJava();
  const env = { ...process.env };
  const args = [...FLAGS];
  const classes = cache(home, bundle, READING.includes(words[0]));
  if (classes !== null) args.push(`-XX:AOTCache=${classes}`);
  if (computes(words)) args.push('-XX:TieredStopAtLevel=4');
  args.push('-Dstsw.installed=npm');
  if (terminal) args.push(...terminalOptions());
  let passed = words;
  if (process.platform === 'win32') {
    // Java would read arguments in the ANSI code page, and take what is not in it for wildcards.
    args.push('-Dstsw.arguments=list');
    env.STSW_ARGUMENTS = words.map(encodeURIComponent).join(' ');
    passed = [];
  } else if (['', 'C', 'POSIX'].includes(env.LC_ALL || env.LC_CTYPE || env.LANG || '')) {
    env.LC_ALL = 'C.UTF-8'; // Java would read file names as ASCII
  }
  args.push(...(env.STSW_OPTS || '').split(/\s+/).filter((option) => option !== ''));
  const classPath = env.STSW_CLASSPATH ? `${JAR}${path.delimiter}${env.STSW_CLASSPATH}` : JAR;
  return { file: javaIn(home), args: [...args, '-cp', classPath, 'dev.stsw.cli.Main', ...passed], env };
}

module.exports = { command, NoJava };
