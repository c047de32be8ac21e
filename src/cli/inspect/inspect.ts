import { PowerVmError } from '../../base/errors/errors.ts';
import { type FrameActivity, inspectionReport, stringifyReport } from '../../inspector/index.ts';
import { isSelected, openConnection } from '../connection/connection.ts';
import type { ConnectionArguments } from '../connection/connection-options.ts';
import { refreshOnce, reportFailures } from '../connection/single-refresh.ts';
import type { ExitCode } from '../terminal/exit-code.ts';
import { type OutputFormat, outputFormat, reportError, type Terminal, titleStyle } from '../terminal/terminal.ts';

export interface InspectArguments extends ConnectionArguments {
  readonly format?: OutputFormat;
  /** UUID, name or MTMS. */
  readonly system?: string;
  /** UUID, name or number. */
  readonly lpar?: string;
}

/** One reading of every partition. */
export async function inspect(options: InspectArguments, terminal: Terminal): Promise<ExitCode> {
  const reading = await refreshOnce(await openConnection(options, terminal), terminal, true);
  const frames = selectFrames(reading.frames, options);
  if (frames.length > 0) terminal.print(await render(frames, options, terminal));
  const exitCode = reportFailures(reading, reading.frames.length > 0, terminal);
  const isMissing = reading.frames.length > 0 && frames.length === 0;
  return isMissing ? reportError(terminal, notFound(options)) : exitCode;
}

function selectFrames(frames: readonly FrameActivity[], { system, lpar }: InspectArguments): readonly FrameActivity[] {
  const chosen = frames.filter(
    ({
      system: {
        description: { id, name, mtms },
      },
    }) => isSelected(system, [id, name, mtms]),
  );
  if (lpar === undefined) return chosen;
  return chosen.flatMap((frame) => {
    const partitions = frame.partitions.filter(({ id, name, number }) => isSelected(lpar, [id, name, String(number)]));
    return partitions.length === 0 ? [] : [{ ...frame, partitions }];
  });
}

function notFound({ system, lpar }: InspectArguments): PowerVmError {
  return lpar === undefined
    ? new PowerVmError('POWERVM_UNKNOWN_SYSTEM', `no managed system is called ${system}`)
    : new PowerVmError('POWERVM_UNKNOWN_PARTITION', `no partition is called ${lpar}`);
}

async function render(
  frames: readonly FrameActivity[],
  { format }: InspectArguments,
  terminal: Terminal,
): Promise<string> {
  if (outputFormat(format, terminal) === 'json') {
    return stringifyReport(inspectionReport(frames), terminal.isInteractive ? 2 : undefined);
  }
  const { inspectionTable } = await import('./inspection-table.ts');
  return frames.map((frame) => inspectionTable(frame, titleStyle(terminal), terminal.width)).join('\n\n');
}
