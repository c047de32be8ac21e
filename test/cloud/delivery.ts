import { Collector, parseConfig } from '../../src/collector/index.ts';
import type { PowerVmSimulatorOptions } from '../../src/simulator/index.ts';
import { onlySystem } from '../helpers/console.ts';
import { type SimulatedTime, simulatedTime } from '../helpers/simulated-time.ts';
import { type ExpectedSample, expectedSamples, type InstanceOf } from './expected/expected-samples.ts';
import { ServedDocuments } from './expected/served-documents.ts';

export const MINUTE = 60_000;

/** A collector that reads a simulated NovaLink console, in simulated time, and sends to real services. */
export class Delivery {
  readonly time: SimulatedTime;
  readonly served: ServedDocuments;
  readonly collector: Collector;

  private constructor(time: SimulatedTime, served: ServedDocuments, collector: Collector) {
    this.time = time;
    this.served = served;
    this.collector = collector;
  }

  /**
   * @param exporter options of the exporter `ceilometer`, as YAML in one line
   * @param simulator how the console is, other than usual
   */
  static start(exporter: string, simulator: PowerVmSimulatorOptions = {}): Promise<Delivery> {
    return Delivery.withConfig(simulator, async ({ simulator: { url, username, password }, clock }) => {
      const config = parseConfig(
        `
receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }] } }
exporters: { ceilometer: ${exporter} }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [ceilometer] } } }`,
        'test.yaml',
        { environment: {}, readFile: () => '' },
      );
      return Collector.create(config, { clock });
    });
  }

  /** With a collector of the caller's own making. @param start of the simulated time, milliseconds since 1970 */
  static async withConfig(
    simulator: PowerVmSimulatorOptions,
    createCollector: (time: SimulatedTime) => Promise<Collector>,
    start?: number,
  ): Promise<Delivery> {
    const served = new ServedDocuments();
    const options: PowerVmSimulatorOptions = {
      console: 'novalink',
      lpars: 11,
      intercept: (request) => served.note(request, time.simulator, time.clock.now()),
      ...simulator,
    };
    const time: SimulatedTime = await simulatedTime(options, start);
    const collector = await createCollector(time);
    await collector.start();
    return new Delivery(time, served, collector);
  }

  /** What must have arrived, when the collector has stopped. */
  expected(interval: number, instanceOf: InstanceOf = ({ id }) => ({ id })): readonly ExpectedSample[] {
    return expectedSamples(onlySystem(this.time.simulator), this.served.all(), instanceOf, interval);
  }
}
