'use strict';
// What the npm package's README promises, tried: try_node.js PACKAGE CHECKPOINT, in an empty folder.

const assert = require('node:assert');
const fs = require('node:fs');
const stsw = require(process.argv[2]);

async function main(checkpoint) {
  const report = await stsw.convert(checkpoint, 'model.safetensors', { crc32: true });
  assert.strictEqual(report.tensors, 31);
  const listed = await stsw.inspect('model.safetensors');
  assert.strictEqual(listed.tensors.length, 31);
  assert.strictEqual(listed.metadata.format, 'pt');
  assert.strictEqual((await stsw.verify('model.safetensors')).checked, 31);
  assert.ok((await stsw.selftest()).every((check) => check.ok));
  const bytes = fs.readFileSync('model.safetensors');
  bytes[bytes.length - 1] ^= 1;
  fs.writeFileSync('model.safetensors', bytes);
  await assert.rejects(stsw.verify('model.safetensors'), { name: 'StswError', exitCode: 1 });
  await assert.rejects(stsw.inspect('-not-there'), { name: 'StswError', exitCode: 2 });
}

main(process.argv[3]);
