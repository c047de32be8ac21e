/**
 * Everything with one call: a receiver, an OTLP destination and Ceilometer samples in a file.
 *
 *   npx tsx examples/one-call.ts                          on a simulated console
 *   HMC_ENDPOINT=https://hmc1 HMC_USERNAME=u HMC_PASSWORD=p OTLP_ENDPOINT=http://localhost:4318 npx tsx examples/one-call.ts
 *   npx tsx examples/one-call.ts otel-config.yaml         all that a configuration file says
 */
import { startPowerVmTelemetry } from 'otel-powervm';
import { PowerVmSimulator } from 'otel-powervm/simulator';

const { HMC_ENDPOINT, HMC_USERNAME = '', HMC_PASSWORD = '', OTLP_ENDPOINT = 'http://localhost:4318' } = process.env;
const { CEILOMETER_PUBLISHER = 'file:///tmp/otel-powervm-samples.jsonl', RUN_FOR_SECONDS } = process.env;
const [configFile] = process.argv.slice(2);

const simulator = HMC_ENDPOINT || configFile ? undefined : new PowerVmSimulator({ lpars: 12, vioses: 2 });
await simulator?.start();

const telemetry = await startPowerVmTelemetry(
  configFile
    ? { configFile }
    : {
        consoles: [
          simulator
            ? { endpoint: simulator.url, username: simulator.username, password: simulator.password }
            : { endpoint: HMC_ENDPOINT ?? '', username: HMC_USERNAME, password: HMC_PASSWORD },
        ],
        otlp: { endpoint: OTLP_ENDPOINT },
        ceilometer: { publishers: [CEILOMETER_PUBLISHER] },
      },
);

// Why nothing comes, when nothing comes.
for (const receiver of telemetry.receivers) {
  receiver.onStatus(({ console: endpoint, system, state, error }) => {
    console.error(`${endpoint}${system ? ` ${system.name}` : ''}: ${state}${error ? `, ${error.message}` : ''}`);
  });
}

async function end(): Promise<void> {
  await telemetry.shutdown();
  await simulator?.stop();
}
// Logs off; without it the session stays on the console.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);

telemetry.firstSample().then(
  ({ partitions }) => console.log(`the first sample: ${partitions.length} partitions`),
  (error) => console.error(`no sample will come: ${error.message}`),
);
if (RUN_FOR_SECONDS) setTimeout(end, Number(RUN_FOR_SECONDS) * 1000);
