import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  parseEnergyDocument,
  parseGuestMemoryDocument,
  parseHypervisorDocument,
  parseViosDocument,
} from '../../src/pcm/index.ts';
import { readErrorResponse } from '../../src/rest/errors/error-response.ts';
import { parseAtom, parseXml, textAt } from '../../src/rest/formats/atom.ts';
import {
  adapterFromEntry,
  partitionFromEntry,
  systemFromEntry,
  systemFromQuick,
} from '../../src/rest/formats/inventory.ts';
import { readPcmFeed } from '../../src/rest/formats/pcm-feed.ts';
import { readLimits, readPreferences } from '../../src/rest/formats/preferences.ts';
import { parseQuickObjects } from '../../src/rest/formats/quick-json.ts';

/** Real REST answers. They live beside the checkout, here and in CI only. */
const directory = path.join(import.meta.dirname, '../../../shared/fixtures');
const isAvailable = existsSync(directory);

/** How each file is read. The value says what must come out at least. */
const readers: Readonly<Record<string, (text: string) => void | Promise<void>>> = {
  'hmci/2-managed-system-pcm-preferences.xml': preferences,
  'hmci/system-preferences.xml': preferences,
  'pypowervm/pcm_pref.xml': preferences,
  'hmci/managed-systems.xml': systems,
  'hmci/2-managed-system.xml': systems,
  'pypowervm/managedsystem.xml': systems,
  'pypowervm/fake_managedsystem.xml': systems,
  'pypowervm/sys_with_sriov.xml': systems,
  'hmci/logical-partitions.xml': partitions,
  'hmci/2-vios.xml': partitions,
  'hmci/3-lpar.xml': partitions,
  'pypowervm/fake_lpar_feed.xml': partitions,
  'pypowervm/fake_vios_feed.xml': partitions,
  'pypowervm/lpar.xml': partitions,
  'pypowervm/lpar_ibmi.xml': partitions,
  'pypowervm/cna_feed.xml': adapters,
  'pypowervm/cna_feed1.xml': adapters,
  'pypowervm/sriov_lp_feed.xml': adapters,
  'pypowervm/ltm_feed.xml': async (text) => expect((await readPcmFeed(text, 'fixture')).length).toBeGreaterThan(0),
  'pypowervm/ltm_feed2.xml': async (text) => expect((await readPcmFeed(text, 'fixture')).length).toBeGreaterThan(60),
  'pypowervm/ltm_feed_lpars.xml': async (text) =>
    expect((await readPcmFeed(text, 'fixture')).some(({ category }) => category === 'lpar')).toBe(true),
  'pypowervm/phyp_pcm_data.json': hypervisor,
  'pypowervm/phyp_pcm_data2.json': hypervisor,
  'pypowervm/phyp_pcm_data3.json': hypervisor,
  'pypowervm/vios_pcm_data.json': (text) =>
    expect(parseViosDocument(text).fibreChannelAdapters.length).toBeGreaterThan(0),
  'pypowervm/vios_pcm_data_sparse.json': (text) => expect(parseViosDocument(text).number).toBeGreaterThan(0),
  'pypowervm/lpar_pcm_data.json': (text) => expect(parseGuestMemoryDocument(text).partitions.size).toBeGreaterThan(0),
  'hmci/energy.xml': async (text) =>
    expect((await readPcmFeed(text, 'fixture')).map(({ category }) => category)).toEqual(['energy']),
  'hmci/pcm-data-energy.json': energy,
  'hmci/hmc-logon-response.xml': logon,
  'pypowervm/logon.xml': logon,
  'pypowervm/logon_file.xml': (text) =>
    expect(textAt(parseXml(text, 'fixture'), 'X-API-SessionFile')).toMatch(/token_file$/),
  'hmc-live/vios-feed-500-v11r2.xml': errorResponse,
  'hmc-live/remote-access-406.html': errorResponse,
  'hmc-live/preferences-v10-schema-1_11_1.xml': (text) =>
    expect(readLimits(text, 'fixture').maximumLongTermMonitors).toBe(48),
  'hmc-live/pcm-preferences-v10r3-off.xml': preferences,
  'hmc-live/ms-quick-all-v10r3.json': (text) =>
    expect(parseQuickObjects(text, 'fixture').flatMap((object) => systemFromQuick(object) ?? [])).toHaveLength(2),
  'pypowervm/fake_httperror.xml': errorResponse,
  'pypowervm/fake_httperror_service_unavail.xml': errorResponse,
};

