import {
  type JsonObject,
  numberField,
  objects,
  Problems,
  rootObject,
  sampleErrors,
  section,
  textField,
} from '../fields.ts';
import { parseLosslessJson } from '../lossless-json.ts';
import type { EnergySample, TemperatureSample } from '../model.ts';
import { notSuchDocument, sampleTime } from './envelope.ts';

const WHAT = 'an energy document';

const temperatureLists = [
  ['inletTemperatures', 'inlet'],
  ['cpuTemperatures', 'cpu'],
  ['baseboardTemperatures', 'baseboard'],
] as const;

/**
 * Reads a raw energy document (powervm-rest-api.md 5.6). No capture of one is public: the layout is the
 * specification's, with and without the `systemUtil.utilSample` envelope.
 * @throws {PcmDocumentError} for what is not an energy document
 */
export function parseEnergyDocument(text: string): EnergySample {
  const problems = new Problems();
  const root = rootObject(parseLosslessJson(text), WHAT);
  const enveloped = section(section(root, 'systemUtil', problems), 'utilSample', problems);
  const sample = root.systemUtil === undefined ? root : enveloped;
  const power = section(sample, 'powerEnergyReading', problems);
  const thermal = section(sample, 'thermalEnergyReading', problems);
  if (sample.powerEnergyReading === undefined && sample.thermalEnergyReading === undefined) {
    throw notSuchDocument(WHAT, 'it has neither powerEnergyReading nor thermalEnergyReading');
  }
  return {
    kind: 'energy',
    time: sampleTime(sample, WHAT, problems),
    status: numberField(sample, 'status', problems) ?? 0,
    errors: sampleErrors(sample.errorInfo),
    powerWatts: numberField(power, 'currentPowerReading', problems),
    temperatures: readTemperatures(thermal, 'temperatureData', problems),
    problems: problems.found,
  };
}

function readTemperatures(thermal: JsonObject, valueName: string, problems: Problems): readonly TemperatureSample[] {
  return temperatureLists.flatMap(([list, location]) =>
    objects(thermal, list, problems).flatMap((sensor) => {
      const instance = textField(sensor, 'entityInstance', problems);
      const celsius = firstNumber(sensor[valueName]);
      return instance === undefined || celsius === undefined ? [] : [{ location, instance, celsius }];
    }),
  );
}

/** Raw values are numbers, processed ones lists with the average first. Temperatures may be below zero. */
function firstNumber(value: unknown): number | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'number' && Number.isFinite(first) ? first : undefined;
}
