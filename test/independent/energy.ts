import type { Expectations } from './point.ts';
import { listAt, numberAt, objectAt, type RawObject, type RawValue, textAt, timeAt } from './raw-json.ts';

/** Power and temperatures of a frame at one time (docs/reference/pcm-documents.md#energy). */
export interface EnergyReading {
  readonly time: number;
  readonly watts: number | undefined;
  readonly sensors: readonly { readonly location: string; readonly instance: string; readonly celsius: number }[];
}

const lists = [
  ['inletTemperatures', 'inlet'],
  ['cpuTemperatures', 'cpu'],
  ['baseboardTemperatures', 'baseboard'],
] as const;

/** A raw document has one reading, one of processed data those of a window. */
export function readEnergy(root: RawObject): readonly EnergyReading[] {
  const util = objectAt(root, 'systemUtil');
  if (util.utilSamples === undefined) {
    const power = objectAt(root, 'powerEnergyReading');
    const thermal = objectAt(root, 'thermalEnergyReading');
    const watts = numberAt(power, 'currentPowerReading');
    return [
      { time: timeAt(root, 'timeStamp'), watts, sensors: sensorsOf(thermal, ({ temperatureData }) => temperatureData) },
    ];
  }
  const order = objectAt(util, 'utilInfo').metricArrayOrder as readonly string[];
  const average = (values: RawValue) => (values as readonly RawValue[])[order.indexOf('AVG')];
  return listAt(util, 'utilSamples').map((sample) => {
    const energy = objectAt(sample, 'energyUtil');
    return {
      time: timeAt(objectAt(sample, 'sampleInfo'), 'timeStamp'),
      watts: Number(average(objectAt(energy, 'powerUtil').powerReading)),
      sensors: sensorsOf(objectAt(energy, 'thermalUtil'), ({ temperatureReading }) => average(temperatureReading)),
    };
  });
}

function sensorsOf(thermal: RawObject, read: (sensor: RawObject) => RawValue): EnergyReading['sensors'] {
  return lists.flatMap(([list, location]) =>
    listAt(thermal, list).map((sensor) => ({
      location,
      instance: textAt(sensor, 'entityInstance') ?? '',
      celsius: Number(read(sensor)),
    })),
  );
}

export function expectEnergy(expectations: Expectations, systemId: string, reading: EnergyReading): void {
  const emit = expectations.of(systemId, reading.time);
  emit('hw.host.power', reading.watts, { 'hw.id': systemId });
  for (const { location, instance, celsius } of reading.sensors) {
    const metric = location === 'inlet' ? 'hw.host.ambient_temperature' : 'hw.temperature';
    emit(metric, celsius, { 'hw.id': `${location}-${instance}`, 'hw.sensor_location': location });
  }
}
