const parts = {
  api: require('@opentelemetry/api'),
  sdk: require('@opentelemetry/sdk-metrics'),
  otlp: require('@opentelemetry/exporter-metrics-otlp-http'),
  nodeSdk: process.argv[2] === 'sdk-node' ? require('@opentelemetry/sdk-node') : undefined,
  powervm: require('otel-powervm'),
  ceilometer: require('otel-powervm/ceilometer'),
  subpathOtlp: require('otel-powervm/otlp'),
  simulation: require('otel-powervm/simulator'),
};

import('./exercise.mjs').then(({ exercise }) => exercise(parts));
