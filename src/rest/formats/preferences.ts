import { isUuid, normalizeUuid } from '../../base/text/uuid.ts';
import type { PcmLimits, PcmPreferences } from '../model.ts';
import { type AtomEntry, type Element, parseAtom, textAt } from './atom.ts';

const SYSTEM_PREFERENCE = 'ManagedSystemPcmPreference';
const CONSOLE_PREFERENCE = 'ManagementConsolePcmPreference';

/** Reads the preferences of one managed system (docs/reference/console-api.md#preferences). */
export function readPreferences(text: string, systemId: string, place: string): PcmPreferences {
  const preference = findPreference(parseAtom(text, place), systemId);
  const flag = (name: string) => booleanAt(preference, name);
  return {
    systemId,
    systemName: textAt(preference, 'SystemName'),
    longTermMonitor: flag('LongTermMonitorEnabled'),
    computeLongTermMonitor: flag('ComputeLTMEnabled'),
    aggregation: flag('AggregationEnabled'),
    shortTermMonitor: flag('ShortTermMonitorEnabled'),
    energyCapable: flag('EnergyMonitoringCapable'),
    energyMonitor: flag('EnergyMonitorEnabled'),
  };
}

/** Reads the limits of a console from its own preferences, which list those of all its systems. */
export function readLimits(text: string, place: string): PcmLimits {
  const console = parseAtom(text, place).find(({ content }) => content?.name === CONSOLE_PREFERENCE)?.content;
  const systems = console?.children.filter((element) => element.name === SYSTEM_PREFERENCE) ?? [];
  const maximum = Number(textAt(console, 'MaximumManagedSystemsForLongTermMonitor') ?? Number.NaN);
  return {
    maximumLongTermMonitors: Number.isFinite(maximum) ? maximum : undefined,
    longTermMonitors: systems.filter((system) => booleanAt(system, 'LongTermMonitorEnabled') === true).length,
  };
}

/**
 * The preference element of a response with long-term monitoring switched on or off, for posting back. The text is kept
 * as the console wrote it, element by element: a console may know more settings than we do.
 */
export function withLongTermMonitor(text: string, isOn: boolean): string | undefined {
  const switched = preferenceElement(text)?.replace(
    /(<(?:[\w.-]+:)?LongTermMonitorEnabled\b[^<>]*>)\s*\w+\s*(<\/)/,
    `$1${isOn}$2`,
  );
  return switched?.includes('LongTermMonitorEnabled') ? switched : undefined;
}

/** From the first start tag to the last end tag. */
function preferenceElement(text: string): string | undefined {
  const start = new RegExp(`<(?:[\\w.-]+:)?${SYSTEM_PREFERENCE}[\\s>]`).exec(text)?.index;
  const endName = text.lastIndexOf(SYSTEM_PREFERENCE);
  const endTag = text.lastIndexOf('</', endName);
  const end = text.indexOf('>', endName) + 1;
  const isEndTag = /^<\/(?:[\w.-]+:)?$/.test(text.slice(endTag, endName));
  return start === undefined || !isEndTag || end === 0 || endTag < start ? undefined : text.slice(start, end);
}

function findPreference(entries: readonly AtomEntry[], systemId: string): Element | undefined {
  const preferences = entries.flatMap(({ content }) => (content?.name === SYSTEM_PREFERENCE ? [content] : []));
  return preferences.find((preference) => idOf(preference) === systemId) ?? preferences[0];
}

function idOf(preference: Element): string | undefined {
  const id = textAt(preference, 'Metadata', 'Atom', 'AtomID');
  return id !== undefined && isUuid(id) ? normalizeUuid(id) : undefined;
}

function booleanAt(element: Element | undefined, name: string): boolean | undefined {
  const text = textAt(element, name)?.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}
