import { expect, inject, test } from 'vitest';
import { Aetos, type AetosSeries } from './aetos.ts';
import { watcherProcessor } from './queries.ts';
import { TwoStores, VCPUS } from './world.ts';

const settings = inject('cloud');

const resourcesOf = (series: readonly AetosSeries[]) => series.map(({ labels }) => labels.resource ?? '').sort();

test("behind the real Aetos a tenant sees its own partitions' series, and none of its neighbour's", async () => {
  const stores = await TwoStores.start(settings, 'aetos');
  await stores.pass(6);
  const { instances, tenants, prometheus, time } = stores;
  const now = time.clock.now();
  const aetos = await Aetos.start(settings, new URL(prometheus.url));
  const all = (await prometheus.evaluate('ceilometer_memory', now)).map(({ labels }) => labels.resource ?? '');
  expect(all.sort()).toEqual(instances.map(({ id }) => id).sort());
  expect(await prometheus.evaluate('powervm_system_memory_installed', now)).toHaveLength(1);

  for (const [index, tenant] of tenants.entries()) {
    const neighbour = tenants[1 - index] ?? tenant;
    const own = instances.filter(({ project }) => project === tenant.project).map(({ id }) => id);
    const foreign = instances.filter(({ project }) => project === neighbour.project).map(({ id }) => id);
    const user = await aetos.as(tenant.user, tenant.user);
    expect(resourcesOf(await user.query('ceilometer_memory', now))).toEqual(own.sort());
    expect(await user.query(`ceilometer_memory{resource='${foreign[0]}'}`, now)).toEqual([]);
    expect(await user.query(`ceilometer_memory{project='${neighbour.project}'}`, now)).toEqual([]);
    const total = (series: readonly AetosSeries[]) => series.reduce((sum, { value }) => sum + value, 0);
    const sum = await user.query('sum(ceilometer_memory)', now);
    expect(sum.map(({ value }) => value)).toEqual([total(await user.query('ceilometer_memory', now))]);
    expect(new Set((await user.series('ceilometer_memory')).map(({ project }) => project))).toEqual(
      new Set([tenant.project]),
    );
    expect(new Set(await user.labelValues('project'))).toEqual(new Set([tenant.project]));

    // The own page with `project_label`: partitions of the tenant, nothing of the frame and of VIOSes.
    const limits = await user.query('powervm_lpar_memory_limit', now);
    expect(limits).toHaveLength(own.length);
    expect(new Set(limits.map(({ labels }) => labels.project))).toEqual(new Set([tenant.project]));
    expect(await user.query('powervm_system_memory_installed', now)).toEqual([]);
    expect(await user.refusal('targets?state=active')).toBe(403);
  }

  // As Watcher and CloudKitty come: a service's account sees all, and what it sees is what Prometheus has.
  const service = await aetos.as('ceilometer', 'service');
  expect(resourcesOf(await service.query('ceilometer_memory', now))).toEqual(all);
  for (const { id } of instances) {
    const query = watcherProcessor(id, VCPUS);
    const direct = (await prometheus.evaluate(query, now)).map(({ samples: [sample] }) => sample?.[1]);
    expect((await service.query(query, now)).map(({ value }) => value)).toEqual(direct);
  }
});
