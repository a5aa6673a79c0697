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
  const values = await stsw.stats('model.safetensors', { histogram: 4 });
  const ids = values.tensors.find((tensor) => tensor.name === 'position_ids');
  assert.deepStrictEqual([ids.min, ids.max, ids.mean, values.nan], [0, 31, 15.5, 0]);
  assert.deepStrictEqual(ids.histogram, { min: 0, max: 31, counts: [8, 8, 8, 8] });
  assert.ok((await stsw.diff(checkpoint, 'model.safetensors')).equal);
  await stsw.convert(checkpoint, 'fp8.safetensors', { dtype: 'fp8' });
  const apart = await stsw.diff('model.safetensors', 'fp8.safetensors', { structureOnly: true });
  assert.strictEqual(apart.equal, false);
  assert.strictEqual(apart.differs[0].reason, 'dtype');
  await assert.rejects(stsw.diff(checkpoint, '-not-there'), { name: 'StswError', exitCode: 2 });
  assert.ok((await stsw.selftest()).every((check) => check.ok));
  const bytes = fs.readFileSync('model.safetensors');
  bytes[bytes.length - 1] ^= 1;
  fs.writeFileSync('model.safetensors', bytes);
  await assert.rejects(stsw.verify('model.safetensors'), { name: 'StswError', exitCode: 1 });
  await assert.rejects(stsw.inspect('-not-there'), { name: 'StswError', exitCode: 2 });
}

main(process.argv[3]);