/** Files of kinds that the product does not read, and why. */
const notRead: Readonly<Record<string, string>> = {
  'LICENSE-APACHE-2.0': 'the licence of the fixtures',
  'hmc-live/INDEX.md': 'describes the fixtures',
  'hmci/INDEX.md': 'describes the fixtures',
  'pypowervm/INDEX.md': 'describes the fixtures',
  'hmci/1-hmc.xml': 'identity of the console: nothing is reported of it',
  'pypowervm/managementconsole.xml': 'identity of the console: nothing is reported of it',
  'hmci/hmc-logon-request.xml': 'a request; ours is made from docs/reference/console-api.md',
  'hmci/processed-metrics.xml': 'the processed feed: of it only energy is read, where raw is not there',
  'hmci/pcm-data-logical-partition.json': 'a processed document: of these only energy is read',
  'hmci/pcm-data-managed-system.json': 'a processed document: of these only energy is read',
  'pypowervm/event_feed.xml': 'events are not subscribed to',
  'pypowervm/shrprocpool.xml': 'pools come with every sample',
  'pypowervm/ssp.xml': 'storage pools come with every sample',
  'pypowervm/stm_feed.xml': 'the short-term monitor costs the server resources and is not read',
  'pypowervm/token_file': 'a token, read as it is',
  'pypowervm/vfc_client_adapter_feed.xml': 'WWPNs come with every sample',
  'pypowervm/vnic_feed.xml': 'vNICs come with every sample',
};

function preferences(text: string): void {
  expect(typeof readPreferences(text, '', 'fixture').longTermMonitor).toBe('boolean');
}

function systems(text: string): void {
  const found = parseAtom(text, 'fixture').flatMap((entry) => systemFromEntry(entry) ?? []);
  expect(found.length).toBeGreaterThan(0);
  for (const { id, mtms } of found)
    expect([id, mtms]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.stringContaining('*')]);
}

function partitions(text: string): void {
  const found = parseAtom(text, 'fixture').flatMap((entry) => partitionFromEntry(entry) ?? []);
  expect(found.length).toBeGreaterThan(0);
  for (const { id, name } of found)
    expect([id, name]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.any(String)]);
}

function adapters(text: string): void {
  const found = parseAtom(text, 'fixture').flatMap((entry) => adapterFromEntry(entry) ?? []);
  expect(found.length).toBeGreaterThan(0);
  for (const { mac } of found) expect(mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
}

function hypervisor(text: string): void {
  const document = parseHypervisorDocument(text);
  expect(document.partitions.length).toBeGreaterThan(0);
  expect(document.cyclesPerSecond).toBe(512_000_000);
}

/**
 * Every sample with its power and all of its sensors, as plausible as docs/reference/pcm-documents.md#energy has them.
 */
function energy(text: string): void {
  const samples = parseEnergyDocument(text);
  expect(samples.length).toBeGreaterThan(0);
  for (const { powerWatts, temperatures, problems } of samples) {
    expect(powerWatts).toBeGreaterThan(400);
    expect(new Set(temperatures.map(({ location }) => location))).toEqual(new Set(['inlet', 'cpu', 'baseboard']));
    for (const { celsius } of temperatures) expect([celsius > 20, celsius < 60]).toEqual([true, true]);
    expect(problems).toEqual([]);
  }
}

function logon(text: string): void {
  expect(textAt(parseXml(text, 'fixture'), 'X-API-Session')?.replaceAll(/\s/g, '').length).toBeGreaterThan(20);
}

function errorResponse(text: string): void {
  expect(readErrorResponse({ statusCode: 500, headers: {}, body: text }).message).not.toBe('');
}

describe.skipIf(!isAvailable)('recorded answers (skipped: ../shared is not on this machine)', () => {
  const files = isAvailable
    ? readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile())
        .map((file) => path.relative(directory, path.join(file.parentPath, file.name)))
    : [];

  // ManageIQ's recordings are cassettes of whole exchanges, and objects without the response around them.
  test('every file is read, or named with the reason why not', () => {
    const isOther = (file: string) => file.startsWith('manageiq/');
    expect(files.filter((file) => !(file in readers) && !(file in notRead) && !isOther(file))).toEqual([]);
  });

  test.each(files.filter((file) => file in readers))('%s', async (file) => {
    await readers[file]?.(readFileSync(path.join(directory, file), 'utf8'));
  });
});
