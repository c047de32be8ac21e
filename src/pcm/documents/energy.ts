import { parseTimeStamp } from '../../base/clock/timestamp.ts';
import {
  type JsonObject,
  listedOnce,
  numberField,
  objects,
  Problems,
  rootObject,
  sampleErrors,
  section,
  textField,
  textList,
} from '../json/fields.ts';
import { parseLosslessJson } from '../json/lossless-json.ts';
import type { EnergySample, TemperatureSample } from '../model.ts';
import { notSuchDocument, sampleTime } from './envelope.ts';

const DOCUMENT_NAME = 'an energy document';

const temperatureLists = [
  ['inletTemperatures', 'inlet'],
  ['cpuTemperatures', 'cpu'],
  ['baseboardTemperatures', 'baseboard'],
] as const;

/**
 * Reads an energy document, raw or processed (docs/reference/pcm-documents.md#energy). A raw one is one sample; no
 * capture of one is public: the layout is the specification's, with and without the `systemUtil.utilSample` envelope. A
 * processed one holds all samples of a window.
 * @returns oldest first
 * @throws {PcmDocumentError} for what is not an energy document; an invalid sample of a processed one is skipped alone
 */
export function parseEnergyDocument(text: string): readonly EnergySample[] {
  const problems = new Problems();
  const root = rootObject(parseLosslessJson(text), DOCUMENT_NAME);
  const util = section(root, 'systemUtil', problems);
  if (util.utilSamples !== undefined) return readProcessed(util, problems);
  const enveloped = section(util, 'utilSample', problems);
  return [readRaw(root.systemUtil === undefined ? root : enveloped, problems)];
}

function readRaw(sample: JsonObject, problems: Problems): EnergySample {
  const power = section(sample, 'powerEnergyReading', problems);
  const thermal = section(sample, 'thermalEnergyReading', problems);
  if (sample.powerEnergyReading === undefined && sample.thermalEnergyReading === undefined) {
    throw notSuchDocument(DOCUMENT_NAME, 'it has neither powerEnergyReading nor thermalEnergyReading');
  }
  return {
    kind: 'energy',
    time: sampleTime(sample, DOCUMENT_NAME, problems),
    status: numberField(sample, 'status', problems) ?? 0,
    errors: sampleErrors(sample.errorInfo),
    powerWatts: numberField(power, 'currentPowerReading', problems),
    temperatures: readTemperatures(thermal, (sensor) => finiteNumber(sensor.temperatureData), problems),
    problems: problems.found,
  };
}

function readProcessed(util: JsonObject, problems: Problems): readonly EnergySample[] {
  const order = textList(section(util, 'utilInfo', problems), 'metricArrayOrder');
  const average = Math.max(
    0,
    order.findIndex((name) => name.toUpperCase() === 'AVG'),
  );
  const samples = objects(util, 'utilSamples', problems).flatMap((sample, index) => {
    problems.enter('systemUtil.utilSamples', index);
    return readProcessedSample(sample, average, problems) ?? [];
  });
  return samples.sort((left, right) => left.time - right.time);
}

/** Every value of a processed sample is a list of average, minimum and maximum, or of the average alone. */
function readProcessedSample(sample: JsonObject, average: number, problems: Problems): EnergySample | undefined {
  const info = section(sample, 'sampleInfo', problems);
  const energy = section(sample, 'energyUtil', problems);
  const averageOf = (value: unknown) => finiteNumber(Array.isArray(value) ? value[average] : undefined);
  const time = parseTimeStamp(textField(info, 'timeStamp', problems) ?? '');
  if (sample.energyUtil === undefined || time === undefined) {
    problems.note('sampleInfo', 'has no usable time, or there is no energyUtil; the sample is left out');
    return undefined;
  }
  const watts = averageOf(section(energy, 'powerUtil', problems).powerReading);
  const thermal = section(energy, 'thermalUtil', problems);
  return {
    kind: 'energy',
    time,
    status: numberField(info, 'status', problems) ?? 0,
    errors: sampleErrors(info.errorInfo),
    powerWatts: watts !== undefined && watts >= 0 ? watts : undefined,
    temperatures: readTemperatures(thermal, (sensor) => averageOf(sensor.temperatureReading), problems),
    problems: problems.found,
  };
}

function readTemperatures(
  thermal: JsonObject,
  celsiusOf: (sensor: JsonObject) => number | undefined,
  problems: Problems,
): readonly TemperatureSample[] {
  return temperatureLists.flatMap(([list, location]) => {
    const sensors = objects(thermal, list, problems).flatMap((sensor) => {
      const instance = textField(sensor, 'entityInstance', problems);
      const celsius = celsiusOf(sensor);
      return instance === undefined || celsius === undefined ? [] : [{ location, instance, celsius }];
    });
    return listedOnce(sensors, ({ instance }) => instance, list, problems);
  });
}

/** Temperatures may be below zero. */
function finiteNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
