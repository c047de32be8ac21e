import { PowerVmReceiver } from '../../src/receiver/index.ts';
import type { PowerVmSimulator, PowerVmSimulatorOptions } from '../../src/simulator/index.ts';
import { afterThisTest, hurriedClock, optionsFor, startSimulator } from './console.ts';

/** So that every document of the newest sample is new, the memory inside the guests too. */
const NOW = Date.parse('2026-03-04T12:00:10Z');

/** A receiver that has read a simulated console once. */
export async function readSimulator(
  options: PowerVmSimulatorOptions = {},
): Promise<{ readonly receiver: PowerVmReceiver; readonly simulator: PowerVmSimulator }> {
  const simulator = await startSimulator({ lpars: 12, guestMemory: true, now: () => NOW, ...options });
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator)], clock: hurriedClock });
  afterThisTest(() => receiver.stop());
  await receiver.refresh();
  return { receiver, simulator };
}
