import { presentLoad } from '../estate/counters.ts';
import type { SimulatedSystem } from '../estate/model.ts';
import { jsonText } from './json-text.ts';
import { sampleTimeText } from './sample-text.ts';

/** The raw energy document (docs/reference/pcm-documents.md#energy): power and temperatures follow the load. */
export function rawEnergyDocument(system: SimulatedSystem, time: number, stamp: number): string {
  const { watts, temperatures } = energyReading(system, time);
  return jsonText({
    utilInfo: { version: '1.0.0', metricType: 'Raw', monitoringType: 'LTM', mtms: system.mtms, name: system.name },
    timeStamp: sampleTimeText(stamp),
    status: 0,
    errorInfo: [],
    powerEnergyReading: {
      currentPowerReading: watts,
      minimumPowerReading: 372,
      maximumPowerReading: watts + 30,
      averagePowerReading: watts,
      reportingPeriod: 1_000,
    },
    thermalEnergyReading: thermal(temperatures, (celsius) => ({ temperatureData: celsius })),
  });
}

/** The processed one: every value is a list, and a file may hold several samples (here: one). */
export function processedEnergyDocument(system: SimulatedSystem, time: number, stamp: number): string {
  const { watts, temperatures } = energyReading(system, time);
  const timeStamp = sampleTimeText(stamp);
  return jsonText({
    systemUtil: {
      utilInfo: {
        version: '1.3.0',
        metricType: 'Processed',
        frequency: 30,
        startTimeStamp: timeStamp,
        endTimeStamp: timeStamp,
        mtms: system.mtms,
        name: system.name,
        uuid: system.id,
        metricArrayOrder: ['AVG'],
      },
      utilSamples: [
        {
          sampleType: 'ManagedSystem',
          sampleInfo: { timeStamp, status: 0 },
          energyUtil: {
            powerUtil: { powerReading: [watts] },
            thermalUtil: thermal(temperatures, (celsius) => ({ temperatureReading: [celsius] })),
          },
        },
      ],
    },
  });
}

interface Temperature {
  readonly list: 'inletTemperatures' | 'cpuTemperatures' | 'baseboardTemperatures';
  readonly entityId: string;
  readonly entityInstance: string;
  readonly celsius: number;
}

function energyReading(system: SimulatedSystem, time: number) {
  const load = presentLoad(system, time);
  const cpu = (entityInstance: string, celsius: number): Temperature => ({
    list: 'cpuTemperatures',
    entityId: 'CPU temperature sensors(41h)',
    entityInstance,
    celsius: Math.round(celsius),
  });
  const temperatures: readonly Temperature[] = [
    { list: 'inletTemperatures', entityId: 'Inlet air temperature(40h)', entityInstance: '1', celsius: 24 },
    cpu('1', 38 + load / 4),
    cpu('2', 39 + load / 4),
    {
      list: 'baseboardTemperatures',
      entityId: 'Baseboard temperature sensors(42h)',
      entityInstance: '1',
      celsius: 41,
    },
  ];
  return { watts: Math.round(380 + 14 * load), temperatures };
}

function thermal(temperatures: readonly Temperature[], value: (celsius: number) => object) {
  const ofList = (name: Temperature['list']) =>
    temperatures
      .filter(({ list }) => list === name)
      .map(({ entityId, entityInstance, celsius }) => ({ entityId, entityInstance, ...value(celsius) }));
  return {
    inletTemperatures: ofList('inletTemperatures'),
    cpuTemperatures: ofList('cpuTemperatures'),
    baseboardTemperatures: ofList('baseboardTemperatures'),
  };
}
