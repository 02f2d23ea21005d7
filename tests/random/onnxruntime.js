// Runs ONNX models under ONNX Runtime, like interpret_onnx: for every folder, model.onnx and
// test_data_set_K/input_J.pb give output_J.pb, and a line is printed.
//
//   node onnxruntime.js NODE_MODULES disabled|all FOLDER...
//
// The second argument is how much ONNX Runtime rewrites the graph.
'use strict';
const fs = require('fs');
const path = require('path');

const [modules, optimization, ...folders] = process.argv.slice(2);
const ort = require(path.resolve(modules, 'onnxruntime-node'));

// ONNX's numbers of element types, as ONNX Runtime calls them, and the arrays that hold them.
const TYPES = {
  1: ['float32', Float32Array], 2: ['uint8', Uint8Array], 3: ['int8', Int8Array],
  4: ['uint16', Uint16Array], 5: ['int16', Int16Array], 6: ['int32', Int32Array],
  7: ['int64', BigInt64Array], 9: ['bool', Uint8Array], 10: ['float16', Uint16Array],
  11: ['float64', Float64Array], 12: ['uint32', Uint32Array], 13: ['uint64', BigUint64Array],
};

/** A TensorProto with raw_data, as Python's onnx writes it: 1 dims, 2 data_type, 9 raw_data. */
function readTensor(file) {
  const bytes = fs.readFileSync(file);
  const dims = [];
  let at = 0, type = 1, raw = Buffer.alloc(0);
  const varint = () => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint(), field = key >> 3;
    if ((key & 7) === 0) {
      const value = varint();
      if (field === 1) dims.push(value);
      else if (field === 2) type = value;
      continue;
    }
    const length = varint(), end = at + length;
    if (field === 1) while (at < end) dims.push(varint());
    if (field === 9) raw = bytes.subarray(at, end);
    at = end;
  }
  const copy = raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length);
  const [name, Elements] = TYPES[type];
  return new ort.Tensor(name, new Elements(copy), dims);
}

function writeTensor(file, tensor) {
  const type = Object.keys(TYPES).find((number) => TYPES[number][0] === tensor.type);
  if (!type) throw new Error(`an output of type ${tensor.type}`);
  const varint = (value) => {
    const bytes = [];
    for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
    return [...bytes, value];
  };
  const header = tensor.dims.flatMap((extent) => [8, ...varint(extent)]);
  header.push(16, Number(type));
  const data = Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  header.push(9 * 8 + 2, ...varint(data.length));
  fs.writeFileSync(file, Buffer.concat([Buffer.from(header), data]));
}

async function runFolder(folder) {
  const session = await ort.InferenceSession.create(path.join(folder, 'model.onnx'), {
    graphOptimizationLevel: optimization,
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  for (let k = 0; fs.existsSync(path.join(folder, `test_data_set_${k}`)); ++k) {
    const set = path.join(folder, `test_data_set_${k}`);
    const feeds = {};
    session.inputNames.forEach((name, i) => {
      feeds[name] = readTensor(path.join(set, `input_${i}.pb`));
    });
    const results = await session.run(feeds);
    session.outputNames.forEach((name, i) => {
      writeTensor(path.join(set, `output_${i}.pb`), results[name]);
    });
  }
  await session.release();
}

(async () => {
  for (const folder of folders) {
    const line = await runFolder(folder).then(
      () => `ok ${folder}`,
      (error) => `FAIL ${folder}: ${String(error.message || error).slice(0, 400)}`);
    // At once, before the next model may bring the process down.
    fs.writeSync(1, line.replace(/\s+/g, ' ') + '\n');
  }
})();
