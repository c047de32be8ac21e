import * as api from '@opentelemetry/api';
import * as otlp from '@opentelemetry/exporter-metrics-otlp-http';
import * as sdk from '@opentelemetry/sdk-metrics';
import * as powervm from 'otel-powervm';
import * as ceilometer from 'otel-powervm/ceilometer';
import * as subpathOtlp from 'otel-powervm/otlp';
import * as simulation from 'otel-powervm/simulator';
import { exercise } from './exercise.mjs';

const nodeSdk = process.argv[2] === 'sdk-node' ? await import('@opentelemetry/sdk-node') : undefined;
await exercise({ api, sdk, otlp, nodeSdk, powervm, ceilometer, subpathOtlp, simulation });
