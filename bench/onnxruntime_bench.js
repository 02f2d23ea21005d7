// Times a model under ONNX Runtime; prints one JSON object.
//
//   node onnxruntime_bench.js MODEL --shape INPUT=1x3x8x8 ... [--threads N] [--runs R] [--warmup W]
//
// The package onnxruntime-node is taken from the folder in $ORT_NODE_MODULES, else from
// node's own search path. Inputs are random numbers in [0, 1).
'use strict';
const fs = require('fs');
const path = require('path');

function loadRuntime() {
  const folder = process.env.ORT_NODE_MODULES;
  return require(folder ? path.resolve(folder, 'onnxruntime-node') : 'onnxruntime-node');
}

function parseArguments(words) {
  const options = { threads: 1, runs: 10, warmup: 2, shapes: {} };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--shape') {
      const text = words[++i];
      const at = text.lastIndexOf('=');
      options.shapes[text.slice(0, at)] = text.slice(at + 1).split('x').map(Number);
    } else if (word === '--threads' || word === '--runs' || word === '--warmup') {
      options[word.slice(2)] = Number(words[++i]);
    } else if (!word.startsWith('--') && !options.model) {
      options.model = word;
    } else {
      throw new Error(`unknown argument ${word}`);
    }
  }
  if (!options.model) throw new Error('no model given');
  return options;
}

/** The largest resident size of this process so far, in bytes. */
function peakBytes() {
  const match = /VmHWM:\s+(\d+) kB/.exec(fs.readFileSync('/proc/self/status', 'latin1'));
  return match ? Number(match[1]) * 1024 : 0;
}

async function main() {
  const options = parseArguments(process.argv.slice(2));
  const ort = loadRuntime();
  const baseline = peakBytes();
  const session = await ort.InferenceSession.create(options.model, {
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  const feeds = {};
  for (const name of session.inputNames) {
    const shape = options.shapes[name];
    if (!shape) throw new Error(`--shape for input ${name} is missing`);
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, Math.random);
    feeds[name] = new ort.Tensor('float32', data, shape);
  }
  for (let i = 0; i < options.warmup; i++) await session.run(feeds);
  const times = [];
  for (let i = 0; i < options.runs; i++) {
    const start = process.hrtime.bigint();
    await session.run(feeds);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  times.sort((a, b) => a - b);
  const middle = times.length >> 1;
  console.log(JSON.stringify({
    median_ms: times.length % 2 ? times[middle] : (times[middle - 1] + times[middle]) / 2,
    min_ms: times[0],
    max_ms: times[times.length - 1],
    peak_rss_bytes: peakBytes(),
    baseline_rss_bytes: baseline,
  }));
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
