import { presentLoad } from '../estate/counters.ts';
import type { SimulatedSystem } from '../estate/model.ts';
import { jsonText } from './json-text.ts';
import { sampleTimeText } from './time-text.ts';

/** The raw energy document (powervm-rest-api.md 5.6): power and temperatures follow the load. */
export function energyDocument(system: SimulatedSystem, time: number): string {
  const load = presentLoad(system, time);
  const watts = Math.round(380 + 14 * load);
  return jsonText({
    utilInfo: { version: '1.0.0', metricType: 'Raw', monitoringType: 'LTM', mtms: system.mtms, name: system.name },
    timeStamp: sampleTimeText(time),
    status: 0,
    errorInfo: [],
    powerEnergyReading: {
      currentPowerReading: watts,
      minimumPowerReading: 372,
      maximumPowerReading: watts + 30,
      averagePowerReading: watts,
      reportingPeriod: 1_000,
    },
    thermalEnergyReading: {
      inletTemperatures: [sensor('Inlet air temperature(40h)', '1', 24)],
      cpuTemperatures: [
        sensor('CPU temperature sensors(41h)', '1', 38 + load / 4),
        sensor('CPU temperature sensors(41h)', '2', 39 + load / 4),
      ],
      baseboardTemperatures: [sensor('Baseboard temperature sensors(42h)', '1', 41)],
    },
  });
}

function sensor(entityId: string, entityInstance: string, celsius: number) {
  return { entityId, entityInstance, temperatureData: Math.round(celsius) };
}
