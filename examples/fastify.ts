/**
 * A Fastify process that has telemetry already: its global MeterProvider gets the instruments, and a route answers from the
 * inspector, without a request to the console. With Express it is the same but for the names of the hooks (see the end).
 *
 *   npx tsx examples/fastify.ts                 on a simulated console
 */
import { metrics } from '@opentelemetry/api';
import Fastify from 'fastify';
import { InspectorError, PowerVmInspector, PowerVmReceiver, registerPowerVmInstruments } from 'otel-powervm';
import { PowerVmSimulator } from 'otel-powervm/simulator';

const { HMC_ENDPOINT, HMC_USERNAME = '', HMC_PASSWORD = '', PORT = '3000' } = process.env;

const simulator = HMC_ENDPOINT ? undefined : new PowerVmSimulator({ lpars: 3, vioses: 1 });
await simulator?.start();

const app = Fastify();
const receiver = new PowerVmReceiver({
  consoles: [
    simulator
      ? { endpoint: simulator.url, username: simulator.username, password: simulator.password }
      : { endpoint: HMC_ENDPOINT ?? '', username: HMC_USERNAME, password: HMC_PASSWORD },
  ],
  // Pino, as Fastify itself: the same methods.
  logger: app.log,
});
const inspector = new PowerVmInspector(receiver);
// Set by whoever started telemetry: `--import ./telemetry.js`, sdk-node, an agent.
const unregister = registerPowerVmInstruments(metrics.getMeterProvider(), inspector);

app.addHook('onReady', () => receiver.start());
app.addHook('onClose', async () => {
  unregister();
  await receiver.stop();
  await simulator?.stop();
});
app.get('/partitions', async () => inspector.partitions().map(({ id, name, state }) => ({ id, name, state })));
app.get<{ Params: { id: string } }>('/partitions/:id', async ({ params }, reply) => {
  try {
    return inspector.inspectInstance(params.id);
  } catch (error) {
    if (error instanceof InspectorError) return reply.code(404).send({ code: error.code, message: error.message });
    throw error;
  }
});

console.log(`listening on ${await app.listen({ host: '127.0.0.1', port: Number(PORT) })}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => app.close());

// Express: `await receiver.start()` before `app.listen(…)`, and `server.close()` followed by the three calls of `onClose`.
