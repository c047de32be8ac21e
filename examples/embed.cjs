/**
 * The receiver in a CommonJS program, by `require`: Node 20.19 and newer load ES modules that way.
 *
 *   node examples/embed.cjs                     on a simulated console, one reading
 *   HMC_ENDPOINT=https://hmc1 HMC_USERNAME=u HMC_PASSWORD=p node examples/embed.cjs
 */
const { PowerVmReceiver } = require('otel-powervm');
const { PowerVmSimulator } = require('otel-powervm/simulator');

async function main() {
  const { HMC_ENDPOINT: endpoint, HMC_USERNAME: username = '', HMC_PASSWORD: password = '' } = process.env;
  const simulator = endpoint ? undefined : new PowerVmSimulator({ lpars: 3, vioses: 1 });
  await simulator?.start();
  const receiver = new PowerVmReceiver({
    consoles: [
      simulator
        ? { endpoint: simulator.url, username: simulator.username, password: simulator.password }
        : { endpoint, username, password },
    ],
  });
  try {
    const { frames, failures } = await receiver.refresh();
    for (const { error } of failures) console.error(`${error.message} [${error.code}]`);
    for (const frame of frames) {
      for (const { name, state, processor } of frame.partitions) {
        // What PCM did not say is undefined, never 0.
        console.log(`${name}: ${state}, ${processor?.consumed?.toFixed(2) ?? '-'} processors`);
      }
    }
  } finally {
    // Logs off; without it the session stays on the console.
    await receiver.stop();
    await simulator?.stop();
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
