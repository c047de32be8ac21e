import { counted } from '../../../base/text/counts.ts';
import type { StatusReport } from '../status-model.ts';
import { element } from './elements.ts';
import { ago } from './format.ts';
import { tile } from './tile.ts';

/** Collectors that share the consoles, and who reads which. */
export function fleetTiles({ fleets = [], time }: StatusReport): readonly Node[] {
  return fleets.flatMap(({ members, groups }) => {
    const unread = groups.filter(({ owner }) => owner === undefined).length;
    const list = groups.map(({ group, owner, joinedWith, since, takeovers, takenOverAt }) => {
      const details = [
        owner === undefined ? 'read by nobody' : `read by ${owner}`,
        joinedWith.length === 0 ? undefined : `sees systems of ${joinedWith.join(', ')}`,
        since === undefined ? undefined : `began ${ago(since, time)}`,
        takenOverAt === undefined ? undefined : `${counted(takeovers, 'takeover')}, the last ${ago(takenOverAt, time)}`,
      ];
      return element('li', {}, `${group}: ${details.filter((text) => text !== undefined).join(' · ')}`);
    });
    return [
      ...members.map(({ name, version, groups: own, partitions, lag }) =>
        tile('Member of the fleet', name, 'good', `reads ${counted(own, 'group')} of consoles`, [
          counted(partitions, 'partition'),
          lag === undefined ? undefined : `lag ${Math.round(lag / 1000)} s`,
          `version ${version}`,
        ]),
      ),
      tile(
        'Fleet',
        counted(groups.length, 'group'),
        unread > 0 ? 'bad' : 'good',
        unread > 0 ? `${unread} read by nobody` : 'all are read',
        [],
        element('details', {}, element('summary', {}, 'who reads what'), element('ul', {}, ...list)),
      ),
    ];
  });
}
