import { createHash } from 'node:crypto';
import { jsonOfPrintable } from '../../base/text/printable.ts';
import type { FrameActivity } from '../../inspector/index.ts';
import type { PageFile } from './page-files.ts';
import { partitionStatus } from './partition-report.ts';
import { statusReport } from './report.ts';
import type { StatusSources } from './status-sources.ts';

/** A report as it is sent, and the tag by which a browser that has it already says so. */
export interface WrittenReport {
  readonly tag: string;
  /** Made on demand. */
  readonly file: () => PageFile;
}

interface WrittenPartitions {
  /** The partitions as JSON, without brackets. */
  readonly text: string;
  readonly hash: string;
}

/**
 * Writes reports. Nearly all of a large one are partitions, and those stay as they are until the next sample: their
 * values are serialised once per sample.
 */
export class ReportWriter {
  readonly #partitions = new WeakMap<FrameActivity, WrittenPartitions>();
  readonly #old = new WeakMap<FrameActivity, WrittenPartitions>();

  write(sources: StatusSources): WrittenReport {
    const report = statusReport(sources);
    const partitions = [
      ...sources.frames.map((frame) => this.#partitionsOf(frame, false)),
      ...(sources.oldFrames ?? []).map((frame) => this.#partitionsOf(frame, true)),
    ];
    // The time of the report does not count as a change.
    const { time: _time, ...news } = report;
    const tag = `"${hashOf(JSON.stringify([news, partitions.map(({ hash }) => hash)]))}"`;
    return { tag, file: () => jsonFile(report, partitions) };
  }

  #partitionsOf(frame: FrameActivity, isOld: boolean): WrittenPartitions {
    const cache = isOld ? this.#old : this.#partitions;
    const known = cache.get(frame);
    if (known) return known;
    const text = frame.partitions
      .map((partition) => jsonOfPrintable(partitionStatus(partition, frame, isOld)))
      .join(',');
    const written = { text, hash: hashOf(text) };
    cache.set(frame, written);
    return written;
  }
}

function jsonFile(report: object, partitions: readonly WrittenPartitions[]): PageFile {
  const rest = jsonOfPrintable(report).slice(0, -1);
  const texts = partitions.map(({ text }) => text).filter((text) => text !== '');
  const content = Buffer.from(`${rest},"partitions":[${texts.join(',')}]}`);
  return { type: 'application/json; charset=utf-8', content };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
